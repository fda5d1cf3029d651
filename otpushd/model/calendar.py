"""Working time: when a calendar is open, how much of it lies between two instants, when so much of it has passed.

It is open while the wall clock of its zone shows an open time: an hour that daylight saving repeats counts twice, one
that it skips not at all. A span belongs to the day on which it begins: a holiday takes away those that begin on
it, with what of them lies behind midnight. Years are worked out once each, then every question is a binary search.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

Holidays = Callable[[int], Collection[date]]
"""The holidays of a year."""

FIRST, LAST = datetime(3, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""What lies outside counts as the nearer of the two."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_TICK = timedelta(microseconds=1)
_SECOND = 1_000_000
_DAY = 86400
_DAY_MINUTES = 24 * 60
_MOST_AHEAD = 100
"""What takes more years than that will never be: a calendar may be open for a minute a week."""
_MOST_YEARS = 256


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from `start` to before `end`, in minutes from the midnight of the day it begins on; at most 24 hours."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Year:
    """Open intervals within one year of UTC, in microseconds since 1970, and how long it was open when each ended."""

    starts: list[int]
    ends: list[int]
    sums: list[int]

    @property
    def total(self) -> int:
        return self.sums[-1] if self.sums else 0

    def until(self, moment: int) -> int:
        """How long it was open before `moment`."""
        index = bisect_right(self.starts, moment) - 1
        return self.sums[index] - max(0, self.ends[index] - moment) if index >= 0 else 0


@dataclass(frozen=True, slots=True)
class PlainTime:
    """Working time where there is no calendar: all of it."""

    def is_open(self, at: datetime) -> bool:
        """Always."""
        return True

    def add(self, start: datetime, working: timedelta) -> datetime:
        """`start` and `working`, in UTC, at most LAST."""
        start = _within(start)
        return start + min(working, LAST - start)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """From `start` to `end`."""
        return _within(end) - _within(start)


@dataclass(frozen=True, slots=True)
class Calendar:
    """`week` are the spans of Monday to Sunday, in order; raises ValueError where there are none or two overlap."""

    week: tuple[tuple[Span, ...], ...]
    holidays: Holidays
    zone: tzinfo
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spans = [(day * _DAY_MINUTES, span) for day, spans in enumerate(self.week) for span in spans]
        if not spans:
            raise ValueError("there are no open hours")
        ends = [midnight + span.end for midnight, span in spans]
        starts = [midnight + span.start for midnight, span in spans[1:]] + [7 * _DAY_MINUTES + spans[0][1].start]
        if any(end > start for end, start in zip(ends, starts, strict=True)):
            raise ValueError("two of the open hours overlap")

    def is_open(self, at: datetime) -> bool:
        """Whether the aware instant lies in an open span."""
        at = _within(at)
        year, moment = self._year(at.year), _moment(at)
        index = bisect_right(year.starts, moment) - 1
        return index >= 0 and moment < year.ends[index]

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The first instant, in UTC, when so much working time has passed since `start`; LAST after a hundred years.

        No working time gives `start`, be it open or not. Raises ValueError for less than none.
        """
        if working < timedelta():
            raise ValueError("working time does not run backwards")
        start = _within(start)
        if not working:
            return start
        number = start.year
        year = self._year(number)
        left = working // _TICK + year.until(_moment(start))
        while left > year.total:
            left -= year.total
            number += 1
            if number > min(LAST.year, start.year + _MOST_AHEAD):
                return LAST
            year = self._year(number)
        index = bisect_left(year.sums, left)
        return min(_EPOCH + (year.ends[index] - (year.sums[index] - left)) * _TICK, LAST)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one aware instant to another; negative where `end` is the earlier one."""
        start, end = _within(start), _within(end)
        if end < start:
            return -self.between(end, start)
        whole = sum(self._year(number).total for number in range(start.year, end.year))
        open_for = whole + self._year(end.year).until(_moment(end)) - self._year(start.year).until(_moment(start))
        return open_for * _TICK

    def _year(self, number: int) -> _Year:
        found = self._years.get(number)
        if found is None:
            if len(self._years) >= _MOST_YEARS:
                self._years.clear()
            found = self._years[number] = self._worked_out(number)
        return found

    def _worked_out(self, number: int) -> _Year:
        """The year's open intervals: those of its days and of a few around it, because zones and nights overlap."""
        low, high = _moment(datetime(number, 1, 1, tzinfo=UTC)), _moment(datetime(number + 1, 1, 1, tzinfo=UTC))
        free = {day.toordinal() for year in (number - 1, number, number + 1) for day in self.holidays(year)}
        first, after = date(number, 1, 1).toordinal() - 3, date(number + 1, 1, 1).toordinal() + 2
        offsets = [self._offset((ordinal - _EPOCH_DAY) * _DAY) for ordinal in range(first - 1, after + 3)]
        found: list[tuple[int, int]] = []
        for index, ordinal in enumerate(range(first, after)):
            spans = self.week[(ordinal + 6) % 7]
            if spans and ordinal not in free:
                found += self._intervals((ordinal - _EPOCH_DAY) * _DAY, spans, offsets[index], offsets[index + 4])
        year = _Year([], [], [])
        for start, end in sorted(found):
            start, end = max(start * _SECOND, low), min(end * _SECOND, high)
            if start < end:
                year.starts.append(start)
                year.ends.append(end)
                year.sums.append(year.total + end - start)
        return year

    def _intervals(self, midnight: int, spans: tuple[Span, ...], before: int, behind: int) -> Iterator[tuple[int, int]]:
        """The spans of a day in seconds since 1970, in pieces where the clock is changed; `midnight` is its own.

        The offsets are those one day `before` and three days `behind` that midnight in UTC: around all of its spans.
        """
        walls = [(midnight + span.start * 60, midnight + span.end * 60) for span in spans]
        if before == behind:
            yield from ((start - before, end - before) for start, end in walls)
            return
        change = self._change(midnight - _DAY, midnight + 3 * _DAY)
        for start, end in walls:
            if start - before < change:
                yield start - before, min(end - before, change)
            if end - behind > change:
                yield max(start - behind, change), end - behind

    def _change(self, low: int, high: int) -> int:
        """The first second with another offset than `low`; two changes within four days have not been seen."""
        before = self._offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        return high

    def _offset(self, seconds: int) -> int:
        """By how many seconds the zone's clocks are ahead of UTC at that second since 1970."""
        offset = (_EPOCH + timedelta(seconds=seconds)).astimezone(self.zone).utcoffset()
        return (offset or timedelta()) // timedelta(seconds=1)


WorkingTime = Calendar | PlainTime


def no_holidays(year: int) -> Collection[date]:
    """None in any year."""
    return ()


def _within(at: datetime) -> datetime:
    return min(max(at, FIRST), LAST).astimezone(UTC)


def _moment(at: datetime) -> int:
    return (at - _EPOCH) // _TICK
