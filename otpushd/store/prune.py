"""Forgetting what is over: settled notifications, their journal and faults older than the retention."""

from datetime import datetime

import peewee

from otpushd.store.instants import to_micros
from otpushd.store.sql import rows

BATCH = 1000
OLD = f"SELECT id FROM notification WHERE created_at < ? AND state <> 'pending' ORDER BY created_at LIMIT {BATCH}"  # noqa: S608


def prune(database: peewee.Database, before: datetime) -> int:
    """Delete up to 1,000 settled notifications created before `before` with their journal, and as old faults.

    Returns how many notifications went, so that a caller can come back while it is 1,000. One short transaction.
    """
    limit = to_micros(before)
    with database.atomic():
        rows(database, f"DELETE FROM transition WHERE notification IN ({OLD})", (limit,))  # noqa: S608
        gone = rows(database, f"DELETE FROM notification WHERE id IN ({OLD}) RETURNING id", (limit,))  # noqa: S608
        rows(database, "DELETE FROM fault WHERE at < ?", (limit,))
    return len(gone)
