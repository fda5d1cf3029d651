"""Which fields a rule may name, and how to read them from an event. What is absent is null, as is a part of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from otpushd.files.suggest import did_you_mean
from otpushd.model.event import COMMON_FIELDS, Event, EventType, Kind

EVENT_TYPE = "event_type"
Path = tuple[str | int, ...]
"""A field, and the way into it: keys of objects and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Known:
    """A field as a rule sees it: `kind` is None where any value may come, `values` its closed set or empty.

    `parts` are those of an object of which no others are known, as of `trigger`.
    """

    kind: Kind | None
    values: tuple[str, ...] = ()
    parts: "Mapping[str, Known] | None" = None


Fields = Mapping[str, Known]


def known_fields(types: Iterable[EventType]) -> dict[str, Known]:
    """The fields that any of the types has. Where two types disagree about a field, any value may come."""
    types = tuple(types)
    known = {name: Known(field.kind, field.values) for name, field in COMMON_FIELDS.items()}
    known[EVENT_TYPE] = Known(Kind.STRING, tuple(sorted(one.name for one in types)))
    for one in types:
        for name, field in one.fields.items():
            other = known.get(name)
            if other is None:
                known[name] = Known(field.kind, field.values)
            else:
                values = tuple(dict.fromkeys(other.values + field.values)) if other.values and field.values else ()
                known[name] = Known(other.kind if other.kind is field.kind else None, values)
    return known


def unknown_field(name: str, fields: Iterable[str]) -> str:
    """What to say about a field that no type in `on` has."""
    return f"unknown field `{name}`{did_you_mean(name, fields)}"


def has_parts(field: Known) -> bool:
    """Whether one may look into the field with a dot."""
    return field.kind is None or field.kind is Kind.OBJECT


def no_parts(name: str) -> str:
    """What to say where somebody looks into a field that holds a single value or a list."""
    return f"`{name}` has no parts; write `{name}` alone"


@lru_cache(10_000)
def reader(path: Path) -> Callable[[Event], Any]:
    """A function that reads the path from an event; None wherever the way ends. To make it takes longer than that."""
    root, rest = str(path[0]), path[1:]
    if not rest and root in COMMON_FIELDS:
        return attrgetter(root)

    def read(event: Event) -> Any:
        return follow(event.value(root), rest)

    def read_data(event: Event) -> Any:
        return event.data.get(root)

    is_data = not rest and root not in (EVENT_TYPE, "type", "task")
    return read_data if is_data else read


def follow(value: Any, steps: Path) -> Any:
    """The part of a value at the end of the steps, or None."""
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list | tuple) and 0 <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def dotted(path: Path) -> str:
    """`meta.doc_id` for ("meta", "doc_id")."""
    return ".".join(str(step) for step in path)
