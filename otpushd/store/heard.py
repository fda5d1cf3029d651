"""What rules said of events, written in the commit of what it led to, and forgotten with the remarks about it."""

import json
from collections.abc import Iterable
from datetime import datetime

import peewee

from otpushd.model.heard import Heard
from otpushd.model.instants import to_micros
from otpushd.store.sql import many, rows

PUT = "INSERT INTO heard (id, at, document, verdicts) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
FORGET = """
DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE at < ? ORDER BY at LIMIT ? /* FOR UPDATE SKIP LOCKED */)
RETURNING 1
"""
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def add_heard(database: peewee.Database, heard: Iterable[Heard]) -> None:
    """Write down what was said of events; what was heard before stays as it is. Opens no transaction."""
    many(database, PUT, [(one.id, to_micros(one.at), one.document, _ENCODE([one.met, one.missed])) for one in heard])


def prune_heard(database: peewee.Database, before: datetime, most: int) -> bool:
    """Forget up to so many events, and so many remarks, of before. Returns whether there may be more."""
    limit = to_micros(before)
    with database.atomic():
        gone = [len(rows(database, FORGET.format(table=table), (limit, most))) for table in ("heard", "remark")]
    return max(gone) == most
