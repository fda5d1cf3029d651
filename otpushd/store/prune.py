"""Forgetting what is over: settled notifications, their journal, faults and silences older than the retention."""

from datetime import datetime

import peewee

from otpushd.model.instants import to_micros
from otpushd.store.silence import forget
from otpushd.store.sql import marks, rows

BATCH = 1000
FORGET = f"""
DELETE FROM notification WHERE id IN (
  SELECT id FROM notification WHERE created_at < ? AND state NOT IN ('pending', 'held') AND held IS NULL
  ORDER BY created_at LIMIT {BATCH}
  /* FOR UPDATE SKIP LOCKED */)
RETURNING id
"""  # noqa: S608 - a number


def prune(database: peewee.Database, before: datetime) -> int:
    """Delete up to 1,000 settled notifications created before `before` with their journal, as old faults, and
    silences that ended before. One that is to be counted when what held it back ends is kept until then.

    Returns how many notifications went, so that a caller can come back while it is 1,000. One short transaction.
    """
    limit = to_micros(before)
    with database.atomic():
        gone = [number for (number,) in rows(database, FORGET, (limit,))]
        if gone:
            rows(database, f"DELETE FROM transition WHERE notification IN ({marks(len(gone))})", gone)  # noqa: S608
        rows(database, "DELETE FROM fault WHERE at < ?", (limit,))
        forget(database, before)
    return len(gone)
