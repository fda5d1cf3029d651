"""The inbox: events handed in from outside, stored until a daemon takes them in the commit of what they lead to."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from otpushd.model.event import Event
from otpushd.model.instants import from_micros, to_micros
from otpushd.store.schema import StoreUnusable
from otpushd.store.sql import many, marks, rows

PUT = """
INSERT INTO inbox (id, source, at, number, type, dataset, data, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
READ = "SELECT id, at, type, dataset, data, content FROM inbox WHERE source = ? ORDER BY at, number LIMIT ?"
SOURCES = "SELECT DISTINCT source FROM known_dataset WHERE name = ? AND NOT session"


@dataclass(frozen=True, slots=True)
class Letter:
    """One row of the inbox; `event` is None where it cannot be read, which is then to be told."""

    id: str
    event: Event | None


def put(database: peewee.Database, events: Iterable[Event]) -> None:
    """Store events. One commit: afterwards they survive a power cut. One that is there already stays as it is.

    Raises StoreUnusable, and then nothing was stored.
    """
    try:
        with database.atomic():
            put_within(database, events)
    except peewee.PeeweeException as error:
        raise StoreUnusable(
            f"the store does not take it ({error}); see what holds it, and that its disk has room"
        ) from None


def put_within(database: peewee.Database, events: Iterable[Event]) -> None:
    """The same in a transaction that is open."""
    many(database, PUT, [_row(event, number) for number, event in enumerate(events)])


def read(database: peewee.Database, source: str, most: int) -> list[Letter]:
    """What waits for a source, the oldest first."""
    return [Letter(row[0], _event(source, row)) for row in rows(database, READ, (source, most))]


def remove(database: peewee.Database, ids: Collection[str]) -> None:
    """Take letters out. Opens no transaction: it belongs into the one that holds what they led to."""
    if ids:
        rows(database, f"DELETE FROM inbox WHERE id IN ({marks(len(ids))})", tuple(ids))  # noqa: S608 - question marks


def sources_of(database: peewee.Database, dataset: str) -> list[str]:
    """The sources that have a dataset of that name."""
    return [name for (name,) in rows(database, SOURCES, (dataset,))]


def _row(event: Event, number: int) -> tuple[object, ...]:
    instants = [name for name, value in event.data.items() if isinstance(value, datetime)]
    data = {name: to_micros(value) if name in instants else value for name, value in event.data.items()}
    written = json.dumps([data, instants], separators=(",", ":"))
    return event.id, event.source, to_micros(event.time), number, event.type, event.dataset, written, event.content


def _event(source: str, row: tuple[Any, ...]) -> Event | None:
    number, at, kind, dataset, written, content = row
    try:
        data, instants = json.loads(written)
        data |= {name: from_micros(data[name]) for name in instants}
    except (ValueError, KeyError, TypeError):  # a row that somebody has edited must not hold up the others
        return None
    return Event(kind, number, source, from_micros(at), dataset, data, None if content is None else bytes(content))
