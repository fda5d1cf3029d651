"""Rules that tell the same people of the same event, so that each is pushed twice. Pure; silent where in doubt."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otpushd.model.glob import covers, literal_start
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
    """Which events a rule is about, and who hears of each: what is equal here is the same.

    `number` counts rules; with one of `starts` each name of its datasets begins.
    """

    number: int
    rule: Rule
    datasets: frozenset[str]
    starts: tuple[str, ...]
    match: frozenset[str]
    when: str
    told: frozenset[str]
    to: tuple[str, ...]


_Asked = tuple[frozenset[str], str]
"""`match` and `when`."""


def twice(candidates: Iterable[Candidate]) -> Iterator[Twice]:
    """Of two rules that are equal the later one, else the one that is the other narrowed; each rule once."""
    by_types: dict[frozenset[str], list[_Scope]] = {}
    for number, one in enumerate(candidates):
        if one.rule.targets:
            by_types.setdefault(one.rule.on, []).append(_scope(number, one))
    for scopes in by_types.values():
        alike: dict[_Asked, list[_Scope]] = {}
        for scope in scopes:
            alike.setdefault((scope.match, scope.when), []).append(scope)
        for scope in scopes:
            if found := next(_said(scope, alike), None):
                yield found


def _said(scope: _Scope, alike: Mapping[_Asked, Iterable[_Scope]]) -> Iterator[Twice]:
    for asked, others in alike.items():
        if asked[0] <= scope.match and asked[1] in ("", scope.when):
            for wide in others:
                if text := _text(scope, wide):
                    yield Twice(scope.rule, text)


def _text(scope: _Scope, wide: _Scope) -> str:
    """What to say of a rule beside another one that asks no more; nothing where they do not tell twice."""
    if scope.rule.name == wide.rule.name or scope.told.isdisjoint(wide.told) or not _is_same_way(scope, wide):
        return ""
    if _is_equal(scope, wide):
        again = "tells the same people of the same events, so that they get each message twice"
        return f"the rule at {wide.rule.place} {again}" if wide.number < scope.number else ""
    if not _is_within(scope, wide) or (scope.number < wide.number and _is_within(wide, scope)):
        return ""
    both = ", ".join(sorted(scope.told & wide.told))
    beside = f"every event of this rule is one of the rule at {wide.rule.place} as well"
    return f"{beside}, and both tell {both}: two messages of each"


def _is_equal(one: _Scope, other: _Scope) -> bool:
    same = (one.datasets, one.match, one.when, one.to)
    return same == (other.datasets, other.match, other.when, other.to)


def _is_within(narrow: _Scope, wide: _Scope) -> bool:
    """Whether each message of the first has one of the other beside it. What is paced unlike may well be meant so:
    some told at once, and all of them in a summary.
    """
    own, others = narrow.datasets, wide.datasets
    # The cheap question first: `covers` for each pair of a thousand rules takes seconds.
    if others and not (own and all(start.startswith(wide.starts) for start in narrow.starts)):
        return False
    if others and not all(any(covers(other, one) for other in others) for one in own):
        return False
    return wide.match <= narrow.match and wide.when in ("", narrow.when) and _is_paced_alike(narrow, wide)


def _is_paced_alike(one: _Scope, other: _Scope) -> bool:
    rules = one.rule, other.rule
    if len({(rule.collect is None, rule.repeat is None) for rule in rules}) > 1:
        return False
    return not any(rule.collect is not None and rule.collect.at_least > 1 for rule in rules)


def _is_same_way(one: _Scope, other: _Scope) -> bool:
    """One event may be told in two ways."""
    mine, others = one.rule.channels, other.rule.channels
    return not mine or not others or bool(set(mine) & set(others))


def _scope(number: int, one: Candidate) -> _Scope:
    match = one.written.get("match") or {}
    when = " ".join(str(one.written.get("when") or "").split())
    told = frozenset(name for target in one.rule.targets for name in _told(target, one.rule.name, one.people))
    to = one.written.get("to") or []
    tests = frozenset(json.dumps([name, _plain(test)], sort_keys=True, default=str) for name, test in match.items())
    return _Scope(
        number,
        one.rule,
        frozenset(one.rule.datasets),
        tuple(literal_start(name) for name in one.rule.datasets),
        tests,
        when,
        told,
        tuple(sorted(to if isinstance(to, list) else [to])),
    )


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
