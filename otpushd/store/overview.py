"""What `otpushd status` shows of a store: counts, marks and times, read beside the daemon and never written.

No content, no addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import peewee

from otpushd.model.instants import from_micros
from otpushd.model.ledger import RUNG
from otpushd.store.beside import NotReadable, reading_file, reading_server
from otpushd.store.daemon_state import Told, told
from otpushd.store.sql import marks, rows

__all__ = ["NotReadable", "Overview", "of_file", "of_server"]

MOST_TIMERS = 5
MOST_CASES = 10
LAST = datetime.max.replace(tzinfo=UTC)
DATED = ("deadline", "release", "review", "batch")
"""Whose timers are dates of the plan; the others are clockwork."""

SOURCES = """
SELECT m.source, m.link_id, m.history_to, m.down_since,
  (SELECT count(*) FROM waiting_link w WHERE w.source = m.source) FROM source_mark m ORDER BY m.source
"""
PENDING = """
SELECT channel, state, count(*), min(created_at) FROM notification WHERE state = 'pending' GROUP BY channel, state
"""
STOPPED = """
SELECT channel, state, count(*), min(created_at) FROM notification WHERE state IN ('held', 'dead')
GROUP BY channel, state
"""
TIMERS = f"""
SELECT t.source, t.whose, t.about, t.at, y.name FROM timer t LEFT JOIN tally y ON y.dataset = t.dataset
WHERE t.source = ? AND t.at < {RUNG} AND t.whose IN ({marks(len(DATED))}) ORDER BY t.at LIMIT {MOST_TIMERS}
"""  # noqa: S608 - constants
CASES = "SELECT rule, count(*), min(next_at) FROM rule_case GROUP BY rule"
NEXT = f"SELECT min(at) FROM timer WHERE source = ? AND at < {RUNG}"  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Marked:
    """How far a source is read: `row` is the largest id, `history` whether its first reading is over, `waiting` rows
    that wait for their person. `down_since` is since when it cannot be read.
    """

    name: str
    row: int
    history: bool
    waiting: int
    down_since: datetime | None


@dataclass(frozen=True, slots=True)
class Heap:
    """How many messages of one channel are in one state, and when the oldest of them was made."""

    channel: str
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Ringing:
    """A timer of the plan: `whose` it is, the dataset, None for several together, and `about`, its detector's text."""

    source: str
    whose: str
    about: str
    at: datetime
    dataset: str | None


@dataclass(frozen=True, slots=True)
class Open:
    """How many cases of a rule are open, and when the next of them has something to be done."""

    rule: str
    count: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, at one moment. `next_at` is the next timer of any kind."""

    told: tuple[Told, ...] = ()
    sources: tuple[Marked, ...] = ()
    heaps: tuple[Heap, ...] = ()
    timers: tuple[Ringing, ...] = ()
    next_at: datetime | None = None
    cases: tuple[Open, ...] = ()


def overview(database: peewee.Database) -> Overview:
    """Read it all in one transaction of the caller's."""
    sources = tuple(
        [
            Marked(name, row, history is not None, waiting, from_micros(down))
            for name, row, history, down, waiting in rows(database, SOURCES)
        ]
    )
    heaps = [
        Heap(channel, state, count, from_micros(oldest))
        for channel, state, count, oldest in (*rows(database, PENDING), *rows(database, STOPPED))
    ]
    timers = [
        Ringing(source, whose, about, from_micros(at), name)
        for one in sources
        for source, whose, about, at, name in rows(database, TIMERS, (one.name, *DATED))
    ]
    following = [at for one in sources for ((at,),) in [rows(database, NEXT, (one.name,))] if at is not None]
    return Overview(
        told=tuple(told(database)),
        sources=sources,
        heaps=tuple(sorted(heaps, key=lambda one: (one.channel, one.state))),
        timers=tuple(sorted(timers, key=lambda one: one.at)[:MOST_TIMERS]),
        next_at=from_micros(min(following, default=None)),
        cases=cases(database),
    )


def cases(database: peewee.Database) -> tuple[Open, ...]:
    """What rules have going on, those first of which one has something to be done soonest; the first `MOST_CASES`."""
    found = [Open(rule, count, from_micros(at)) for rule, count, at in rows(database, CASES)]
    return tuple(sorted(found, key=lambda one: (one.next_at is None, one.next_at or LAST, one.rule))[:MOST_CASES])


def of_file(path: Path) -> Overview:
    """What stands in the file of SQLite. Raises NotReadable."""
    with reading_file(path) as database:
        return overview(database)


def of_server(parameters: Mapping[str, str], holder: str) -> Overview:
    """What stands in the database that libpq's `parameters` name, looked at under the name of `holder`.

    Raises NotReadable.
    """
    with reading_server(parameters, holder) as database:
        return overview(database)
