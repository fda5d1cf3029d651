"""What daemons tell of themselves: a row each, written by the daemon, read by `otpushd status`."""

from dataclasses import dataclass
from datetime import datetime

import peewee

from otpushd.model.daemon_state import DaemonState, from_json, to_json
from otpushd.model.instants import from_micros, to_micros
from otpushd.store.sql import gone, rows, shared

PUT = """
INSERT INTO daemon_state (holder, at, state) VALUES (?, ?, ?)
ON CONFLICT (holder) DO UPDATE SET at = excluded.at, state = excluded.state
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a daemon told `at` a time. `there`: its connection lives; None where only the lock on the file knows."""

    holder: str
    at: datetime
    state: DaemonState
    there: bool | None = None


def put(database: peewee.Database, holder: str, state: DaemonState, now: datetime) -> None:
    """Write down how `holder` is, and forget those that are there no more. One short transaction."""
    with database.atomic():
        rows(database, PUT, (holder, to_micros(now), to_json(state)))
        rows(database, f"DELETE FROM daemon_state WHERE holder <> ? AND {gone(database, 'holder')}", (holder,))  # noqa: S608


def told(database: peewee.Database) -> list[Told]:
    """What all have told, the latest first. What another version wrote so that it cannot be read is left out."""
    there = f"NOT ({gone(database, 'holder')})" if shared(database) else "NULL"
    found: list[Told] = []
    for holder, at, text, alive in rows(
        database,
        f"SELECT holder, at, state, {there} FROM daemon_state ORDER BY at DESC",  # noqa: S608 - a condition
    ):
        try:
            found.append(Told(holder, from_micros(at), from_json(text), alive))
        except (ValueError, KeyError, TypeError):
            continue
    return found
