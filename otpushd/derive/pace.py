"""How much is still to be done, how fast it went lately, and so when it will be done. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otpushd.derive.progress import done_of
from otpushd.model.instants import to_micros
from otpushd.model.ledger import HOUR, Tally
from otpushd.model.plan import InputTarget, Target

RECENT = timedelta(days=7)
"""The pace is that of the last week: nights and weekends are in it as often as they will be."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_HOURS_SHOWN = 48
_FAR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Course:
    """`done` of `target`, None where nobody said how much there is to do. `left` are answers that it still takes,
    `hours` the answers in each hour since 1970, `first` when the first came, in microseconds since 1970.
    """

    done: int
    target: int | None
    left: int = 0
    hours: Mapping[int, int] = field(default_factory=dict)
    first: int | None = None

    @property
    def complete(self) -> bool:
        """Whether it is reached."""
        return self.target is not None and self.done >= self.target

    @property
    def percent(self) -> float | None:
        """How much of it is done, never rounded up to the whole."""
        if self.target is None:
            return None
        share = round(100 * self.done / self.target, 1)
        return share if self.complete else min(share, 99.9)


def course_of(tally: Tally, target: Target | None) -> Course:
    """Of one dataset, or several added up."""
    if target is None:
        return Course(tally.answers, None, 0, tally.hours, tally.first)
    return Course(done_of(tally, target), target.size, left(tally, target), tally.hours, tally.first)


def left(tally: Tally, target: Target) -> int:
    """How many answers it still takes: to inputs that were begun, as far as there are any, then to new ones."""
    missing = max(0, target.size - done_of(tally, target))
    if not isinstance(target, InputTarget):
        return missing
    people, answers = target.annotations_per_input, 0
    for had in range(min(people, len(tally.inputs)) - 1, 0, -1):
        begun = min(missing, tally.inputs[had])
        missing, answers = missing - begun, answers + begun * (people - had)
    return answers + missing * people


def forecast(course: Course, at: datetime, now: datetime) -> str:
    """Where the pace of the last days leads, against the date `at`: "at this pace 3 days late"."""
    if course.target is None:
        return "nobody said how much there is to do"
    if course.left <= 0:
        return "done"
    start = max(to_micros(now - RECENT), course.first if course.first is not None else 0)
    answers = sum(count for hour, count in course.hours.items() if hour >= start // HOUR)
    if not answers:
        return f"nothing was done in the last {RECENT.days} days"
    hours = max(1.0, (to_micros(now) - start) / HOUR)
    late = (now - at) / _HOUR + course.left * hours / answers
    return f"at this pace {_against(late)}"


def _against(hours: float) -> str:
    much, which = abs(hours), "late" if hours > 0 else "early"
    if much < 1:
        return "just in time"
    if much > _FAR / _HOUR:
        return f"more than {_FAR.days // 365} years {which}"
    number, unit = (round(much), "hour") if much < _HOURS_SHOWN else (round(much / (_DAY / _HOUR)), "day")
    return f"{number} {unit}{'s' if number != 1 else ''} {which}"
