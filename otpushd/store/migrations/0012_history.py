"""Which datasets were there at the first look, and how rows are told that it cannot have seen: they are no history.

Of a store from before every dataset counts as one of those, so that nothing of history is told that is still to come.
"""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    """Make the columns."""
    db.execute_sql("ALTER TABLE known_dataset ADD COLUMN past BOOLEAN NOT NULL DEFAULT TRUE")
    db.execute_sql("ALTER TABLE source_mark ADD COLUMN began TEXT NOT NULL DEFAULT ''")
