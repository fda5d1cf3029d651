"""Which daemons that claimed notifications are there no more, and taking back what they had claimed.

On PostgreSQL each daemon holds a lock of its own for as long as its connection lives; in a SQLite file there is one
daemon at a time. A claim whose holder is there, but stopped, becomes due when its lease ends.
"""

from collections.abc import Collection
from datetime import timedelta

import peewee

from otpushd.store.sql import gone, marks, rows, shared

ABSENT = "SELECT DISTINCT claimed_by FROM notification WHERE claimed_by IS NOT NULL AND claimed_by <> ? AND {gone}"
TAKE_BACK = """
UPDATE notification SET claimed_by = NULL, due_at = channel_since
WHERE id IN (SELECT id FROM notification WHERE state = 'pending' AND claimed_by IN ({holders}) AND claimed_by <> ?
  AND {gone} /* FOR UPDATE SKIP LOCKED */)
RETURNING id
"""


def patience(database: peewee.Database) -> timedelta:
    """How long one must have been away: a connection that was cut is back within a second, with requests under way."""
    return timedelta(seconds=3) if shared(database) else timedelta()


def absent(database: peewee.Database, me: str) -> set[str]:
    """The names of those that have claims and are not there."""
    return {name for (name,) in rows(database, ABSENT.format(gone=gone(database, "claimed_by")), (me,))}


def take_back(database: peewee.Database, me: str, holders: Collection[str]) -> int:
    """Make due at once what these had claimed, if they still are not there, and say how many there were."""
    if not holders:
        return 0
    statement = TAKE_BACK.format(holders=marks(len(holders)), gone=gone(database, "claimed_by"))
    return len(rows(database, statement, (*holders, me)))
