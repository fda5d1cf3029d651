"""Rules that tell the same people of the same event, so that each is pushed twice. Pure; silent where in doubt."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otpushd.model.glob import covers
from otpushd.model.people import People
from otpushd.routing.recipients import DatasetTarget, FieldTarget, GroupTarget, PersonTarget, Target
from otpushd.routing.rule import Rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule, what was written of it, and the people that its file can name."""

    rule: Rule
    written: Mapping[str, Any]
    people: People


@dataclass(frozen=True, slots=True)
class Twice:
    """The rule that tells again what another one tells, and what to say of it."""

    rule: Rule
    text: str


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which events a rule is about, and who hears of each: what is equal here is the same."""

    rule: Rule
    match: frozenset[str]
    when: str
    told: frozenset[str]
    to: tuple[str, ...]


def twice(candidates: Iterable[Candidate]) -> Iterator[Twice]:
    """Of two rules that are equal the later one, else the one that is the other narrowed; each rule once."""
    by_types: dict[frozenset[str], list[_Scope]] = {}
    for one in candidates:
        if one.rule.targets:
            by_types.setdefault(one.rule.on, []).append(_scope(one))
    for scopes in by_types.values():
        for index, scope in enumerate(scopes):
            if found := next(_said(scope, index, scopes), None):
                yield found


def _said(scope: _Scope, index: int, scopes: list[_Scope]) -> Iterator[Twice]:
    for other, wide in enumerate(scopes):
        if scope.told.isdisjoint(wide.told) or scope.rule.name == wide.rule.name or not _is_same_way(scope, wide):
            continue
        if _is_equal(scope, wide):
            if other < index:
                text = "tells the same people of the same events, so that they get each message twice"
                yield Twice(scope.rule, f"the rule at {wide.rule.place} {text}")
        elif _is_within(scope, wide) and (other < index or not _is_within(wide, scope)):
            both = ", ".join(sorted(scope.told & wide.told))
            what = f"every event of this rule is one of the rule at {wide.rule.place} as well, and both tell {both}"
            yield Twice(scope.rule, f"{what}: two messages of each")


def _is_equal(one: _Scope, other: _Scope) -> bool:
    same = (one.match, one.when, one.to, set(one.rule.datasets))
    return same == (other.match, other.when, other.to, set(other.rule.datasets))


def _is_within(narrow: _Scope, wide: _Scope) -> bool:
    """Whether each message of the first has one of the other beside it. What is paced unlike may well be meant so:
    some told at once, and all of them in a summary.
    """
    if not wide.match <= narrow.match or wide.when not in ("", narrow.when) or not _is_paced_alike(narrow, wide):
        return False
    own, others = narrow.rule.datasets, wide.rule.datasets
    return not others or (bool(own) and all(any(covers(other, one) for other in others) for one in own))


def _is_paced_alike(one: _Scope, other: _Scope) -> bool:
    rules = one.rule, other.rule
    if len({(rule.collect is None, rule.repeat is None) for rule in rules}) > 1:
        return False
    return not any(rule.collect is not None and rule.collect.at_least > 1 for rule in rules)


def _is_same_way(one: _Scope, other: _Scope) -> bool:
    """One event may be told in two ways."""
    mine, others = one.rule.channels, other.rule.channels
    return not mine or not others or bool(set(mine) & set(others))


def _scope(one: Candidate) -> _Scope:
    match = one.written.get("match") or {}
    when = " ".join(str(one.written.get("when") or "").split())
    told = frozenset(name for target in one.rule.targets for name in _told(target, one.rule.name, one.people))
    to = one.written.get("to") or []
    tests = frozenset(json.dumps([name, _plain(test)], sort_keys=True, default=str) for name, test in match.items())
    return _Scope(one.rule, tests, when, told, tuple(sorted(to if isinstance(to, list) else [to])))


def _plain(test: Any) -> Any:
    """A single value is a list of one, whose order is of no matter."""
    if isinstance(test, dict):
        return {name: _plain(value) if name == "not" else value for name, value in test.items()}
    return sorted(test if isinstance(test, list) else [test], key=lambda value: json.dumps(value, default=str))


def _told(target: Target, rule: str, people: People) -> Iterator[str]:
    """Whom a target surely means: people, and as a whole what changes with the time or the event."""
    match target:
        case PersonTarget(id):
            members: tuple[str, ...] = (id,)
        case GroupTarget(name):
            group = people.groups.get(name)
            members = group if isinstance(group, tuple) else ()
            if not members:
                yield f"group:{name}"
        case DatasetTarget(role):
            yield f"dataset.{role}"
            return
        case FieldTarget():
            yield f"field:{target.name}"
            return
    for member in members:
        if member not in people.people or not people.people[member].opted_out(rule):
            yield member
