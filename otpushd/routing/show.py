"""How values look in a message, and the few filters that templates may use on them. Every result is bounded.

An absent value shows as nothing, so that a filter given none gives none.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zlib import crc32

from otpushd.routing import plain

LONGEST_VALUE = 10_000
_MOST_ENTRIES = 100
_LISTS = (list, tuple)
_UNFIT = re.compile(r"[^\w .,@+=()-]")
LONGEST_PART = 200
"""Bytes; file systems take 255, of which some are left for what stands around the value."""
_UNRESERVED = re.compile("[A-Za-z0-9_.~-]*").fullmatch
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def show(value: Any) -> str:
    """Instants as ISO 8601 in UTC, lists with commas, numbers to four decimals, true and false as in YAML."""
    if isinstance(value, str):
        return plain.text(value[:LONGEST_VALUE])
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, _LISTS):
        more = ", …" if len(value) > _MOST_ENTRIES else ""
        return ", ".join(map(show, value[:_MOST_ENTRIES]))[:LONGEST_VALUE] + more
    if isinstance(value, Mapping):
        return plain.text(json.dumps(value, ensure_ascii=False, default=show)[:LONGEST_VALUE])
    return str(value)[:LONGEST_VALUE]


def _number(value: float) -> str:
    if not math.isfinite(value) or abs(value) >= 1e15:
        return repr(value)
    if value and abs(value) < 0.001:
        return f"{value:.2g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def one_line(text: str) -> str:
    """The text without line breaks and control characters; blanks run together."""
    if text.isprintable() and "  " not in text:  # of all blanks, only the space itself is printable
        return text.strip()
    return " ".join(_CONTROLS.sub(" ", text).split())


def lines(text: str) -> str:
    """The text with its line breaks but without other control characters and without blanks around it."""
    if text.isprintable():
        return text.strip()
    return _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()


def cut(text: str, longest: int) -> str:
    """At most `longest` characters, the last an ellipsis where something was cut off."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def in_link(value: Any) -> str:
    """A value as part of a link: everything but letters, digits and `_.-~` as %XX."""
    text = show(value)
    return text if _UNRESERVED(text) else quote(text, safe="")


def as_link(value: Any) -> str:
    """A value that is the beginning of a link: only what no URL may hold as %XX."""
    return quote(show(value), safe="%:/?#[]@!$&'()*+,;=~")


def in_file(value: Any) -> str:
    """A value as one part of a file's name: no separator, never `..`, never hidden, and of bounded length.

    Whatever else could make two names one or end a path is written as %XX, as in links.
    """
    text = _UNFIT.sub(lambda found: quote(found[0], safe=""), show(value))
    if text.startswith("."):
        text = "%2E" + text[1:]
    if len(text.encode()) > LONGEST_PART:
        text = text.encode()[: LONGEST_PART - 9].decode(errors="ignore") + f"-{crc32(text.encode()):08x}"
    return text or "_"


def _text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else change(show(value))


def _default(value: Any, otherwise: Any = "") -> Any:
    return otherwise if value is None or value == "" else value


def _round(value: Any, digits: int = 0) -> Any:
    number = plain.number(value)
    if number is None or not math.isfinite(number):
        return None
    digits = max(0, min(int(digits), 10))
    return round(number) if digits == 0 else round(number, digits)


def _percent(value: Any, digits: int = 0) -> Any:
    number = plain.number(value)
    return None if number is None else show(_round(number * 100, digits)) + "%"


def _int(value: Any) -> Any:
    number = plain.number(value)
    return int(number) if number is not None and math.isfinite(number) else None


def _length(value: Any) -> Any:
    return len(value) if isinstance(value, str | list | tuple | Mapping) else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, str | list | tuple) and value else None


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, str | list | tuple) and value else None


def _join(value: Any, between: str = ", ") -> Any:
    entries = value if isinstance(value, list | tuple) else [value]
    return str(between)[:100].join(map(show, entries[:_MOST_ENTRIES]))[:LONGEST_VALUE]


def _truncate(value: Any, length: int = 80) -> Any:
    return None if value is None else cut(show(value), max(1, int(length)))


def _replace(value: Any, old: str, new: str) -> Any:
    if value is None or not old:
        return value
    text, new = show(value), str(new)
    grown = len(text) + text.count(old) * len(new)
    return text.replace(old, new)[:LONGEST_VALUE] if grown <= 100 * LONGEST_VALUE else text


FILTERS: Mapping[str, Callable[..., Any]] = {
    "capitalize": _text(str.capitalize), "count": _length, "d": _default, "default": _default, "first": _first,
    "int": _int, "join": _join, "last": _last, "length": _length, "lower": _text(str.lower), "percent": _percent,
    "replace": _replace, "round": _round, "title": _text(str.title), "trim": _text(str.strip), "truncate": _truncate,
    "upper": _text(str.upper), "urlencode": lambda value: None if value is None else in_link(value),
}  # fmt: skip
TESTS: Mapping[str, Callable[[Any], bool]] = {
    "defined": lambda value: value is not None,
    "none": lambda value: value is None,
    "undefined": lambda value: value is None,
}
"""`is defined` asks for a value, because every field is known and one that an event lacks is null."""
