"""The same as deadlines for the milestones of the project: dates by which several datasets must be done, each with its
own target. The event's dataset is the milestone's name. Of several sources each has its own datasets, and its own say.

Looking at all of a milestone's datasets with every answer would cost too much: the one that completes a dataset sets a
timer, which rings at once, and then they are all there.
"""

from collections.abc import Iterable, Iterator

from otpushd.derive.due import Due
from otpushd.derive.groups import MILESTONE, Group, added_up, under
from otpushd.derive.pace import Course, course_of
from otpushd.derive.progress import reaches, together
from otpushd.derive.seen import Around, Seen
from otpushd.model.event import Event
from otpushd.model.glob import is_glob
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.ledger import Tally, number_of
from otpushd.model.plan import ProjectMilestone, Target

WHOSE_TIMERS = "release"
DONE = "done"


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """A dataset may be the last that was to be done. Tells nothing yet."""
    planned = seen.planned
    if planned is None or planned.target is None or seen.fact.past or not seen.entry.answered:
        return iter(())
    if not around.plan.milestones:
        return iter(())
    tallies = together(seen, planned, around)
    if not reaches(seen, planned.target, tallies):
        return iter(())
    for milestone in {one.name for tally in tallies for one in around.plan.milestones_for(tally.name)}:
        number = number_of(MILESTONE, seen.tally.source, milestone)
        around.ledger.set_timer(number, WHOSE_TIMERS, f"{DONE} {seen.entry.at}", to_micros(around.now))
    return iter(())


def timers(group: Group, milestone: ProjectMilestone) -> Iterable[tuple[str, int]]:
    """The reminders and the date itself. Whether they are moot is found out when they ring."""
    return _due(group, milestone).timers()


def ring(about: str, group: Group, milestone: ProjectMilestone, around: Around) -> Iterator[Event]:
    """What is told of one, if there are datasets and something is left to do, or of the last that was done."""
    due, course = _due(group, milestone), _course(group, milestone, around)
    if course is None:
        return
    if about.startswith(DONE):
        at = from_micros(int(about.removeprefix(DONE)))
        if course.complete and min(at, around.now) <= milestone.at:
            yield due.met(str(course.target), course, around.now)
        return
    before = due.rung(about, around.now)
    if before is not None and not course.complete and (before or course.target is not None):
        yield due.told(before, course, around.now)


def _due(group: Group, milestone: ProjectMilestone) -> Due:
    return Due(group.number, group.source, milestone.name, milestone.at, milestone.remind)


def _course(group: Group, milestone: ProjectMilestone, around: Around) -> Course | None:
    """How far all of it is, None where there is no dataset. What is done beyond one's target helps no other."""
    parts = _parts(group, milestone, around)
    known = [(tally, target, course_of(tally, target)) for tally, target in parts if target is not None]
    if not parts:
        return None
    whole = added_up(milestone.name, [tally for tally, _ in parts])
    if not known:
        return Course(whole.answers, None)
    done = sum(min(course.done, target.size) for _, target, course in known)
    left = sum(course.left for _, _, course in known)
    return Course(done, sum(target.size for _, target, _ in known), left, whole.hours, whole.first)


def _parts(group: Group, milestone: ProjectMilestone, around: Around) -> list[tuple[Tally, Target | None]]:
    """What has a target of its own: single datasets, and those of a `total` together. Of a source that is the only one,
    also what is named to the letter and not there yet.
    """
    plan, mine = around.plan, [one for one in around.ledger.tallies.values() if one.source == group.source]
    named = [one for one in mine if milestone in plan.milestones_for(one.name)]
    missing = {one for one in milestone.datasets if not is_glob(one)} - {one.name for one in mine}
    if around.alone and (named or missing):
        named += [Tally(group.source, name) for name in sorted(missing)]
    singles: list[tuple[Tally, Target | None]] = []
    totals = {}
    for tally in named:
        entry = plan.entry_for(tally.name)
        if entry is not None and entry.total:
            totals[entry.pattern] = entry
        else:
            singles.append((tally, entry.target if entry else None))
    for entry in totals.values():
        tallies = under(entry, group.source, around) or [Tally(group.source, entry.pattern)]
        singles.append((added_up(entry.pattern, tallies), entry.target))
    return singles
