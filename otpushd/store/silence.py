"""The table of silences, which commands write beside daemons, and waking what one held back that is lifted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import peewee

from otpushd.model.delivery import Priority
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.silence import Scope, Silence
from otpushd.store.deciding import decide_alone
from otpushd.store.schema import StoreUnusable
from otpushd.store.sql import rows

COLUMNS = """id, rule, dataset, person, type, priorities, starts, ends, author, reason, made_at,
  lifted_at, lifted_by, lift_reason"""
ADD = f"""
INSERT INTO silence ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)
ON CONFLICT (id) DO NOTHING RETURNING id
"""  # noqa: S608 - names of columns
READ = f"SELECT {COLUMNS} FROM silence"  # noqa: S608 - names of columns
LIFT = f"""
UPDATE silence SET ends = ?, lifted_at = ?, lifted_by = ?, lift_reason = ? WHERE id = ? AND ends > ?
RETURNING {COLUMNS}
"""  # noqa: S608 - names of columns
WAKE = "UPDATE notification SET due_at = ? WHERE held = ? AND due_at > ?"
DATASETS = "SELECT DISTINCT name FROM known_dataset WHERE NOT session"


def add(database: peewee.Database, silence: Silence) -> bool:
    """Store a silence that was not lifted. One commit: afterwards it survives a power cut. False: the id is taken.

    Raises StoreUnusable, and then nothing was stored.
    """
    scope = silence.scope
    values = (
        *(silence.id, scope.rule, scope.dataset, scope.person, scope.type, " ".join(sorted(scope.priorities))),
        *(to_micros(silence.starts), to_micros(silence.ends), silence.author, silence.reason),
        to_micros(silence.made_at),
    )
    with _written(database):
        return bool(rows(database, ADD, values))


def find(database: peewee.Database, id: str) -> Silence | None:
    """The silence of that id, over or not."""
    found = rows(database, f"{READ} WHERE id = ?", (id,))
    return _silence(found[0]) if found else None


def active(database: peewee.Database, now: datetime) -> list[Silence]:
    """Those in force at `now`, the oldest first."""
    at = to_micros(now)
    return _all(rows(database, f"{READ} WHERE ends > ? AND starts <= ? ORDER BY made_at, id", (at, at)))


def of(database: peewee.Database, since: datetime) -> list[Silence]:
    """Those that end after `since`, or ended after it, also those that have not begun; by their start."""
    return _all(rows(database, f"{READ} WHERE ends > ? ORDER BY starts, made_at, id", (to_micros(since),)))


def lift(database: peewee.Database, id: str, now: datetime, author: str, reason: str | None) -> Silence | None:
    """End a silence at `now`, and make due what it holds back, in one commit. None where it is over, or there is none.

    A daemon that decides with it just now is waited for, so that nothing is held back by it afterwards.
    Raises StoreUnusable, and then nothing changed.
    """
    at = to_micros(now)
    with _written(database):
        decide_alone(database)
        lifted = [_silence(row) for row in rows(database, LIFT, (at, at, author, reason, id, at))]
        for silence in lifted:
            rows(database, WAKE, (at, silence.hold, at))
    return lifted[0] if lifted else None


def forget(database: peewee.Database, before: datetime) -> None:
    """Delete those that ended before. Opens no transaction."""
    rows(database, "DELETE FROM silence WHERE ends < ?", (to_micros(before),))


def dataset_names(database: peewee.Database) -> list[str]:
    """The datasets of all sources that a daemon has seen, without those of sessions."""
    return sorted(name for (name,) in rows(database, DATASETS))


@contextmanager
def _written(database: peewee.Database) -> Iterator[None]:
    try:
        with database.atomic():
            yield
    except peewee.PeeweeException as error:
        raise StoreUnusable(
            f"the store does not take it ({error}); see what holds it, and that its disk has room"
        ) from None


def _all(found: list[tuple[Any, ...]]) -> list[Silence]:
    return [_silence(row) for row in found]


def _silence(row: tuple[Any, ...]) -> Silence:
    id, rule, dataset, person, kind, priorities, starts, ends, author, reason, made_at, lifted_at, *lift = row
    scope = Scope(rule, dataset, person, kind, frozenset(Priority(one) for one in priorities.split()))
    times = from_micros(starts), from_micros(ends)
    return Silence(id, scope, *times, author, reason, from_micros(made_at), from_micros(lifted_at), *lift)
