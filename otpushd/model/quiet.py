"""Quiet time of a person: on which spans of the day and days of the week nothing is to arrive, and when that ends.

Each span lies between two instants that the clocks of the person's zone name, so that it begins and ends when the
clock says so, also where daylight saving skips that time or repeats it. Spans that touch or overlap are one.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from otpushd.model.calendar import FIRST, LAST, Span
from otpushd.model.delivery import Priority
from otpushd.model.instants import on_the_clock

_DAY = 24 * 60
_WEEK = 7 * _DAY
_BEFORE = timedelta(days=3)
_BEHIND = timedelta(days=28)
"""More than one quiet time can last: a week less something, and another where a change of clocks swallowed that."""
_MOST_YEARS = 64


@dataclass(frozen=True, slots=True)
class Quiet:
    """`daily` are spans of every day, `days` whole days (0 is Monday), by the clocks of `zone`.

    `passes` is whether a critical message is let through. Raises ValueError where it is never quiet, or always.
    """

    daily: tuple[Span, ...]
    days: frozenset[int]
    passes: bool
    zone: tzinfo
    _years: dict[int, tuple[list[datetime], list[datetime]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not self.daily and not self.days:
            raise ValueError("there is no quiet time in it; write `daily`, `days` or both")
        starts = [(day * _DAY, span) for day in range(-1, 7) for span in self._spans(day % 7)]
        free = 0
        for start, end in sorted((midnight + span.start, midnight + span.end) for midnight, span in starts):
            if start > free:
                return
            free = max(free, end)
        if free >= _WEEK:
            raise ValueError("this quiet time never ends; whoever wants no messages opts out: opt_out: ['*']")

    def ends(self, at: datetime) -> datetime | None:
        """When the quiet in which the aware instant lies ends, in UTC; None if it is not quiet then."""
        at = min(max(at, FIRST), LAST).astimezone(UTC)
        starts, ends = self._year(at.year)
        index = bisect_right(starts, at) - 1
        return ends[index] if index >= 0 and at < ends[index] else None

    def holds(self, priority: Priority, at: datetime) -> datetime | None:
        """Until when a message of that priority is held back at the aware instant, in UTC; None if it is not."""
        return None if self.passes and priority is Priority.CRITICAL else self.ends(at)

    def _spans(self, weekday: int) -> tuple[Span, ...]:
        return (*self.daily, Span(0, _DAY)) if weekday in self.days else self.daily

    def _year(self, number: int) -> tuple[list[datetime], list[datetime]]:
        found = self._years.get(number)
        if found is None:
            if len(self._years) >= _MOST_YEARS:
                self._years.clear()
            found = self._years[number] = self._worked_out(number)
        return found

    def _worked_out(self, number: int) -> tuple[list[datetime], list[datetime]]:
        """Where the quiet times of a year begin and end, in order, with those that reach into it and out of it."""
        day, last = date(number, 1, 1) - _BEFORE, date(number, 12, 31) + _BEHIND
        found: list[tuple[datetime, datetime]] = []
        while day <= last:
            for span in self._spans(day.weekday()):
                found.append((on_the_clock(day, span.start, self.zone), on_the_clock(day, span.end, self.zone)))
            day += timedelta(days=1)
        starts: list[datetime] = []
        ends: list[datetime] = []
        for start, end in sorted(found):
            if start >= end:
                continue  # a change of clocks left nothing of it
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        return starts, ends
