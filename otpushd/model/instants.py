"""Instants as the store keeps them: integer microseconds since the epoch, because a DateTimeField loses its zone on one
back end and keeps it on the other (libraries.md, architecture.md section 7)."""

from datetime import UTC, datetime, timedelta
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
