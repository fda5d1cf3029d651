"""Values from outside made safe for what is strict about them: whole characters, 64-bit integers, bounded size.

Prodigy's tasks and handed-in events may hold lone surrogates, integers of any size, NaN and deep nesting.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

_SMALLEST, _GREATEST = -(2**63), 2**63 - 1
_DEEPEST = 32
_SPELL = json.JSONEncoder(ensure_ascii=False).encode
_SHOWN = 80
_SHOWN_DEPTH = 3


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


def shown(value: Any) -> str:
    """The value as JSON in one line of at most 80 printable characters, for people; its end may be missing."""
    try:
        spelled = _SPELL(_start(value, 0))
    except (ValueError, TypeError):
        return "something unreadable"
    return one_line(spelled, _SHOWN)


def one_line(text: str, most: int) -> str:
    """The text's first characters without line breaks or anything else that does not print."""
    start = text[: most + 1]
    if not start.isprintable():
        start = "".join(one if one.isprintable() else "\ufffd" for one in " ".join(start.split()))
    return start if len(text) <= most else f"{start[: most - 1]}…"


def _start(value: Any, depth: int) -> Any:
    """As much of a value as can be seen of it."""
    few = _SHOWN if depth < _SHOWN_DEPTH else 0
    if isinstance(value, str):
        return value[:_SHOWN]
    if isinstance(value, int) and not isinstance(value, bool):
        return value if _SMALLEST <= value <= _GREATEST else number(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key)[:_SHOWN]: _start(one, depth + 1) for key, one in islice(value.items(), few)}
    if isinstance(value, list | tuple):
        return [_start(one, depth + 1) for one in islice(value, few)]
    return value
