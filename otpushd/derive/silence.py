"""`annotator.idle` and `dataset.stalled`: somebody of the roster, or a dataset with an open target, had no answer for
so much working time. Once, until the next answer.

Who was silent for too long already when the plan first named him stays unmentioned. Somebody who never answered is
expected from the first answer of anybody on; a dataset, from when the plan named it. Both end with the target.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

from otpushd.derive.due import LATE
from otpushd.derive.pace import course_of
from otpushd.derive.seen import Around, Standing
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.length import roughly
from otpushd.model.plan import Idle, PlanEntry

_FIELDS = {
    "annotator": Field(Kind.STRING),
    "idle_for": Field(Kind.STRING),
    "remaining": Field(Kind.INTEGER),
    "late": Field(Kind.BOOLEAN),
}
IDLE, STALLED = EventType("annotator.idle", _FIELDS), EventType("dataset.stalled", _FIELDS)
TYPES = (IDLE, STALLED)
WHOSE = WHOSE_TIMERS = "silence"
DATASET = ""
"""Stands for the dataset where there are people."""

Named = dict[str, list[int | None]]
"""By person: when the plan first named him, and since when somebody who never answered is expected."""


def timers(standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
    """When each has been silent for too long, counted from the last answer."""
    planned, ledger = standing.planned, around.ledger
    note = ledger.note(standing.dataset, WHOSE)
    if planned is None or planned.idle is None or planned.total is not standing.together:
        if note is not None:
            ledger.put(standing.dataset, WHOSE, "", None)
        return
    named = _named(standing, planned, planned.idle, json.loads(note) if note else {}, to_micros(around.now))
    now = json.dumps(named, separators=(",", ":")).encode()
    if now != note:
        ledger.put(standing.dataset, WHOSE, "", now)
    if course_of(standing.tally, planned.target).complete:
        return
    for who, (since, _) in named.items():
        if (last := _last(who, standing, named, around)) is not None:
            at = to_micros(planned.idle.hours.add(from_micros(last), _allowed(who, planned.idle)))
            in_time = since is not None and at > since
            yield f"{last} {who}", max(at, to_micros(around.now) + 1) if in_time else at


def ring(about: str, standing: Standing, around: Around) -> Iterator[Event]:
    """Who is silent, if he still is."""
    planned, note = standing.planned, around.ledger.note(standing.dataset, WHOSE)
    last, _, who = about.partition(" ")
    if planned is None or planned.idle is None or note is None or planned.total is not standing.together:
        return
    named = json.loads(note)
    course = course_of(standing.tally, planned.target)
    if who in named and not course.complete and _last(who, standing, named, around) == int(last):
        yield _event(who, int(last), standing, planned.idle, around)


def _named(standing: Standing, planned: PlanEntry, idle: Idle, before: Named, now: int) -> Named:
    """Who is expected. Since when is known with the first answer that anybody gave after the plan named them."""
    people = planned.annotators if idle.annotators is not None else ()
    whole = (DATASET,) if idle.dataset is not None and planned.target is not None else ()
    found: Named = {}
    for who in (*whole, *people):
        since, expected = before.get(who, (now, None))
        if expected is None and since is not None and standing.tally.last is not None and standing.tally.last >= since:
            expected = standing.tally.last
        found[who] = [since, expected]
    return found


def _last(who: str, standing: Standing, named: Named, around: Around) -> int | None:
    """From when on somebody's silence counts, None where it does not."""
    tally = standing.tally
    since, expected = named[who]
    if who == DATASET:
        return tally.last if tally.last is not None else since
    answers = [tally.people[name][1] for name in around.plan.names_of(who) if name in tally.people]
    return max(answers) if answers else expected


def _allowed(who: str, idle: Idle) -> timedelta:
    allowed = idle.dataset if who == DATASET else idle.annotators
    assert allowed is not None
    return allowed


def _event(who: str, last: int, standing: Standing, idle: Idle, around: Around) -> Event:
    kind = STALLED if who == DATASET else IDLE
    tally, planned = standing.tally, standing.planned
    course = course_of(tally, planned.target if planned else None)
    names = around.plan.names_of(who)
    since = from_micros(last)
    return Event(
        type=kind.name,
        id=event_id(kind.name, standing.dataset, who, last),
        source=tally.source,
        time=around.now,
        dataset=tally.name,
        data={
            "annotator": max(names, key=lambda name: tally.people.get(name, [0, 0])[1]) if who != DATASET else None,
            "idle_for": roughly(idle.hours.between(since, around.now)),
            "remaining": None if course.target is None else course.target - course.done,
            "late": around.now - idle.hours.add(since, _allowed(who, idle)) > LATE,
        },
    )
