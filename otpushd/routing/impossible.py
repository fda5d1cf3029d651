"""Whether a rule can match at all, as far as that is told cheaply: bounds, closed sets and names that contradict.

Never wrong where it says that nothing matches; silent about much of what nothing matches.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any, NamedTuple

from otpushd.files.duration import parse_instant
from otpushd.files.yaml_document import Steps
from otpushd.model.event import Event, Kind
from otpushd.model.glob import covers, overlap
from otpushd.routing.condition import Condition
from otpushd.routing.fields import EVENT_TYPE, Fields
from otpushd.routing.rule import Mute, Rule

_MOST_TRIED = 200
_BOUND = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=|>=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*")
_EQUALITY = re.compile(r"""\s*[A-Za-z_]\w*\s*(?:[=!]=\s*("[^"\\]*"|'[^'\\]*')|in\s*\[[^\]\\]*\])\s*""")
_TEXT = re.compile(r""""([^"\\]*)"|'([^'\\]*)'""")
_TESTS = {">=": "at_least", ">": "above", "<=": "at_most", "<": "below"}
_OTHER = "\0 any other text"


class Impossible(NamedTuple):
    """Why nothing matches, and where that stands below the rule."""

    path: Steps
    text: str


def why_never(rule: Rule | Mute, match: Mapping[str, Any], fields: Fields) -> Iterator[Impossible]:
    """Why no event can match the rule, or open the mute, whose `match` was written so; nothing where one may."""
    for name, test in match.items():
        kind = fields[name].kind if name in fields else None
        if isinstance(test, dict) and _is_empty(bounds := _bounds(test), kind):
            yield Impossible(("match", name), f"no `{name}` is {_in_words(bounds)}, so that {_never(rule)}")
        if isinstance(test, dict) and "not" in test and _excludes_all(test["not"], name, fields):
            yield Impossible(("match", name), f"this excludes every value of `{name}`, so that {_never(rule)}")
    if "dataset" in match and rule.datasets and _is_elsewhere(match["dataset"], rule.datasets):
        text = f"no dataset is in `datasets` and passes this, so that {_never(rule)}"
        yield Impossible(("match", "dataset"), text)
    if rule.condition is not None:
        yield from _of_condition(rule, match, fields, rule.condition)


def _never(rule: Rule | Mute) -> str:
    return "this mute never begins" if isinstance(rule, Mute) else "this rule never matches"


Bounds = Mapping[str, Any]


def _bounds(test: Mapping[str, Any]) -> Bounds:
    """The bounds of a test, instants as such."""
    found = {name: test[name] for name in _TESTS.values() if name in test}
    return {name: parse_instant(one, UTC) if isinstance(one, str) else one for name, one in found.items()}


def _is_empty(bounds: Bounds, kind: Kind | None) -> bool:
    """Whether no value lies within the bounds."""
    lows = [(bounds[name], name == "above") for name in ("at_least", "above") if name in bounds]
    highs = [(bounds[name], name == "below") for name in ("at_most", "below") if name in bounds]
    if not lows or not highs or len({isinstance(one, datetime) for one, _ in (*lows, *highs)}) > 1:
        return False
    if kind is Kind.INTEGER and all(math.isfinite(one) for one, _ in (*lows, *highs)):
        least = max(math.floor(low) + 1 if strictly else math.ceil(low) for low, strictly in lows)
        most = min(math.ceil(high) - 1 if strictly else math.floor(high) for high, strictly in highs)
        return bool(least > most)
    return any(low > high or (low == high and (one or other)) for low, one in lows for high, other in highs)


def _in_words(bounds: Bounds) -> str:
    words = {"at_least": "at least", "above": "above", "at_most": "at most", "below": "below"}
    return " and ".join(f"{words[name]} {bounds[name]}" for name in words if name in bounds)


def _excludes_all(excluded: Any, name: str, fields: Fields) -> bool:
    """Whether a `not` leaves none of a closed set."""
    field = fields.get(name)
    values = excluded if isinstance(excluded, list) else [excluded]
    if field is not None and field.kind is Kind.BOOLEAN:
        return {True, False} <= {one for one in values if isinstance(one, bool)}
    if field is None or field.kind is not Kind.STRING or not field.values:
        return False
    return all(any(isinstance(one, str) and covers(one, value) for one in values) for value in field.values)


