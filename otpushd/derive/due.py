"""A date by which something is to be done: its reminders, and what is told of it. For deadlines and releases alike.

Lengths are exact: two days before are 48 hours, whatever the clocks on the wall do in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from otpushd.derive.pace import Course, forecast
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.instants import to_micros
from otpushd.model.length import exactly

_FIELDS = {
    "deadline": Field(Kind.INSTANT),
    "before": Field(Kind.STRING),
    "done": Field(Kind.INTEGER),
    "target": Field(Kind.INTEGER),
    "percent": Field(Kind.NUMBER),
    "forecast": Field(Kind.STRING),
    "late": Field(Kind.BOOLEAN),
}
APPROACHING, MISSED, MET = (EventType(f"deadline.{how}", _FIELDS) for how in ("approaching", "missed", "met"))
TYPES = (APPROACHING, MISSED, MET)
LATE = timedelta(seconds=15)
"""What is told so much after its time was missed while nobody looked. A source that hangs takes ten seconds."""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """`number` and `name` say what is due `at` the instant; `remind` is so long before it."""

    number: int
    source: str
    name: str
    at: datetime
    remind: tuple[timedelta, ...]

    def timers(self) -> Iterator[tuple[str, int]]:
        """One for each reminder and one for the date itself. Each holds the date, so that one moved is another."""
        for before in (*self.remind, timedelta()):
            yield f"{self.at.isoformat()} {before // _TICK}", to_micros(self.at - before)

    def rung(self, about: str, now: datetime) -> timedelta | None:
        """How long before the date this one is; None where a later one of the same date is over as well."""
        date, before = _read(about)
        if date != self.at.isoformat() or any(one < before and self.at - one <= now for one in (*self.remind, _NONE)):
            return None
        return before

    def told(self, before: timedelta, course: Course, now: datetime) -> Event:
        """That it approaches, or with no time left, that it was missed."""
        kind = APPROACHING if before else MISSED
        late = now - (self.at - before) > LATE
        return self._event(kind, (before // _TICK,), before, course, now, late=late)

    def met(self, cause: str | int, course: Course, now: datetime) -> Event:
        """That it was met."""
        return self._event(MET, (cause,), max(self.at - now, _NONE), course, now, late=now - self.at > LATE)

    def _event(
        self,
        kind: EventType,
        what: tuple[str | int, ...],
        before: timedelta,
        course: Course,
        now: datetime,
        *,
        late: bool,
    ) -> Event:
        data = {
            **{"deadline": self.at, "before": exactly(before - before % timedelta(seconds=1)) if before else "0s"},
            **{"done": course.done, "target": course.target, "percent": course.percent},
            **{"forecast": forecast(course, self.at, now), "late": late},
        }
        number = event_id(kind.name, self.number, self.at.isoformat(), *what)
        return Event(kind.name, number, self.source, now, self.name, data)


_NONE = timedelta()


def _read(about: str) -> tuple[str, timedelta]:
    date, _, before = about.rpartition(" ")
    return date, int(before) * _TICK
