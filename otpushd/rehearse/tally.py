"""How many messages, and when: kept so that a million of them cost little. Pure.

Hours are those of a wall clock in the configuration's time zone, kept by when they begin.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from otpushd.model.delivery import Notification

EXAMPLES = 3
LONGEST_EXAMPLE = 300
HOURS, DAYS = 24, 7
Week = list[list[int]]
"""How many by day of the week, Monday first, and hour of the day: 7 lists of 24."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a message said, its body cut off somewhere, and when it left."""

    at: datetime
    title: str
    body: str


@dataclass(slots=True)
class Tally:
    """What was sent by one rule to one person. `hours` has by the beginning (UTC) of each hour how many it had."""

    count: int = 0
    hours: Counter[datetime] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)

    def add(self, one: Notification, at: datetime, hour: datetime) -> None:
        """Count one message, in the hour that began at `hour`; keep it as an example if it reads differently."""
        self.count += 1
        self.hours[hour] += 1
        if len(self.examples) < EXAMPLES and all(one.title != kept.title for kept in self.examples):
            self.examples.append(example(one, at))


@dataclass(frozen=True, slots=True)
class Busiest:
    """The hour with the most messages, the first of those where several have as many: when it begins, how many."""

    begins: datetime
    count: int


def example(one: Notification, at: datetime) -> Example:
    """What is shown of a message."""
    return Example(at, one.title, one.body[:LONGEST_EXAMPLE])


def local(at: datetime, zone: tzinfo) -> datetime:
    """The instant on the zone's wall clock; at the ends of the calendar, where that has no name, in UTC."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def hour_of(at: datetime, zone: tzinfo) -> datetime:
    """When the wall clock's hour began in which `at` lies, in UTC: an hour that comes twice is two hours."""
    there = local(at, zone)
    past = timedelta(minutes=there.minute, seconds=there.second, microseconds=there.microsecond)
    try:
        return (at - past).astimezone(UTC)
    except OverflowError:
        return at


def week(hours: Mapping[datetime, int], zone: tzinfo) -> Week:
    """By day of the week and hour of the day."""
    found = [[0] * HOURS for _ in range(DAYS)]
    for begins, count in hours.items():
        there = local(begins, zone)
        found[there.weekday()][there.hour] += count
    return found


def busiest(hours: Mapping[datetime, int]) -> Busiest:
    """The busiest of them. Raises ValueError where there are none."""
    begins, count = max(hours.items(), key=lambda each: (each[1], -each[0].timestamp()))
    return Busiest(begins, count)


def days(hours: Iterable[datetime], zone: tzinfo) -> tuple[date, date]:
    """The first and the last day. Raises ValueError where there are none."""
    kept = list(hours)
    return local(min(kept), zone).date(), local(max(kept), zone).date()
