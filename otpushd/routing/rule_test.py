"""`tests:` of a rule file as data: which events are given, which messages expected. Running them is rehearsal's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from otpushd.files.duration import parse_instant
from otpushd.files.field_value import field_value
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.wording import got
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.delivery import Priority
from otpushd.model.event import CONTENT_FIELDS, Catalogue, EventType
from otpushd.model.people import People
from otpushd.routing.event_type import known_type
from otpushd.routing.fields import known_fields, unknown_field
from otpushd.routing.rule_file import ExpectKeys, GivenKeys, RuleTestKeys

_MOST_TIMES = 100_000
_OWN_KEYS = frozenset(GivenKeys.model_fields)
_SET_BY_TEST = {"time": "the event's time is written `at`", "event_type": "the event's type is written `on`"}


@dataclass(frozen=True, slots=True)
class Given:
    """`times` events at one instant; without `on` only time moves. `fields` are those of the type, `task` as an object.

    Instants are aware UTC. `path` leads to its place in the document.
    """

    at: datetime
    on: str | None
    dataset: str | None
    fields: Mapping[str, Any]
    times: int
    path: Steps


@dataclass(frozen=True, slots=True)
class Expected:
    """One message; what is None is not compared."""

    at: datetime | None
    to: str | None
    title: str | None
    body: str | None
    link: str | None
    priority: Priority | None
    rule: str | None
    channel: str | None
    path: Steps


@dataclass(frozen=True, slots=True)
class RuleTest:
    """Everything given and everything expected, in file order. `path` leads to the test in the document."""

    name: str
    given: tuple[Given, ...]
    expect: tuple[Expected, ...]
    until: datetime | None
    path: Steps


def read_test(
    document: YamlDocument, path: Steps, catalogue: Catalogue, people: People | None, rules: Collection[str]
) -> tuple[RuleTest, list[Problem]]:
    """The test at `path` as far as it is right, and what is wrong with it. `rules` are the names of its rules."""
    keys, problems = read_keys(RuleTestKeys, document, path)
    if not keys.name and isinstance(document.at(path), dict) and "name" not in document.at(path):
        problems.append(document.problem(path, "`name` is missing"))
    given, expect = [], []
    for index in range(len(keys.given or ())):
        event, wrong = _given(document, (*path, "given", index), catalogue)
        problems += wrong
        given += [event] if event else []
    for index in range(len(keys.expect or ())):
        message, wrong = _expected(document, (*path, "expect", index), people, rules)
        problems += wrong
        expect.append(message)
    written = document.at(path)
    if isinstance(written, dict) and "given" not in written:
        problems.append(document.problem(path, "`given` is missing: a test needs at least one event"))
    elif keys.given == []:
        text = "`given` is empty: a test needs at least one event"
        problems.append(document.problem((*path, "given"), text, severity=Severity.WARNING))
    if isinstance(written, dict) and "expect" not in written:
        text = "`expect` is missing; where nothing should be sent write `expect: []`"
        problems.append(document.problem(path, text, severity=Severity.WARNING))
    until, wrong = _instant(document, (*path, "until"), keys.until)
    return RuleTest(keys.name or "", tuple(given), tuple(expect), until, path), problems + wrong


def _given(document: YamlDocument, path: Steps, catalogue: Catalogue) -> tuple[Given | None, list[Problem]]:
    data = document.at(path)
    if not isinstance(data, dict):
        return None, [document.problem(path, f"expected a mapping, got {got(data)}")]
    keys, problems = read_keys(GivenKeys, document, path, elsewhere=data.keys() - _OWN_KEYS)
    at, wrong = _instant(document, (*path, "at"), keys.at)
    problems += wrong
    if "at" not in data:
        problems.append(document.problem(path, "`at` is missing, the time of the event"))
    if keys.times is not None and not 1 <= keys.times <= _MOST_TIMES:
        problems.append(document.problem((*path, "times"), f"`times` must be between 1 and {_MOST_TIMES}"))
    kind: EventType | None = None
    if keys.on is not None:
        kind, problem = known_type(keys.on, catalogue)
        problems += [document.problem((*path, "on"), problem)] if problem else []
    fields: dict[str, Any] = {}
    if kind is not None:
        for name in data.keys() - _OWN_KEYS:
            fields[name], text = _field(name, data[name], kind)
            if text:
                problems.append(document.problem((*path, name), text, key=text.startswith(("unknown", "the event's"))))
    elif "on" not in data:
        problems += [
            document.problem(
                (*path, name), f"`{name}` needs `on`, the event's type; without it only time moves", key=True
            )
            for name in data
            if name != "at"
        ]
    if at is None:
        return None, problems
    return Given(at, kind.name if kind else None, keys.dataset, fields, keys.times or 1, path), problems


def _field(name: str, value: Any, kind: EventType) -> tuple[Any, str]:
    """The field's value as an event holds it, and what is wrong with it."""
    if name in _SET_BY_TEST:
        return None, _SET_BY_TEST[name]
    fields = known_fields([kind])
    if name not in fields:
        return None, unknown_field(name, (*fields, *_OWN_KEYS))
    if value is None:
        return None, ""
    if name in CONTENT_FIELDS and isinstance(value, dict):
        return value, ""
    field = fields[name]
    return (value, "") if field.kind is None else field_value(name, value, field.kind, field.values, UTC)


def _expected(
    document: YamlDocument, path: Steps, people: People | None, rules: Collection[str]
) -> tuple[Expected, list[Problem]]:
    keys, problems = read_keys(ExpectKeys, document, path)
    at, wrong = _instant(document, (*path, "at"), keys.at)
    problems += wrong
    if keys.to is not None and people is not None and keys.to not in people.people:
        problems.append(document.problem((*path, "to"), _no_person(keys.to, people)))
    if keys.rule is not None and keys.rule not in rules:
        problems.append(
            document.problem((*path, "rule"), f"no rule {keys.rule!r} here{did_you_mean(keys.rule, rules)}")
        )
    return (
        Expected(at, keys.to, keys.title, keys.body, keys.link, keys.priority, keys.rule, keys.channel, path),
        problems,
    )


def _no_person(name: str, people: People) -> str:
    if name.removeprefix("group:") in people.groups or ":" in name:
        return "`to` of an expected message is one person; write a line for each"
    return f"no person {name!r}{did_you_mean(name, people.people)}"


def _instant(document: YamlDocument, path: Steps, text: str | None) -> tuple[datetime | None, list[Problem]]:
    if text is None:
        return None, []
    try:
        return parse_instant(text, UTC), []
    except ValueError as error:
        return None, [document.problem(path, str(error))]
