"""`to` of a rule: who is meant, and who that is for one event. A person reached twice counts once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from otpushd.files.suggest import did_you_mean
from otpushd.model.event import CONTENT_FIELDS, Event, Kind
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan
from otpushd.routing import plain
from otpushd.routing.fields import Fields, dotted, has_parts, no_parts, reader, unknown_field

_PREFIXES = ("group:", "field:")
_LONGEST_NAME = 80
_MOST_NAMES = 1000


@dataclass(frozen=True, slots=True)
class PersonTarget:
    """One person, by id."""

    id: str


@dataclass(frozen=True, slots=True)
class GroupTarget:
    """Everyone in a group."""

    name: str


@dataclass(frozen=True, slots=True)
class FieldTarget:
    """Whoever a field of the event names: by id, session name or annotator id. `is_content` fields are never quoted."""

    name: str
    read: Callable[[Event], Any]
    is_content: bool


class Role(StrEnum):
    """What the plan says people are to a dataset."""

    OWNERS = "owners"
    ANNOTATORS = "annotators"


@dataclass(frozen=True, slots=True)
class DatasetTarget:
    """Whom the plan names for the event's dataset."""

    role: Role


Target = PersonTarget | GroupTarget | FieldTarget | DatasetTarget
OF_DATASET = {f"dataset.{role}": role for role in Role}
"""As they are written in `to`."""


@dataclass(frozen=True, slots=True)
class Directory:
    """People with their session names looked up once, and the plan, which names people of datasets.

    Who has a name as id comes before who has it as a session.
    """

    people: People
    by_name: Mapping[str, Person]
    plan: Plan = field(default_factory=Plan)

    @classmethod
    def of(cls, people: People, plan: Plan | None = None) -> "Directory":
        """The directory of these people; without a plan no dataset has anybody."""
        by_name: dict[str, Person] = {}
        for person in people.people.values():
            for session in person.sessions:
                by_name.setdefault(session, person)
        return cls(people, {**by_name, **people.people}, plan or Plan())


def parse_target(text: str, fields: Fields) -> tuple[Target | None, str]:
    """The target that an entry of `to` means, or what is wrong with it."""
    if text in OF_DATASET:
        return DatasetTarget(OF_DATASET[text]), ""
    prefix, colon, name = text.partition(":")
    if not colon:
        return (PersonTarget(text), "") if text else (None, "an empty name; write a person, group:NAME or field:NAME")
    if prefix == "group" and name:
        return GroupTarget(name), ""
    if prefix != "field" or not name:
        nearest = did_you_mean(f"{prefix}:", _PREFIXES) if name else ""
        return None, f"`{text}` names nobody; write a person, group:NAME or field:NAME{nearest}"
    root, *rest = name.split(".")
    if root not in fields:
        return None, unknown_field(root, fields)
    if rest and not has_parts(fields[root]):
        return None, no_parts(root)
    if not rest and fields[root].kind not in (Kind.STRING, Kind.STRINGS, None):
        return None, f"`{root}` names nobody: it holds no text"
    path = (root, *rest)
    return FieldTarget(dotted(path), reader(path), root in CONTENT_FIELDS), ""


def resolve(
    targets: Sequence[Target], event: Event, directory: Directory, at: datetime
) -> tuple[list[Person], list[str]]:
    """Everyone meant at the aware instant, each once and in order, and what to say about those who are nobody.

    The instant says who of a rotation is on call.
    """
    found: dict[str, Person] = {}
    faults: list[str] = []
    for target in targets:
        match target:
            case PersonTarget(id):
                _add(directory.people.people.get(id), f"there is no person {_quoted(id)}", found, faults)
            case GroupTarget(name):
                members = directory.people.members(name, at)
                if not members:
                    what = "nobody is in" if members is not None else "there is no"
                    faults.append(f"{what} group {_quoted(name)}")
                for member in members or ():
                    what = f"group {_quoted(name)} names {_quoted(member)}, who is no person"
                    _add(directory.people.people.get(member), what, found, faults)
            case DatasetTarget(role):
                _add_planned(role, event, directory, found, faults)
            case FieldTarget():
                _add_named(target, event, directory, found, faults)
    return list(found.values()), faults


def _add_planned(role: Role, event: Event, directory: Directory, found: dict[str, Person], faults: list[str]) -> None:
    if event.dataset is None:
        faults.append(f"`dataset.{role}` names nobody: the event is about no dataset")
        return
    plan, dataset = directory.plan, event.dataset
    named = plan.owners_of(dataset) if role is Role.OWNERS else plan.annotators_of(dataset)
    if not named:
        says_nothing = plan.entry_for(dataset) is None and plan.milestone(dataset) is None
        what = "says nothing of" if says_nothing else f"names no {role} of"
        faults.append(f"`dataset.{role}` names nobody: the plan {what} dataset {_quoted(dataset)}")
    for name in named:
        _add(directory.people.people.get(name), f"the plan names {_quoted(name)}, who is no person", found, faults)


def _add_named(
    target: FieldTarget, event: Event, directory: Directory, found: dict[str, Person], faults: list[str]
) -> None:
    value = target.read(event)
    names = value if isinstance(value, list | tuple) else [value]
    if value is None or not names:
        faults.append(f"field `{target.name}` names nobody: it has no value")
        return
    for name in names[:_MOST_NAMES]:
        who = _quoted(name) if isinstance(name, str) and not target.is_content else "somebody"
        person = directory.by_name.get(name) if isinstance(name, str) else None
        _add(person, f"field `{target.name}` names {who}, whom no person's id or session matches", found, faults)


def _add(person: Person | None, otherwise: str, found: dict[str, Person], faults: list[str]) -> None:
    if person is not None:
        found.setdefault(person.id, person)
    elif otherwise not in faults:
        faults.append(otherwise)


def _quoted(name: str) -> str:
    """Names come from elsewhere: short, printable, and no lone surrogates, which no store takes."""
    shown = plain.text(name[:_LONGEST_NAME])
    return repr(shown) if len(name) <= _LONGEST_NAME else repr(shown + "…")
