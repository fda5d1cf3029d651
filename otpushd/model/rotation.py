"""A group of which one person at a time is meant: who is on call takes turns, by the day or by the week."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from otpushd.model.calendar import FIRST, LAST
from otpushd.model.instants import on_the_clock


@dataclass(frozen=True, slots=True)
class Override:
    """`who` is on call from `start` to before `end`, aware UTC, whosever turn it is."""

    who: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Rotation:
    """Turns among `people`, one or more ids, in this order and then anew; one may come several times.

    They change when clocks in `zone` show `minutes` from midnight (fewer than a day's): each day, or on the day of the
    week `weekday`, 0 for Monday. The first turn begins with the first such time on `since` or later, and before it the
    first one is on call already. Of overrides that overlap, the later in the list holds.
    """

    people: tuple[str, ...]
    minutes: int
    weekday: int | None
    since: date
    zone: tzinfo
    overrides: tuple[Override, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """Everyone who is ever on call, each once."""
        return tuple(dict.fromkeys([*self.people, *(override.who for override in self.overrides)]))

    @property
    def begins(self) -> datetime:
        """When the first turn begins, in UTC."""
        return self._handover(0)

    def on_call(self, at: datetime) -> str:
        """Who is on call at the aware instant."""
        for override in reversed(self.overrides):
            if override.start <= at < override.end:
                return override.who
        return self.people[self._turn(at) % len(self.people)]

    def _turn(self, at: datetime) -> int:
        """The number of the turn, from 0. Days are counted by the calendar, so that clocks that are changed shift no
        handover. That guess is one too many at most: put back over midnight, a clock shows the day before once more.
        """
        at = min(max(at, FIRST), LAST)
        number = (at.astimezone(self.zone).date() - self._first()).days // self._days() + 1
        while number > 0 and at < self._handover(number):
            number -= 1
        return max(0, number)

    def _handover(self, number: int) -> datetime:
        return on_the_clock(self._first() + timedelta(days=number * self._days()), self.minutes, self.zone)

    def _first(self) -> date:
        ahead = 0 if self.weekday is None else (self.weekday - self.since.weekday()) % 7
        return self.since + timedelta(days=ahead)

    def _days(self) -> int:
        return 1 if self.weekday is None else 7
