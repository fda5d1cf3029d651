"""The hot paths' raw SQL, through peewee's own connection: its query builder costs six times as much (libraries.md 1).

This is the one place for differences between databases. Statements are written with `?` and, where PostgreSQL has to
lock rows and SQLite has one writer at a time anyway, with the lock as a comment: `/* FOR UPDATE SKIP LOCKED */`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import peewee

CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
"""PostgreSQL's own clock, as the store keeps instants."""
_LOCKING = re.compile(r"/\* (FOR UPDATE[A-Z ]*) \*/")
_ESCAPED = re.compile("\x01([01])")
_GONE = """hashtextextended({name}, 0) NOT IN (
  SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
PRESENT = "pg_advisory_lock_shared(hashtextextended(?, 0))"
"""Says on PostgreSQL that the daemon of this name is there, for as long as the connection lives."""


def rows(database: peewee.Database, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement with `?` placeholders and fetch everything it returns."""
    if not shared(database):
        cursor = _driver(database).execute_sql(sql, tuple(values))
        return list(cursor.fetchall()) if cursor.description else []
    cursor = _driver(database).execute_sql(_dialect(sql), [_escaped(value) for value in values])
    return [tuple([_plain(value) for value in row]) for row in cursor.fetchall()] if cursor.description else []


def many(database: peewee.Database, sql: str, values: Iterable[Sequence[Any]]) -> None:
    """Run one statement with `?` placeholders once for each row of values."""
    batch = list(values)
    if batch and shared(database):
        sql, batch = _dialect(sql), [[_escaped(value) for value in row] for row in batch]
    if batch:
        _driver(database).cursor().executemany(sql, batch)


def marks(count: int) -> str:
    """`?, ?, ?` for an IN list of `count` values."""
    return ", ".join("?" * count)


def shared(database: peewee.Database) -> bool:
    """Whether several daemons may use this store at a time: PostgreSQL's, not the file of SQLite with its lock."""
    return database.param != "?"


def gone(database: peewee.Database, name: str) -> str:
    """The condition that the daemon whose name stands in the column `name`, and is not ours, is there no more."""
    return _GONE.format(name=name) if shared(database) else "true"  # the lock on the file says so


def _driver(database: peewee.Database) -> Any:
    """The database as what it is to raw SQL: peewee has no types for that."""
    return database


def _dialect(sql: str) -> str:
    return _LOCKING.sub(r"\1", sql).replace("%", "%%").replace("?", "%s")


def _escaped(value: Any) -> Any:
    """PostgreSQL's text cannot hold a zero character, as a name may: it becomes \\1 0, and \\1 becomes \\1 1."""
    if type(value) is str and ("\x00" in value or "\x01" in value):
        return value.replace("\x01", "\x01" + "1").replace("\x00", "\x01" + "0")
    return value


def _plain(value: Any) -> Any:
    if type(value) is str and "\x01" in value:
        return _ESCAPED.sub(lambda found: "\x00" if found[1] == "0" else "\x01", value)
    return value