def _is_elsewhere(test: Any, datasets: Sequence[str]) -> bool:
    """Whether none of these datasets passes the test of `match`."""
    wanted = test.get("not") if isinstance(test, dict) else test
    if isinstance(test, dict) and wanted is None:
        return test.get("exists") is False
    names = [one for one in (wanted if isinstance(wanted, list) else [wanted]) if isinstance(one, str)]
    if isinstance(test, dict):
        return all(any(covers(name, one) for name in names) for one in datasets)
    return not any(overlap(name, one) for name in names for one in datasets)


def _of_condition(
    rule: Rule | Mute, match: Mapping[str, Any], fields: Fields, condition: Condition
) -> Iterator[Impossible]:
    """`when`, or a part of it that all the rest is joined to by `&&`, beside `match`."""
    if condition.always is False:
        yield Impossible(("when",), f"`when` is never true, whatever the event holds, so that {_never(rule)}")
        return
    parts = condition.conjuncts or (condition,)
    bounds: dict[str, dict[str, Any]] = {}
    for part in parts:
        if found := _BOUND.fullmatch(part.text):
            name, test, number = found[1], _TESTS[found[2]], float(found[3])
            written = match.get(name)
            own = bounds.setdefault(name, dict(_bounds(written)) if isinstance(written, dict) else {})
            harder = max if test in ("at_least", "above") else min
            own[test] = harder(own[test], number) if test in own else number
    for name, own in bounds.items():
        if _is_empty(own, fields[name].kind if name in fields else None):
            shown = {test: f"{one:g}" if isinstance(one, float) else one for test, one in own.items()}
            yield Impossible(("when",), f"no `{name}` is {_in_words(shown)}, so that {_never(rule)}")
            return
    if _never_holds([part for part in parts if _can_be_tried(part, fields)], rule, fields):
        beside = " for what passes `match`" if match else ""
        yield Impossible(("when",), f"`when` never holds{beside}, so that {_never(rule)}")


def _can_be_tried(part: Condition, fields: Fields) -> bool:
    """Whether it reads nothing but fields of few values, or compares a text with texts for equality alone."""
    names = {str(path[0]) for path in part.reads}
    if not names or any(len(path) > 1 for path in part.reads) or not names <= fields.keys():
        return False
    if len(names) == 1 and _EQUALITY.fullmatch(part.text):
        return fields[next(iter(names))].kind is Kind.STRING
    return all(fields[name].values or fields[name].kind is Kind.BOOLEAN for name in names)


def _never_holds(parts: Sequence[Condition], rule: Rule | Mute, fields: Fields) -> bool:
    """Whether no values of what the parts read, which `match` lets through, make all of them hold."""
    names = sorted({str(path[0]) for part in parts for path in part.reads})
    choices = [_choices(name, parts, rule, fields) for name in names]
    if not parts or math.prod(map(len, choices)) > _MOST_TRIED:
        return False
    for values in islice(product(*choices), _MOST_TRIED):
        event = _event(rule, dict(zip(names, values, strict=True)))
        if all(part.holds(event).holds for part in parts):
            return False
    return True


def _choices(name: str, parts: Sequence[Condition], rule: Rule | Mute, fields: Fields) -> list[Any]:
    """The values of a field worth trying: those of its closed set, or the texts it is compared with and another one."""
    if name == EVENT_TYPE:
        return sorted(rule.on)
    matchers = [one for one in rule.matchers if one.field == name]
    field = fields[name]
    other: list[Any] = []
    if field.kind is Kind.BOOLEAN:
        values: list[Any] = [True, False]
    elif field.values:
        values = list(field.values)
    else:
        compared = {one or two for part in parts if (name,) in part.reads for one, two in _TEXT.findall(part.text)}
        wanted = [one.texts for one in matchers if one.texts is not None]
        values = sorted(compared.union(*wanted))
        other = [] if wanted else [_OTHER]
    passing = [one for one in (*values, None) if all(each.holds(_event(rule, {name: one})) for each in matchers)]
    return passing + other


def _event(rule: Rule | Mute, values: Mapping[str, Any]) -> Event:
    data = {name: value for name, value in values.items() if name not in ("dataset", EVENT_TYPE, "id", "source")}
    kind = values.get(EVENT_TYPE) or min(rule.on)
    at = datetime(2000, 1, 1, tzinfo=UTC)
    return Event(kind, values.get("id") or "", values.get("source") or "", at, values.get("dataset"), data)
