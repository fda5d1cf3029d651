"""people.yaml: who there is, how Prodigy and each channel know them, what they wish, and the groups.

Addresses are never shown.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from otpushd.config.team import read_team
from otpushd.config.wishes import WISHES
from otpushd.files.problem import Problem, Severity, has_errors
from otpushd.files.suggest import did_you_mean
from otpushd.files.validate import validate
from otpushd.files.yaml_document import YamlDocument, read_yaml
from otpushd.model.people import Group, People, Person

_ID = re.compile(r"[A-Za-z0-9_.@-]+")


def _id(name: str) -> str:
    if not _ID.fullmatch(name):
        raise ValueError("an id is made of letters, digits, `_`, `.`, `-` and `@`")
    return name


Id = Annotated[str, AfterValidator(_id)]


class PersonSettings(BaseModel):
    """One person; every further key is a channel's name, with the person's address there. Wishes are read by `team`."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    name: str | None = None
    sessions: tuple[str, ...] = ()


class PeopleSettings(BaseModel):
    """people.yaml as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    people: dict[Id, PersonSettings]
    groups: dict[Id, Any] = {}


PERSON_KEYS = WISHES | frozenset(PersonSettings.model_fields)
"""Keys of a person that are no channel's, so that no channel can have these names."""


def load_people(
    path: Path,
    channels: Collection[str] | None,
    shown: str | None = None,
    zone: tzinfo = UTC,
    now: datetime | None = None,
) -> tuple[People | None, list[Problem]]:
    """Everyone in a people file, or None if it has errors, and every problem with it. See `read_people`."""
    document, problems = read_yaml(path, shown)
    if document is None:
        return None, problems
    people, wrong = read_people(document, channels, zone, now)
    return None if has_errors(problems) else people, [*problems, *wrong]


def read_people(
    document: YamlDocument, channels: Collection[str] | None, zone: tzinfo, now: datetime | None = None
) -> tuple[People | None, list[Problem]]:
    """Everyone in a people file's document, or None if it has errors, and every problem with it.

    `channels` are the configured channels' names, None where they are not known. An address under another name is a
    warning, one for each name, because configurations may share a people file. `zone` is that of who names none, and
    of handovers; what has not begun at `now`, aware UTC, is a warning.
    """
    settings, problems = validate(PeopleSettings, document)
    team, wrong = read_team(document, (), zone, now)
    problems = sorted({*problems, *wrong, *_problems(document, channels)})
    if settings is None or has_errors(problems):
        return None, problems
    people = {id: _person(team.people[id], one, channels) for id, one in settings.people.items()}
    groups: dict[str, Group] = {
        name: team.groups[name] if name in team.groups else tuple(dict.fromkeys(ids))
        for name, ids in settings.groups.items()
    }
    return People(people, groups), problems


def people_named(document: YamlDocument) -> People:
    """Who a people file with errors names, with the groups as far as they can be read.

    For looking names up, so that one mistake there makes no other name unknown.
    """
    people = {
        id: Person(id, id, (), dict.fromkeys(_mapping(one).keys() - PERSON_KEYS, ""))
        for id, one in _mapping(document.at(("people",))).items()
    }
    groups: dict[str, Group] = {
        name: tuple(one for one in _members(written) if isinstance(one, str))
        for name, written in _mapping(document.at(("groups",))).items()
    }
    return People(people, groups)


def _members(group: Any) -> list[Any]:
    listed = group.get("rotation") if isinstance(group, dict) else group
    return listed if isinstance(listed, list) else []


def _person(wishes: Person, settings: PersonSettings, channels: Collection[str] | None) -> Person:
    extra = settings.model_extra or {}
    known = {name: address for name, address in extra.items() if name not in WISHES}
    addresses = {name: address for name, address in known.items() if channels is None or name in channels}
    return replace(wishes, name=settings.name or wishes.id, sessions=settings.sessions, addresses=addresses)


def _problems(document: YamlDocument, channels: Collection[str] | None) -> list[Problem]:
    """What the model cannot see; tolerant of what it has seen, so that everything is reported at once."""
    people = _mapping(document.at(("people",)))
    found = [*_addresses(document, people, channels), *_sessions(document, people)]
    for name, members in _mapping(document.at(("groups",))).items():
        found += _group(document, name, members, people)
    return found


def _addresses(document: YamlDocument, people: dict[str, Any], channels: Collection[str] | None) -> Iterator[Problem]:
    unknown: set[str] = set()
    for id, person in people.items():
        for key in _mapping(person).keys() - PERSON_KEYS:
            path, address = ("people", id, key), person[key]
            is_unknown = channels is not None and key not in channels
            if isinstance(address, list | dict) and is_unknown:
                yield document.problem(path, f"unknown key `{key}`" + did_you_mean(key, PERSON_KEYS), key=True)
            elif address is not None and not isinstance(address, str):
                yield document.problem(path, "an address is a text; write it in quotes")
            elif not (address or "").strip():
                yield document.problem(path, "the address is empty; remove the key if there is none")
            elif is_unknown and key not in unknown:
                unknown.add(key)
                text = f"no channel is called `{key}`; such addresses are not used"
                text += did_you_mean(key, [*(channels or ()), *PERSON_KEYS])
                yield document.problem(path, text, key=True, severity=Severity.WARNING)
        if isinstance(person, dict) and not person.keys() - PERSON_KEYS:
            text = f"`{id}` has no address and cannot be sent anything"
            yield document.problem(("people", id), text, key=True, severity=Severity.WARNING)


def _sessions(document: YamlDocument, people: dict[str, Any]) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for id, person in people.items():
        sessions = _mapping(person).get("sessions")
        for number, session in enumerate(sessions if isinstance(sessions, list) else []):
            if not isinstance(session, str):
                continue
            other = owners.setdefault(session, id)
            if other == id and session != id and session in people:
                other = session
            if other != id:
                text = f"the session `{session}` would be both {other} and {id}; leave it with one of them"
                yield document.problem(("people", id, "sessions", number), text)


def _group(document: YamlDocument, name: str, members: Any, people: dict[str, Any]) -> Iterator[Problem]:
    if isinstance(members, dict):
        return
    if not isinstance(members, list):
        yield document.problem(("groups", name), "a group is a list of people's ids, such as [ann, bob], or a rotation")
    elif not members:
        yield document.problem(("groups", name), "the group is empty", key=True, severity=Severity.WARNING)
    else:
        for number, member in enumerate(members):
            path = ("groups", name, number)
            if not isinstance(member, str):
                yield document.problem(path, "an id is a text; write it in quotes")
            elif member not in people:
                yield document.problem(path, f"nobody has the id `{member}`" + did_you_mean(member, people))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
