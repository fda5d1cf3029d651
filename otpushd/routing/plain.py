"""Values from outside made safe for what is strict about them: whole characters, 64-bit integers, bounded size.

Prodigy's tasks and handed-in events may hold lone surrogates, integers of any size, NaN and deep nesting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_SMALLEST, _GREATEST = -(2**63), 2**63 - 1
_DEEPEST = 32


class TooLarge(Exception):
    """A value that holds more than the limits allow."""


@dataclass(slots=True)
class Limits:
    """How much may still be taken: values, characters, and entries of one list. Counts down as values are taken."""

    values: int
    characters: int
    longest: int


def text(value: str) -> str:
    """The text without lone surrogates, which neither UTF-8 nor JSON readers take."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def integer(value: Any) -> int | None:
    """The value as a 64-bit integer, or None where it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if _SMALLEST <= value <= _GREATEST else None


def number(value: Any) -> float | None:
    """The value as a float, or None where it is none. True is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def instant(value: Any) -> datetime | None:
    """The value as an aware datetime, or None where it is none."""
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def plain(value: Any, limits: Limits, depth: int = 0) -> Any:
    """A copy made of None, bool, 64-bit int, float, str, datetime, list and dict with text keys.

    What is nested deeper than 32 levels, or is of another kind, is None. Raises TooLarge beyond the limits.
    """
    limits.values -= 1
    if isinstance(value, str):
        limits.characters -= len(value)
    elif isinstance(value, list | tuple) and len(value) > limits.longest:
        raise TooLarge
    if limits.values < 0 or limits.characters < 0:
        raise TooLarge
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        return value if _SMALLEST <= value <= _GREATEST else number(value)
    if isinstance(value, datetime):
        return instant(value)
    if depth >= _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {text(str(key)): plain(one, limits, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, limits, depth + 1) for one in value]
    return None
