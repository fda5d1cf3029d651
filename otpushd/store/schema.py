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


def migrate(database: peewee.Database, shown: str) -> None:
    """Bring the schema up to date. Raises StoreUnusable for a store that a newer version has written."""
    runner = Runner(database, str(MIGRATIONS), table_name=HISTORY)
    status = runner.status()
    if newer := [migration.name for migration in status if migration.path is None]:
        raise StoreUnusable(
            f"{shown}: the store was written by a newer otpushd (it has {', '.join(newer)}); install that version again"
        )
    if any(migration.applied is None for migration in status):  # it asks for rights that it may not need
        runner.up()
