"""Tasks by their ids from a SQLite file, on an open connection and within the caller's transaction.

It ends as soon as a page does, by its size or by the clock: while it reads, nobody can save.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

from otpushd.prodigy.sqlite_rows import PAGE_BYTES, ROW_BYTES, SIZE
from otpushd.prodigy.stored_task import Stored, StoredTask

TASK = f"""
SELECT e.id, CASE typeof(e.input_hash) WHEN 'integer' THEN e.input_hash END,
  CASE typeof(e.task_hash) WHEN 'integer' THEN e.task_hash END,
  CASE WHEN {SIZE} <= {ROW_BYTES} THEN CAST(e.content AS BLOB) END
FROM {{}} e WHERE e.id = ?
"""  # noqa: S608 - the only values put in are the constants above
CLASSIC = TASK.format("example")
Structured = Callable[[sqlite3.Connection, int], tuple[Any, ...] | None]


def read_task(connection: sqlite3.Connection, statement: str, example: int) -> tuple[Any, ...] | None:
    """An example's row: id, hashes, content."""
    row: tuple[Any, ...] | None = connection.execute(statement, (example,)).fetchone()
    return row


def read_tasks(connection: sqlite3.Connection, places: Sequence[int], structured: Structured, seconds: float) -> Stored:
    """See Source.tasks. `structured` reads a row of structured storage."""
    found: dict[int, StoredTask] = {}
    total, end = 0, time.monotonic() + seconds
    for looked, place in enumerate(places):
        if looked and time.monotonic() > end:
            return Stored(found, looked)
        row = read_task(connection, CLASSIC, place) if place > 0 else structured(connection, -place)
        if row is None:
            continue
        total += len(row[3] or b"")
        if found and total > PAGE_BYTES:
            return Stored(found, looked)
        found[place] = StoredTask(place, *row[1:])
    return Stored(found, len(places))
