"""What rules said of events, written in the commit of what it led to, and forgotten with the remarks about it."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
import peewee

from otpushd.model.event import CONTENT_FIELDS, Event, exposed
from otpushd.model.heard import Heard
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.story import Kept
from otpushd.store.sql import many, rows

PUT = "INSERT INTO heard (id, at, what) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"
GET = "SELECT at, what FROM heard WHERE id = ?"
NEWEST = """
SELECT at, id, what FROM heard WHERE at >= ? AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?
"""
FORGET = """
DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE at < ? ORDER BY at LIMIT ? /* FOR UPDATE SKIP LOCKED */)
RETURNING 1
"""
PAGE = 1000
_END = 2**63 - 1
_ENCODE = msgspec.json.Encoder(enc_hook=str).encode


def add_heard(database: peewee.Database, heard: Iterable[Heard]) -> None:
    """Write down what was said of events; what was heard before stays as it is. Opens no transaction."""
    many(database, PUT, [(one.event.id, to_micros(one.at), _written(one)) for one in heard])


def kept(database: peewee.Database, event: str) -> Kept | None:
    """An event and what rules said of it; None where no rule was tried on it, or it is forgotten."""
    for at, what in rows(database, GET, (event,)):
        return _read(at, event, what)
    return None


def newest(
    database: peewee.Database, since: datetime, wanted: Callable[[Event], bool], most: int, page: int = PAGE
) -> list[Kept]:
    """The last so many wanted events that were heard since, as they were heard. Reads all of them, page by page."""
    found, begin, end = list[Kept](), to_micros(since), (_END, "")
    while len(found) < most:
        got = rows(database, NEWEST, (begin, *end, page))
        found += [one for row in got if wanted((one := _read(*row)).event)]
        if len(got) < page:
            break
        end = got[-1][:2]
    return found[:most][::-1]


def prune_heard(database: peewee.Database, before: datetime, most: int) -> bool:
    """Forget up to so many events, and so many remarks, of before. Returns whether there may be more."""
    limit = to_micros(before)
    with database.atomic():
        gone = [len(rows(database, FORGET.format(table=table), (limit, most))) for table in ("heard", "remark")]
    return max(gone) == most


def _read(at: int, id: str, what: str) -> Kept:
    kind, source, time, dataset, data, met, missed = json.loads(what)
    return Kept(from_micros(at), Event(kind, id, source, from_micros(time), dataset, data), met, missed)


def _written(one: Heard) -> str:
    event = one.event
    data = {name: value for name, value in event.data.items() if value is not None and name not in CONTENT_FIELDS}
    if one.expose:
        data |= exposed(event, one.expose)
    first = (event.type, event.source, to_micros(event.time), event.dataset)
    return _json((*first, data, one.met, one.missed)) or _json((*first, {}, one.met, one.missed))


def _json(what: tuple[Any, ...]) -> str:
    """Values come from outside: what cannot be encoded quickly may still be written (half characters, large numbers);
    empty if it cannot.
    """
    try:
        return _ENCODE(what).decode()
    except (ValueError, TypeError, OverflowError, RecursionError):
        pass
    try:
        return json.dumps(what, separators=(",", ":"), default=str)
    except (ValueError, TypeError, RecursionError):
        return ""
