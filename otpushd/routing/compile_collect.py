"""Which messages are the same, and how often they go: `key`, `collect`, `repeat` and `remind_every` of a rule."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from otpushd.files.keys import read_keys
from otpushd.model.event import Kind
from otpushd.model.intervals import Intervals
from otpushd.routing.fields import Fields, Path, has_parts, no_parts, unknown_field
from otpushd.routing.rule import Collect
from otpushd.routing.rule_file import CollectKeys, IntervalKeys, RuleKeys
from otpushd.routing.told_fields import collected
from otpushd.routing.written import Written

_MOST_WAITS = 10
_GROWTH = 2.0
_OF_ONE_EXAMPLE = frozenset({"answer.saved", "example.added"})
"""Types of which one dataset has one event for each row, whose number `example` is."""
_USING_A_KEY = ("collect", "repeat", "remind_every", "until", "escalate", "resolve")


def read_collect(
    written: Written, keys: RuleKeys, on: frozenset[str], fields: Fields | None
) -> tuple[Collect | None, tuple[Path, ...]]:
    """How events are collected, None where they are not, and the key: fields that make two messages the same.

    Collected without a key, all events of the rule are one group.
    """
    if written.has("collect"):
        if written.has("key"):
            written.add(("key",), "`key` and `collect` cannot stand together: the key is `collect.by`", key=True)
        if keys.collect is None:
            return None, ()
        return _read_collect(written.below("collect"), on, fields)
    if written.has("key") and not any(written.has(other) for other in _USING_A_KEY):
        written.doubt(("key",), "`key` changes nothing: no `repeat`, `remind_every`, `escalate` or `resolve` uses it")
    if keys.key == ():
        written.add(("key",), "`key` names no field; leave it out, and each event is its own")
    return None, _paths(written, "key", keys.key, fields)


def _read_collect(
    written: Written, on: frozenset[str], fields: Fields | None
) -> tuple[Collect | None, tuple[Path, ...]]:
    keys, problems = read_keys(CollectKeys, written.document, written.path)
    written.problems.extend(problems)
    path = _paths(written, "by", keys.by, fields)
    if isinstance(keys.by, tuple):
        _doubt_alone(written, keys, on)
    if isinstance(written.document.at(written.path), dict) and not written.has("wait"):
        written.add((), "`wait` is missing: how long after the last event the message goes, such as `wait: 30s`")
    for name in sorted(collected(fields or {}).keys() & (fields or {}).keys()):
        written.doubt((), f"the events have a field `{name}`, which is hidden in messages by that of `collect`")
    if keys.at_least is not None and keys.at_least < 1:
        written.add(("at_least",), "`at_least` must be at least 1")
    if keys.wait is None:
        return None, path
    if keys.wait <= timedelta():
        written.add(("wait",), "`wait` must be more than nothing, else nothing is collected")
    if keys.max_wait is not None and keys.max_wait < keys.wait:
        written.add(
            ("max_wait",), "`max_wait` is shorter than `wait`: every group would close before `wait` has passed"
        )
    most = _MOST_WAITS * keys.wait if keys.max_wait is None else keys.max_wait
    return Collect(keys.wait, most, 1 if keys.at_least is None else keys.at_least), path


def _doubt_alone(written: Written, keys: CollectKeys, on: frozenset[str]) -> None:
    """A field of `by` that no two events share: nothing is collected."""
    for index, name in enumerate(keys.by or ()):
        if name == "id":
            text = "every event has an `id` of its own, so that nothing is ever collected"
        elif name == "time":
            text = "events of the very same moment alone have the same `time`, so that hardly anything is collected"
        elif name == "example" and on <= _OF_ONE_EXAMPLE and (keys.at_least or 1) > 1 and "dataset" in (keys.by or ()):
            text = f"each event is about an `example` of its own, so that no group ever has `at_least` {keys.at_least}"
        else:
            continue
        written.doubt(written.step("by", index), text, key=False)


def _paths(written: Written, key: str, names: Sequence[str] | None, fields: Fields | None) -> tuple[Path, ...]:
    """The fields named, as paths; each once."""
    if fields is None:
        return ()
    found: dict[Path, None] = {}
    for index, name in enumerate(names or ()):
        root, *rest = name.split(".")
        if root not in fields:
            written.add(written.step(key, index), unknown_field(root, fields))
        elif rest and not (has_parts(fields[root]) and all(rest)):
            written.add(written.step(key, index), no_parts(root))
        elif not rest and fields[root].kind is Kind.OBJECT:
            text = f"`{root}` is an object; name one of its parts, such as `{root}.key`"
            written.add(written.step(key, index), text)
        else:
            found[(root, *rest)] = None
    return tuple(found)


def read_intervals(written: Written, key: str, value: Any) -> Intervals | None:
    """The pauses of `repeat` or `remind_every`: all alike where `value` is a duration, else growing."""
    if isinstance(value, timedelta):
        if value <= timedelta():
            written.add((key,), f"`{key}` must be more than nothing")
        return Intervals(value)
    if not isinstance(value, dict):
        return None
    inner = written.below(key)
    keys, problems = read_keys(IntervalKeys, inner.document, inner.path)
    written.problems.extend(problems)
    if not inner.has("first"):
        inner.add((), f"`first` is missing, the first pause; or write one for all, such as `{key}: 1h`")
    factor = _GROWTH if keys.factor is None else keys.factor
    if not (math.isfinite(factor) and factor >= 1):
        inner.add(("factor",), "`factor` must be at least 1")
    if keys.first is None:
        return None
    if keys.first <= timedelta():
        inner.add(("first",), "`first` must be more than nothing")
    if keys.max is not None and keys.max < keys.first:
        inner.add(("max",), "`max` is shorter than `first`")
    return Intervals(keys.first, factor, keys.max)
