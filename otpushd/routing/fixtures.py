"""`fixtures:` of a rule file: the people, groups and plan that its tests, and they alone, know."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from otpushd.files.keys import read_keys, unsupported
from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.wording import got, mend
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.people import Group, People, Person
from otpushd.model.plan import Plan
from otpushd.routing.rule_file import FixtureKeys

_WISHES = frozenset({"timezone", "quiet", "rates", "opt_out"})

PlanReader = Callable[[YamlDocument, Steps, People, Path], tuple[Plan, list[Problem]]]
"""Reads the plan at a place of a document, which names these people and whose paths are relative to that folder."""

TeamReader = Callable[[YamlDocument, Steps], tuple[People, list[Problem]]]
"""Reads `people` and `groups` at a place of a document: everyone with wishes alone, and groups that are rotations."""


@dataclass(frozen=True, slots=True)
class Fixtures:
    """`channels` are the names under which the people have addresses, in the order of their first use."""

    people: People
    channels: tuple[str, ...]
    plan: Plan = field(default_factory=Plan)


def read_fixtures(
    document: YamlDocument,
    path: Steps,
    folder: Path,
    read_plan: PlanReader | None,
    read_team: TeamReader | None = None,
) -> tuple[Fixtures, list[Problem]]:
    """The fixtures at `path` as far as they are right, and what is wrong with them. `folder` is the document's.

    Without `read_plan` a plan is not looked at, which is a warning; nor are wishes and rotations without `read_team`.
    """
    keys, problems = read_keys(
        FixtureKeys, document, path, {} if read_plan else {"plan": Severity.WARNING}, ("plan",) if read_plan else ()
    )
    team = People()
    if read_team is not None:
        team, wrong = read_team(document, path)
        problems += wrong
    people: dict[str, Person] = {}
    for name, written in (keys.people or {}).items():
        wishes = team.people.get(name)
        people[name], wrong = _person(wishes or Person(name, name), written, document, (*path, "people", name))
        if wishes is None:
            problems += _not_read(document, (*path, "people", name), written)
        problems += wrong
    groups: dict[str, Group] = dict(team.groups)
    for name, members in (keys.groups or {}).items():
        if name in team.groups:
            continue
        groups[name], wrong = _group(members, people, document, (*path, "groups", name))
        problems += wrong
    channels = tuple(dict.fromkeys(channel for person in people.values() for channel in person.addresses))
    known, plan = People(people, groups), Plan()
    if read_plan is not None and document.at((*path, "plan")) is not None:
        plan, wrong = read_plan(document, (*path, "plan"), known, folder)
        problems += wrong
    return Fixtures(known, channels, plan), problems


def _person(
    wishes: Person, written: dict[str, Any], document: YamlDocument, path: Steps
) -> tuple[Person, list[Problem]]:
    problems: list[Problem] = []
    addresses: dict[str, str] = {}
    sessions: tuple[str, ...] = ()
    shown = wishes.id
    for key, value in written.items():
        at = (*path, key)
        if key in _WISHES:
            continue
        if key == "sessions":
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
    return replace(wishes, name=shown, sessions=sessions, addresses=addresses), problems


def _not_read(document: YamlDocument, path: Steps, written: dict[str, Any]) -> list[Problem]:
    return [unsupported(document, (*path, key), Severity.WARNING) for key in written if key in _WISHES]


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
