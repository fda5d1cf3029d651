"""Instants as the store keeps them, and as clocks show them.

Stored ones are integer microseconds since the epoch, because a DateTimeField loses its zone on one back end and keeps
it on the other (libraries.md, architecture.md section 7).
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@overload
def to_micros(instant: datetime) -> int: ...
@overload
def to_micros(instant: None) -> None: ...
def to_micros(instant: datetime | None) -> int | None:
    """An aware instant as whole microseconds since the epoch; None stays None."""
    return None if instant is None else (instant - EPOCH) // MICROSECOND


@overload
def from_micros(micros: int) -> datetime: ...
@overload
def from_micros(micros: None) -> None: ...
def from_micros(micros: int | None) -> datetime | None:
    """Whole microseconds since the epoch as an aware UTC instant; None stays None."""
    return None if micros is None else EPOCH + micros * MICROSECOND


def on_the_clock(day: date, minutes: int, zone: tzinfo) -> datetime:
    """The instant, in UTC, when clocks in `zone` show so many minutes behind the midnight with which `day` begins.

    The minutes may go beyond that day. A time that daylight saving skips is read with the offset before the gap, of one
    that comes twice the first is meant (RFC 5545, section 3.3.5), as `files.duration.parse_instant` reads texts.
    """
    shown = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
