"""`deadline.approaching`, `deadline.missed` and `deadline.met` of the plan's datasets, each or in `total`.

It is met with the answer that reaches the target in time, and then nothing is told any more. Without a target there are
reminders, and nobody can say how it ended.
"""

from collections.abc import Iterable, Iterator

from otpushd.derive.due import TYPES, Due
from otpushd.derive.groups import added_up
from otpushd.derive.pace import course_of
from otpushd.derive.progress import reaches, together
from otpushd.derive.seen import Around, Seen, Standing
from otpushd.model.event import Event
from otpushd.model.instants import from_micros
from otpushd.model.ledger import pattern_number
from otpushd.model.plan import PlanEntry

__all__ = ["TYPES", "WHOSE_TIMERS", "look", "ring", "timers"]
WHOSE_TIMERS = "deadline"


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """Whether a row reaches the target in time."""
    planned = seen.planned
    if planned is None or planned.deadline is None or planned.target is None or seen.fact.past:
        return iter(())
    if not seen.entry.answered:
        return iter(())
    tallies = together(seen, planned, around)
    if not reaches(seen, planned.target, tallies) or not _in_time(seen, planned, around):
        return iter(())
    total = planned.total
    number = pattern_number(seen.tally.source, planned.pattern) if total else seen.entry.dataset
    standing = Standing(number, added_up(planned.pattern, tallies) if total else seen.tally, planned, total)
    course = course_of(standing.tally, planned.target)
    return iter((_due(standing, planned).met(str(planned.target), course, around.now),))


def timers(standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
    """The reminders and the deadline, until the target is reached."""
    planned = standing.planned
    if planned is None or planned.deadline is None or planned.total is not standing.together:
        return ()
    return () if course_of(standing.tally, planned.target).complete else _due(standing, planned).timers()


def ring(about: str, standing: Standing, around: Around) -> Iterator[Event]:
    """What is told of one, if anything is left to do."""
    planned = standing.planned
    if planned is None or planned.deadline is None or planned.total is not standing.together:
        return
    due, course = _due(standing, planned), course_of(standing.tally, planned.target)
    before = due.rung(about, around.now)
    if before is None or course.complete or (not before and course.target is None):
        return
    yield due.told(before, course, around.now)


def _due(standing: Standing, planned: PlanEntry) -> Due:
    assert planned.deadline is not None
    tally = standing.tally
    return Due(standing.dataset, tally.source, tally.name, planned.deadline, planned.remind)


def _in_time(seen: Seen, planned: PlanEntry, around: Around) -> bool:
    """Before the deadline, or while nobody looked, if it was decided before."""
    assert planned.deadline is not None
    return around.now <= planned.deadline or from_micros(seen.entry.at) <= planned.deadline
