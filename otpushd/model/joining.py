"""Values as one short text that is equal where they are: what joins two events, and what makes messages the same."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from otpushd.model.instants import to_micros

_DEEPEST = 32
_NAME = 200
"""Longer texts are no names, and hardly come again."""


def joined(values: Sequence[Any], nulls: bool) -> str | None:
    """32 hex digits, the same for equal values; None if one of them is null and `nulls` is False.

    Equal as CEL has it: 1 and 1.0 are, True and 1 are not, two spellings of one instant are (a naive one is UTC), a
    lone surrogate is a question mark. Whole numbers are told apart at any size, which CEL's doubles do not do.
    """
    if not nulls and None in values:
        return None
    if all(type(value) is str and len(value) <= _NAME for value in values):
        return _of_texts(tuple(values))
    return _of_any(values)


@lru_cache(10_000)
def _of_texts(values: tuple[str, ...]) -> str:
    """Remembered because names come again with every event."""
    return _of_any(values)


def _of_any(values: Sequence[Any]) -> str:
    spelled = ascii([_spelled(value, 0) for value in values])
    return blake2b(spelled.encode(), digest_size=16).hexdigest()


def alike(one: Any, other: Any) -> bool:
    """Whether `joined` says the same of both, null being equal to null."""
    return bool(_spelled(one, 0) == _spelled(other, 0))


def _spelled(value: Any, depth: int) -> Any:
    """Of each kind a spelling that no other kind has."""
    match value:
        case str():
            return value if value.isascii() else value.encode("utf-8", "replace").decode()
        case None | bool():
            return value
        case int():
            return ("number", hex(value))
        case float():
            return ("number", hex(int(value)) if value.is_integer() else repr(value))
        case datetime():
            return ("instant", to_micros(value if value.tzinfo else value.replace(tzinfo=UTC)))
    if depth == _DEEPEST:
        return ("deeper",)
    match value:
        case Mapping():
            parts = [(ascii(key), _spelled(one, depth + 1)) for key, one in value.items()]
            return ("object", sorted(parts, key=lambda part: part[0]))
        case list() | tuple():
            return [_spelled(one, depth + 1) for one in value]
    return ("other", ascii(value))
