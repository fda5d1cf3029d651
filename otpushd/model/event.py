"""What happened in an annotation project: events, their types, and their CloudEvents form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from otpushd.model.task_json import read_json


class Kind(StrEnum):
    """The kind of value a field holds. Every field may also be null."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    STRINGS = "strings"
    INTEGERS = "integers"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event type; `values` is its closed set of values, empty where any value goes."""

    kind: Kind
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventType:
    """A type that rules may name in `on`, with the fields that come on top of COMMON_FIELDS."""

    name: str
    fields: Mapping[str, Field]


Catalogue = Mapping[str, EventType]

COMMON_FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "id": Field(Kind.STRING),
        "source": Field(Kind.STRING),
        "time": Field(Kind.INSTANT),
        "dataset": Field(Kind.STRING),
    }
)
CONTENT_FIELDS = frozenset({"meta", "task"})
"""Fields that hold annotators' content: conditions see them, whatever leaves the machine sees only `expose`."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `data` holds the type's further fields; one that is absent is null.

    `time` is aware UTC. `dataset` is None where the event is about no dataset. `content` is the stored Prodigy task
    as UTF-8 JSON, undecoded because few rules look into it; it is the field `task`.
    """

    type: str
    id: str
    source: str
    time: datetime
    dataset: str | None
    data: Mapping[str, Any] = field(default_factory=dict)
    content: bytes | None = None

    def value(self, name: str) -> Any:
        """The field `name`, common or of the type, or None where the event lacks it."""
        match name:
            case "id" | "source" | "time" | "dataset":
                return getattr(self, name)
            case "event_type" | "type":
                return self.type
            case "task":
                return self.task()
            case _:
                return self.data.get(name)

    def task(self) -> dict[str, Any] | None:
        """The whole stored task, or None where there is none or it is not a JSON object."""
        if self.content is None:
            return None
        try:
            task = read_json(self.content)
        except ValueError:
            return None
        return task if isinstance(task, dict) else None


def event_id(*parts: str | int | None, content: bytes = b"") -> str:
    """A deterministic id: 40 hex digits of BLAKE2b over the parts as Python spells them in ASCII, then `content`.

    Spelled so, ("a", "b") differs from ("ab",), and "1" from 1.
    """
    return blake2b(ascii(parts).encode() + content, digest_size=20).hexdigest()


def cloud_event(event: Event, expose: Sequence[str]) -> dict[str, Any]:
    """The event as a CloudEvents 1.0 JSON object; of `meta` and `task` only the dotted paths in `expose` remain.

    Source: CloudEvents 1.0.2, section 2 (required attributes) and its JSON format. `subject` is the dataset and is
    left out where there is none, because the attribute must not be empty.
    """
    data = {
        name: _written(value) if isinstance(value, datetime) else value
        for name, value in event.data.items()
        if name not in CONTENT_FIELDS
    }
    if expose:
        data |= exposed(event, expose)
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": _written(event.time),
        "data": data,
    }
    if event.dataset:
        document["subject"] = event.dataset
    return document


def exposed(event: Event, expose: Sequence[str]) -> dict[str, Any]:
    """`meta` and `task` cut down to the dotted paths in `expose`; a path that the event lacks is left out."""
    kept: dict[str, Any] = {}
    for path in expose:
        root, *rest = path.split(".")
        if root not in CONTENT_FIELDS:
            continue
        value = event.value(root)
        for key in rest:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            continue
        place = kept
        for key in [root, *rest][:-1]:
            place = place.setdefault(key, {})
        place[[root, *rest][-1]] = value
    return kept


def _written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
