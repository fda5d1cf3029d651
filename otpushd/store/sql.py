"""The hot paths' raw SQL, through peewee's own connection: its query builder costs six times as much (libraries.md 1).

This is the one place for differences between databases.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import peewee


def rows(database: peewee.Database, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement with `?` placeholders and fetch everything it returns."""
    cursor = _driver(database).execute_sql(_dialect(database, sql), tuple(values))
    return list(cursor.fetchall()) if cursor.description else []


def many(database: peewee.Database, sql: str, values: Iterable[Sequence[Any]]) -> None:
    """Run one statement with `?` placeholders once for each row of values."""
    batch = list(values)
    if batch:
        _driver(database).cursor().executemany(_dialect(database, sql), batch)


def marks(count: int) -> str:
    """`?, ?, ?` for an IN list of `count` values."""
    return ", ".join("?" * count)


def _driver(database: peewee.Database) -> Any:
    """The database as what it is to raw SQL: peewee has no types for that."""
    return database


def _dialect(database: peewee.Database, sql: str) -> str:
    return sql if database.param == "?" else sql.replace("?", database.param)
