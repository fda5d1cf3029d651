"""How far the structured storage of a source was taken, and which datasets have rows in it."""

from typing import Any

from peewee import BigIntegerField, Model, TextField


class StructuredMark(Model):
    source = TextField(primary_key=True)
    link_id = BigIntegerField()
    example_id = BigIntegerField()
    history_to = BigIntegerField(null=True)
    history_examples = BigIntegerField()
    recorded_to = BigIntegerField()
    swept = BigIntegerField()

    class Meta:
        table_name = "structured_mark"


def up(migrator: Any, db: Any) -> None:
    """Make the table and the column."""
    with db.bind_ctx([StructuredMark]):
        db.create_tables([StructuredMark])
    db.execute_sql("ALTER TABLE known_dataset ADD COLUMN structured BOOLEAN NOT NULL DEFAULT FALSE")
