"""`task.assigned`: by a field of an added example, by the plan's roster, or by a session in a dataset with open work.

By a roster or a session each person is told once for each incarnation of a dataset; who is expected where when otpushd
first sees a dataset that was there before it is history. Who is meant by a session's name is routing's affair: a person
whose session is called otherwise than the plan calls them may be told twice.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from otpushd.derive.progress import is_complete
from otpushd.derive.seen import EXAMPLE_ADDED, Around, Seen, Standing
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.fact import Fact
from otpushd.model.instants import to_micros
from otpushd.model.ledger import Ledger, Tally
from otpushd.model.plan import PlanEntry

ASSIGNED = EventType(
    "task.assigned",
    {"assignee": Field(Kind.STRING), "due": Field(Kind.INSTANT), "example": Field(Kind.INTEGER)},
)
TYPES = (ASSIGNED,)
WHOSE = WHOSE_TIMERS = "assignment"
CREATED, STARTED, NAMED = "dataset.created", "session.started", "named"
LONGEST_NAME = 255
MOST_PEOPLE = 1000


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """One event for each person whom an added example names."""
    path = None if seen.planned is None else seen.planned.assigned_to
    event = seen.fact.event
    if seen.again and not seen.fact.handed_in:
        return
    if path is None or seen.planned is None or seen.fact.past or event.type != EXAMPLE_ADDED:
        return
    for name in names_at(event, path):
        yield Event(
            type=ASSIGNED.name,
            id=event_id(ASSIGNED.name, event.id, name),
            source=event.source,
            time=event.time,
            dataset=event.dataset,
            data={"assignee": name, "due": seen.planned.deadline, "example": event.value("example")},
        )


def names_at(event: Event, path: str) -> tuple[str, ...]:
    """The people whom a dotted path below `meta` or `task` leads to: one, or several in a list.

    What cannot be a name is none: it would leave the machine as one.
    """
    root, *rest = path.split(".")
    value = event.value(root)
    for step in rest:
        value = value.get(step) if isinstance(value, dict) else None
    found = (_name(one) for one in (value if isinstance(value, list) else [value]))
    return tuple(dict.fromkeys(name for name in found if name))


def _name(value: Any) -> str | None:
    text = str(value).strip() if type(value) in (str, int) else ""
    return text if text.isprintable() and len(text) <= LONGEST_NAME else None


def hear(fact: Fact, around: Around) -> Iterator[Event]:
    """What a dataset that appeared means for its roster, and a named session for the one who opened it."""
    event = fact.event
    entry = None if event.dataset is None else around.plan.entry_for(event.dataset)
    if event.type == CREATED and event.dataset is not None:
        roster = () if entry is None else entry.annotators
        yield from _tell(roster, set(), fact.dataset, event.source, event.dataset, entry, around)
    elif event.type == STARTED and event.dataset is not None and fact.dataset and entry is not None:
        person, tally = event.value("annotator"), around.ledger.tallies.get(fact.dataset)
        if person is None or event.value("kind") != NAMED or entry.target is None or not is_open(entry, tally):
            return
        told = told_in(around.ledger, fact.dataset)
        known = set(entry.annotators) if told is None else told
        yield from _tell((person,), known, fact.dataset, event.source, event.dataset, entry, around)


def timers(standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
    """One at once for each person whom the plan has gained; for a dataset first seen now it has gained nobody."""
    roster = () if standing.planned is None else standing.planned.annotators
    note = around.ledger.note(standing.dataset, WHOSE)
    if note is None:
        around.ledger.put(standing.dataset, WHOSE, "", _pack(roster))
    elif roster and standing.planned is not None and note != _pack(roster):
        gained = set(roster) - (told_in(around.ledger, standing.dataset) or set())
        if gained and is_open(standing.planned, standing.tally):
            at = to_micros(around.now) + 1
            yield from ((person, at) for person in sorted(gained))


def ring(about: str, standing: Standing, around: Around) -> Iterator[Event]:
    """A person was gained."""
    told = told_in(around.ledger, standing.dataset) or set()
    around.ledger.set_timer(standing.dataset, WHOSE_TIMERS, about, None)
    if standing.planned is not None and about in standing.planned.annotators and about not in told:
        tally = standing.tally
        yield from _tell((about,), told, standing.dataset, tally.source, tally.name, standing.planned, around)


def is_open(entry: PlanEntry, tally: Tally | None) -> bool:
    """Whether there is work left, as far as one dataset can tell: without a target there always is."""
    return entry.target is None or entry.total or tally is None or not is_complete([tally], entry.target)


def told_in(ledger: Ledger, dataset: int) -> set[str] | None:
    """Who was told, or was expected when the dataset was first seen; None before that."""
    note = ledger.note(dataset, WHOSE)
    return None if note is None else set(json.loads(note))


def _tell(
    people: Iterable[str],
    told: set[str],
    number: int,
    source: str,
    dataset: str,
    entry: PlanEntry | None,
    around: Around,
) -> Iterator[Event]:
    fresh = [person for person in people if person not in told]
    around.ledger.put(number, WHOSE, "", _pack([*told, *fresh]))
    for person in fresh:
        yield Event(
            type=ASSIGNED.name,
            id=event_id(ASSIGNED.name, number, person),
            source=source,
            time=around.now,
            dataset=dataset,
            data={"assignee": person, "due": None if entry is None else entry.deadline, "example": None},
        )


def _pack(people: Iterable[str]) -> bytes:
    return json.dumps(sorted({*people})[:MOST_PEOPLE], separators=(",", ":")).encode()
