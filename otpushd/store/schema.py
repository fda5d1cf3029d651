"""The one schema: migrations in order, each with its record in one transaction, and whose a database is."""

from collections.abc import Collection
from pathlib import Path

import peewee
from playhouse.migrations import Runner  # type: ignore[import-untyped]

MIGRATIONS = Path(__file__).parent / "migrations"
HISTORY = "schema_migration"


class StoreUnusable(Exception):
    """The store cannot be opened; the text says why and what to do."""


def is_foreign(tables: Collection[str]) -> bool:
    """Whether a database with these tables is another program's."""
    return bool(tables) and HISTORY not in tables


def is_behind(database: peewee.Database, shown: str) -> bool:
    """Whether the schema has to be brought up to date, which asks for rights that are not needed otherwise.

    Raises StoreUnusable for a store that a newer version has written, or another program.
    """
    status = _runner(database).status()
    newer = [migration.name for migration in status if migration.path is None]
    if newer and not any(migration.path and migration.applied for migration in status):
        raise StoreUnusable(f"{shown}: this database belongs to another program; give the store one of its own")
    if newer:
        raise StoreUnusable(
            f"{shown}: the store was written by a newer otpushd (it has {', '.join(newer)}); install that version again"
        )
    return any(migration.applied is None for migration in status)


def migrate(database: peewee.Database) -> None:
    """Bring the schema up to date."""
    _runner(database).up()


def _runner(database: peewee.Database) -> Runner:
    return Runner(database, str(MIGRATIONS), table_name=HISTORY)
