"""`fixtures:` of a rule file: the people, groups and plan that its tests, and they alone, know."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otpushd.files.keys import read_keys, unsupported
from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.wording import got, mend
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan
from otpushd.routing.rule_file import FixtureKeys

_LATER_PERSON_KEYS = frozenset({"timezone", "quiet", "rates", "opt_out"})


PlanReader = Callable[[YamlDocument, Steps, People, Path], tuple[Plan, list[Problem]]]
"""Reads the plan at a place of a document, which names these people and whose paths are relative to that folder."""


@dataclass(frozen=True, slots=True)
class Fixtures:
    """`channels` are the names under which the people have addresses, in the order of their first use."""

    people: People
    channels: tuple[str, ...]
    plan: Plan = field(default_factory=Plan)


def read_fixtures(
    document: YamlDocument, path: Steps, folder: Path, read_plan: PlanReader | None
) -> tuple[Fixtures, list[Problem]]:
    """The fixtures at `path` as far as they are right, and what is wrong with them. `folder` is the document's.

    Without `read_plan` a plan is not looked at, which is a warning.
    """
    keys, problems = read_keys(
        FixtureKeys, document, path, {} if read_plan else {"plan": Severity.WARNING}, ("plan",) if read_plan else ()
    )
    people: dict[str, Person] = {}
    for name, written in (keys.people or {}).items():
        people[name], wrong = _person(name, written, document, (*path, "people", name))
        problems += wrong
    groups: dict[str, tuple[str, ...]] = {}
    for name, members in (keys.groups or {}).items():
        groups[name], wrong = _group(members, people, document, (*path, "groups", name))
        problems += wrong
    channels = tuple(dict.fromkeys(channel for person in people.values() for channel in person.addresses))
    known, plan = People(people, groups), Plan()
    if read_plan is not None and document.at((*path, "plan")) is not None:
        plan, wrong = read_plan(document, (*path, "plan"), known, folder)
        problems += wrong
    return Fixtures(known, channels, plan), problems


def _person(name: str, written: dict[str, Any], document: YamlDocument, path: Steps) -> tuple[Person, list[Problem]]:
    problems: list[Problem] = []
    addresses: dict[str, str] = {}
    sessions: tuple[str, ...] = ()
    shown = name
    for key, value in written.items():
        at = (*path, key)
        if key in _LATER_PERSON_KEYS:
            problems.append(unsupported(document, at, Severity.WARNING))
        elif key == "sessions":
            given = value if isinstance(value, list) else [value]
            sessions = tuple(one for one in given if isinstance(one, str))
            if len(sessions) < len(given):
                problems.append(document.problem(at, "`sessions` is a text or a list of texts"))
        elif not isinstance(value, str):
            problems.append(document.problem(at, f"expected a text, got {got(value)}{mend('a text', value)}"))
        elif key == "name":
            shown = value
        else:
            addresses[key] = value
    return Person(name, shown, sessions, addresses), problems


def _group(
    members: Any, people: dict[str, Person], document: YamlDocument, path: Steps
) -> tuple[tuple[str, ...], list[Problem]]:
    if isinstance(members, dict) and "rotation" in members:
        return (), [unsupported(document, (*path, "rotation"))]
    if not isinstance(members, list):
        return (), [document.problem(path, f"expected a list of people, got {got(members)}")]
    found, problems = [], []
    for index, member in enumerate(members):
        if isinstance(member, str) and member in people:
            found.append(member)
        else:
            nearest = did_you_mean(str(member), people)
            shown = f"no person {member!r}" if isinstance(member, str) else "no such person"
            problems.append(document.problem((*path, index), f"{shown} in these fixtures{nearest}"))
    return tuple(found), problems
