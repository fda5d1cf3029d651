"""Durations (`30s`), instants (`2026-03-02T09:00 Europe/Zurich`) and time zones, as people write them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, InstanceOf, PlainSerializer, WithJsonSchema

from otpushd.files.suggest import did_you_mean

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_DURATION = re.compile(r"([0-9]{1,15})(ms|s|m|h|d)")
_UNITLESS = re.compile(r"[0-9]{1,15}")
_FRACTION = re.compile(r"[0-9]*[.,][0-9]+\s*(ms|s|m|h|d)")
_HOW_DURATION = "write a whole number and a unit: 250ms, 30s, 5m, 4h or 2d"
_HOW_INSTANT = "write 2026-03-02T09:00, and if need be an offset or zone behind it: 2026-03-02T09:00 Europe/Zurich"
_LONGEST = timedelta(days=36500)

_INSTANT = re.compile(
    r"(?P<local>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?)\s*"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>[0-5]\d)|\[(?P<bracketed>[^\]]+)\]"
    r"|(?P<zone>[A-Za-z][A-Za-z0-9_+/-]*))?"
)


def parse_duration(value: Any) -> timedelta:
    """A duration from `250ms`, `30s`, `5m`, `4h` or `2d`, at most 100 years; zero is allowed.

    Raises ValueError, with the mend, for anything else: no unit, fractions, signs, several units.
    """
    text = value.strip() if isinstance(value, str) else str(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected a duration; {_HOW_DURATION}")
    if match := _DURATION.fullmatch(text):
        number = int(match[1])
        if number * (_UNITS[match[2]] / timedelta(milliseconds=1)) > _LONGEST / timedelta(milliseconds=1):
            raise ValueError("the duration is too long; the most is 36500d")
        return number * _UNITS[match[2]]
    if _UNITLESS.fullmatch(text):
        raise ValueError(f"the duration has no unit; write {text}s for seconds, or {text}m, {text}h, {text}d")
    if _FRACTION.fullmatch(text):
        raise ValueError("a duration is a whole number; take a smaller unit, such as 90m for one and a half hours")
    raise ValueError(f"not a duration; {_HOW_DURATION}")


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """The instant in UTC that an ISO 8601 text names: with an offset, Z or a zone's name, else in `zone`.

    A local time that daylight saving skips is read with the offset before the gap, one that comes twice is the first
    of the two (RFC 5545, section 3.3.5). A date alone is its midnight. Raises ValueError with the mend.
    """
    try:
        return _local(text, zone).astimezone(UTC)
    except OverflowError:
        raise ValueError("the instant is outside the years 1 to 9999") from None


def local_doubt(text: str, zone: tzinfo) -> str:
    """What `parse_instant` decided where daylight saving skips the local time or lets it come twice, else nothing.

    Raises as that does.
    """
    local = _local(text, zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    if first is None or second is None or first == second:
        return ""
    clock, name = f"{local:%H:%M}", local.tzinfo
    if first > second:
        return f"{clock} comes twice on that day in {name}; the first is meant, unless you write an offset"
    meant = local.astimezone(UTC).astimezone(local.tzinfo)
    return f"there is no {clock} on that day in {name}, where clocks are put forward; {meant:%H:%M} is meant"


def _local(text: str, zone: tzinfo) -> datetime:
    """The text's own local time in its own zone, else in `zone`."""
    match = _INSTANT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"not an instant; {_HOW_INSTANT}")
    if match["sign"] and int(match["hours"]) > 23:
        raise ValueError("no offset is 24 hours or more")
    try:
        local = datetime.fromisoformat(match["local"])
    except ValueError as error:
        raise ValueError(f"no such day or time: {error}") from None
    return local.replace(tzinfo=_zone_of(match, zone), fold=0)


def parse_zone(name: Any) -> tzinfo:
    """The time zone of that name, for example Europe/Zurich. Raises ValueError with the nearest name.

    UTC is there even on a machine without a time zone database.
    """
    if name == "UTC":
        return UTC
    if not isinstance(name, str):
        raise ValueError("expected a time zone's name, such as Europe/Zurich")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
    if not known:
        raise ValueError("this machine has no time zone database; install tzdata, or use UTC")
    nearest = did_you_mean(name, known) or did_you_mean(name, (one.rsplit("/", 1)[-1] for one in known))
    raise ValueError(f"no such time zone{nearest or '; write one such as Europe/Zurich'}")


def _zone_of(match: re.Match[str], zone: tzinfo) -> tzinfo:
    if match["utc"]:
        return UTC
    if match["sign"]:
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
        return timezone(-offset if match["sign"] == "-" else offset)
    named = match["bracketed"] or match["zone"]
    return parse_zone(named) if named else zone


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$", "examples": ["30s"]}),
]
"""A field of a pydantic model that people write as `30s`."""

Zone = Annotated[
    InstanceOf[tzinfo],
    BeforeValidator(parse_zone),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["Europe/Zurich"]}),
]
"""A field of a pydantic model that people write as `Europe/Zurich`."""
