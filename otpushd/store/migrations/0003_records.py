"""What each link id stood for, how far the sweep has come, what it found.

A store from before takes its history anew, silently, so that there is a record of every row: up to the mark that it
had reached everything is history, and is counted again.
"""

from typing import Any

from peewee import BigIntegerField, BlobField, CompositeKey, Model, TextField


class RecordBlock(Model):
    source = TextField()
    number = BigIntegerField()
    records = BlobField()

    class Meta:
        table_name = "record_block"
        primary_key = CompositeKey("source", "number")


def up(migrator: Any, db: Any) -> None:
    """Make the table and the columns."""
    with db.bind_ctx([RecordBlock]):
        db.create_tables([RecordBlock])
    for column in ("recorded_to", "swept", "recheck_to"):
        db.execute_sql(f"ALTER TABLE source_mark ADD COLUMN {column} BIGINT NOT NULL DEFAULT 0")
    db.execute_sql("ALTER TABLE known_dataset ADD COLUMN damage TEXT")
    db.execute_sql("UPDATE source_mark SET history_to = link_id WHERE history_to < link_id")
    db.execute_sql("UPDATE source_mark SET link_id = 0")
    db.execute_sql("UPDATE known_dataset SET answers = 0")
