"""What an expression may see of an event: values of the kinds that CEL takes, and no more of them than it can bear."""

from collections.abc import Callable, Mapping
from typing import Any

from otpushd.model.event import Kind
from otpushd.routing import plain
from otpushd.routing.fields import Known

Convert = Callable[[Any, plain.Limits], Any]
"""A field's value as CEL takes it, or None where it is of another kind."""

ALL = plain.Limits(values=100_000, characters=2_000_000, longest=100_000)
WITH_LOOPS = plain.Limits(values=20_000, characters=200_000, longest=10_000)
WITH_COPIES = plain.Limits(values=20_000, characters=200_000, longest=1_000)
"""What one evaluation may look at; CEL's `map` and `filter` cost the square of a list's length (0.3 s at 3,000)."""


def converter(field: Known, parts: frozenset[str] | None) -> Convert:
    """How the field's values become CEL's. `parts` are the keys that the expression looks up in it, None for all."""
    match field.kind:
        case Kind.STRING:
            return lambda value, limits: plain.text(value) if isinstance(value, str) else None
        case Kind.NUMBER:
            return lambda value, limits: plain.number(value)
        case Kind.INTEGER:
            return lambda value, limits: plain.integer(value)
        case Kind.BOOLEAN:
            return lambda value, limits: value if isinstance(value, bool) else None
        case Kind.INSTANT:
            return lambda value, limits: plain.instant(value)
        case Kind.STRINGS:
            return _texts
        case Kind.INTEGERS:
            return _whole_numbers
        case Kind.OBJECT:
            return lambda value, limits: _object(value, parts, limits)
        case None:
            return plain.plain


def _texts(value: Any, limits: plain.Limits) -> list[str] | None:
    if not isinstance(value, list | tuple):
        return None
    return [one for one in plain.plain(value, limits) if isinstance(one, str)]


def _whole_numbers(value: Any, limits: plain.Limits) -> list[int] | None:
    if not isinstance(value, list | tuple):
        return None
    return [number for one in plain.plain(value, limits) if (number := plain.integer(one)) is not None]


def _object(value: Any, parts: frozenset[str] | None, limits: plain.Limits) -> dict[str, Any] | None:
    """Only the parts that the expression names are converted: a task may hold an image or thousands of tokens."""
    if not isinstance(value, Mapping):
        return None
    if parts is not None:
        value = {key: value[key] for key in parts if key in value}
    made: dict[str, Any] = plain.plain(value, limits)
    return made
