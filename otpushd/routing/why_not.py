"""Why a rule does not match an event, in one line with the values seen; of content only what `expose` names."""

from collections.abc import Mapping, Sequence
from typing import Any

from otpushd.model.event import CONTENT_FIELDS, Event
from otpushd.model.glob import fits
from otpushd.routing.condition import Condition
from otpushd.routing.fields import Path, dotted, follow
from otpushd.routing.plain import one_line, shown
from otpushd.routing.rule import Rule

_LONGEST = 200
_MOST_VALUES = 5
_HIDDEN = "something that `expose` does not name"


def why_not(rule: Rule, event: Event, expose: Sequence[str]) -> str | None:
    """The first thing that keeps the event from the rule, such as `score: at_least 0.8, was 0.31`; None if it matches.

    In the order of its keys: `on`, `datasets`, a test of `match`, a part of `when` between `&&`. `expose` are dotted
    paths into `meta` and `task`; whether there is a value at all is told of every path.
    """
    if event.type not in rule.on:
        return f"on: {_words(', '.join(sorted(rule.on)))}, was {event.type}"
    dataset = event.dataset
    if rule.datasets and (dataset is None or not any(fits(dataset, one) for one in rule.datasets)):
        return f"datasets: {_words(', '.join(rule.datasets))}, was {shown(dataset)}"
    return why_missed(rule, event, expose)


def why_missed(rule: Rule, event: Event, expose: Sequence[str]) -> str | None:
    """The same for an event of the rule's types and datasets, which is what rules are tried on."""
    for matcher in rule.matchers:
        if not matcher.holds(event):
            value = matcher.read(event)
            return f"{matcher.field}: {matcher.failing(value)}, was {_seen(matcher.path, value, expose)}"
    return None if rule.condition is None else _undecided(rule.condition, event, expose)


def _undecided(condition: Condition, event: Event, expose: Sequence[str]) -> str | None:
    verdict = condition.holds(event)
    if verdict.holds:
        return None
    if verdict.error is not None:
        broken = next((one for one in condition.conjuncts if one.holds(event).error is not None), condition)
        seen = [what for path in broken.reads[:_MOST_VALUES] if (what := _met(path, event, expose)) is not None]
        return ", ".join([f"when: {_words(broken.text)} could not be decided: {verdict.error}", *seen])
    # `&&` is false only if one side is: errors on the other side are absorbed, here too.
    failed = next((one for one in condition.conjuncts if _is_false(one, event)), condition)
    values = [(path, follow(event.value(str(path[0])), path[1:])) for path in failed.reads[:_MOST_VALUES]]
    seen = [f"{dotted(path)} was {_seen(path, value, expose)}" for path, value in values]
    return ", ".join([f"when: {_words(failed.text)} failed", *seen])


def _met(path: Path, event: Event, expose: Sequence[str]) -> str | None:
    """What CEL met on a path that it could not decide with; None where the error says that there is no value."""
    value = event.value(str(path[0]))
    if value is None:
        return None
    for end, step in enumerate(path[1:], 2):
        lacks = isinstance(value, Mapping) and step not in value
        if lacks or (isinstance(value, list) and isinstance(step, int) and not 0 <= step < len(value)):
            return f"{dotted(path[:end])} is not there"
        value = follow(value, (step,))
    return f"{dotted(path)} was {_seen(path, value, expose)}"


def _is_false(condition: Condition, event: Event) -> bool:
    verdict = condition.holds(event)
    return not verdict.holds and verdict.error is None


def _seen(path: Path, value: Any, expose: Sequence[str]) -> str:
    return shown(value) if value is None or _is_shown(path, expose) else _HIDDEN


def _is_shown(path: Path, expose: Sequence[str]) -> bool:
    """Whether `expose` names the path or something that it is a part of; what is no content always is."""
    if path[0] not in CONTENT_FIELDS:
        return True
    return any(path[: len(steps)] == steps for steps in (tuple(one.split(".")) for one in expose))


def _words(text: str) -> str:
    return one_line(" ".join(text.split()), _LONGEST)
