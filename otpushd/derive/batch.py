"""`batch.incomplete`: when an import is due fewer rows were added than the plan expects, or a batch is due unfinished.

A batch are the rows that an import or a script added to a dataset. It is due at the plan's deadline, and finished when
every input in it has been answered there, or when the target is reached. Where the plan names a target and expects no
import, `deadline.missed` says it all, and nothing is said here.
"""

from collections.abc import Iterable, Iterator

from otpushd.derive.progress import is_complete
from otpushd.derive.seen import Around, Seen, Standing
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.instants import to_micros
from otpushd.model.plan import PlanEntry

INCOMPLETE = EventType("batch.incomplete", {"expected": Field(Kind.INTEGER), "found": Field(Kind.INTEGER)})
TYPES = (INCOMPLETE,)
WHOSE = WHOSE_TIMERS = "batch"
IMPORT, DUE = "import", "due"
REVIEW = "review"


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """Count the inputs that were added, and those of them that were answered, whichever came first. Tells nothing."""
    entry = seen.entry
    if seen.again or (entry.answered and not seen.before):
        return iter(())
    if not entry.answered and seen.fact.event.data.get("origin") == REVIEW:
        return iter(())
    here = [one.answered for one in seen.before if one.dataset == entry.dataset]
    answered, added = True in here, False in here
    if (answered or not added) if entry.answered else added:
        return iter(())
    inputs, done = counted(around, entry.dataset)
    both = inputs + (not entry.answered), done + (entry.answered or answered)
    around.ledger.put(entry.dataset, WHOSE, "", b"%d %d" % both)
    return iter(())


def counted(around: Around, dataset: int) -> tuple[int, int]:
    """How many inputs were added to a dataset, and how many of them have been answered in it."""
    inputs, done = (around.ledger.note(dataset, WHOSE) or b"0 0").split()
    return int(inputs), int(done)


def timers(standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
    """When the plan's import, and its batch, are due."""
    planned = standing.planned
    if planned is None:
        return
    if planned.expect_import is not None:
        expected = planned.expect_import
        yield f"{IMPORT} {expected.rows} {expected.by.isoformat()}", to_micros(expected.by)
    if planned.deadline is not None and _has_batch(planned):
        yield f"{DUE} {planned.deadline.isoformat()}", to_micros(planned.deadline)


def ring(about: str, standing: Standing, around: Around) -> Iterator[Event]:
    """What is due is counted; nothing is said if it is all there by now."""
    planned = standing.planned
    if planned is None:
        return
    if about.startswith(IMPORT):
        if planned.expect_import is not None and standing.tally.added < planned.expect_import.rows:
            yield _event(about, standing, planned.expect_import.rows, standing.tally.added, around)
        return
    inputs, done = counted(around, standing.dataset)
    reached = planned.target is not None and not planned.total and is_complete([standing.tally], planned.target)
    if done < inputs and not reached:
        yield _event(about, standing, inputs, done, around)


def _has_batch(planned: PlanEntry) -> bool:
    return planned.target is None or planned.expect_import is not None


def _event(about: str, standing: Standing, expected: int, found: int, around: Around) -> Event:
    return Event(
        type=INCOMPLETE.name,
        id=event_id(INCOMPLETE.name, standing.dataset, about),
        source=standing.tally.source,
        time=around.now,
        dataset=standing.tally.name,
        data={"expected": expected, "found": found},
    )
