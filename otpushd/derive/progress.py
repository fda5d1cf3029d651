"""`progress.milestone` and `dataset.completed`: a share of the target, or the target, is reached. Once each.

What was told is kept for each target, so that a target that is raised is reached once more. What had been reached
before the plan named it is never told.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from otpushd.derive.seen import Around, Seen
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.ledger import MOST_DISTINCT, Tally, pattern_number
from otpushd.model.plan import AnswerTarget, PlanEntry, Target, needed

_FIELDS = {
    "done": Field(Kind.INTEGER),
    "target": Field(Kind.INTEGER),
    "percent": Field(Kind.NUMBER),
    "milestone": Field(Kind.STRING),
    "passed": Field(Kind.STRINGS),
    "accepted": Field(Kind.INTEGER),
    "rejected": Field(Kind.INTEGER),
    "ignored": Field(Kind.INTEGER),
    "annotators": Field(Kind.STRINGS),
}
MILESTONE, COMPLETED = EventType("progress.milestone", _FIELDS), EventType("dataset.completed", _FIELDS)
TYPES = (MILESTONE, COMPLETED)
WHOSE = "progress"
WHOLE = 100.0


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """What one more row leads to. Several milestones crossed at once give the highest, with the others in `passed`."""
    entry = seen.planned
    if entry is None or entry.target is None or not seen.entry.answered:
        return
    tallies = together(seen, entry, around)
    about = _name(entry.target)
    done = sum(done_of(tally, entry.target) for tally in tallies)
    number = pattern_number(seen.tally.source, entry.pattern) if entry.total else seen.entry.dataset
    note = around.ledger.note(number, WHOSE, about)
    told = float(note) if note is not None else _reached(entry, done - 1)
    reached = _reached(entry, done)
    if note is None or reached > told:
        around.ledger.put(number, WHOSE, about, str(max(reached, told)).encode())
    if reached > told:
        passed = [each for each in (*entry.milestones, WHOLE) if told < each < reached]
        yield _event(seen, entry, number, tallies, done, reached, passed)


def done_of(tally: Tally, target: Target) -> int:
    """How much of a target is done: answers, or inputs that enough different people answered."""
    return tally.answers if isinstance(target, AnswerTarget) else tally.inputs_by(target.annotations_per_input)


def is_complete(tallies: Iterable[Tally], target: Target) -> bool:
    """Whether a target is reached."""
    return sum(done_of(tally, target) for tally in tallies) >= target.size


def reaches(seen: Seen, target: Target, tallies: Sequence[Tally]) -> bool:
    """Whether the target is reached with this row, and was not before. `tallies` count it already."""
    done = sum(done_of(tally, target) for tally in tallies)
    return done >= target.size and done - _worth(seen, target) < target.size


def _worth(seen: Seen, target: Target) -> int:
    """By how much this row brought its target nearer."""
    if seen.again or isinstance(target, AnswerTarget):
        return int(not seen.again)
    here = [one for one in seen.before if one.answered and one.dataset == seen.entry.dataset]
    people = {one.person for one in here if one.person is not None}
    if seen.entry.person in people:
        return 0
    were = len(people) + sum(one.person is None for one in here)
    return int(were + 1 == min(target.annotations_per_input, MOST_DISTINCT))


def percent_of(done: int, target: Target) -> float:
    """How much of a target is done, in percent, never rounded up to the whole."""
    share = 100 * done / target.size
    return min(round(share, 1), 99.9) if done < target.size else round(share, 1)


def together(seen: Seen, entry: PlanEntry, around: Around) -> list[Tally]:
    """The tallies that the target is for: one, or with `total` all of its datasets in this source."""
    if not entry.total:
        return [seen.tally]
    mine = (tally for tally in around.ledger.tallies.values() if tally.source == seen.tally.source)
    return [tally for tally in mine if around.plan.entry_for(tally.name) is entry]


def _reached(entry: PlanEntry, done: int) -> float:
    """The highest milestone that so much reaches, 0 if it reaches none."""
    assert entry.target is not None
    reached = 0.0
    for count, percent in _thresholds(entry.target, entry.milestones):
        if done < count:
            break
        reached = percent
    return reached


@lru_cache(10_000)
def _name(target: Target) -> str:
    """What a target's note is about."""
    return str(target)


@lru_cache(10_000)
def _thresholds(target: Target, milestones: tuple[float, ...]) -> tuple[tuple[int, float], ...]:
    """How much each milestone asks for, in ascending order: exact, and too costly to work out for every answer."""
    return tuple((needed(target, each), each) for each in sorted({*milestones, WHOLE}) if each <= WHOLE)


def _event(
    seen: Seen, entry: PlanEntry, number: int, tallies: list[Tally], done: int, reached: float, passed: list[float]
) -> Event:
    assert entry.target is not None
    kind = COMPLETED if reached >= WHOLE else MILESTONE
    people = sorted({name for tally in tallies for name in tally.people})
    return Event(
        type=kind.name,
        id=event_id(kind.name, number, _name(entry.target), str(reached)),
        source=seen.fact.event.source,
        time=seen.fact.event.time,
        dataset=entry.pattern if entry.total else seen.fact.event.dataset,
        data={
            "done": done,
            "target": entry.target.size,
            "percent": percent_of(done, entry.target),
            "milestone": f"{reached:g}%",
            "passed": [f"{each:g}%" for each in passed],
            "accepted": sum(tally.accepted for tally in tallies),
            "rejected": sum(tally.rejected for tally in tallies),
            "ignored": sum(tally.ignored for tally in tallies),
            "annotators": people,
        },
    )
