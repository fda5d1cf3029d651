"""What link ids stood for before they were given out again: a restored backup may bring those rows back."""

from typing import Any

from peewee import BigIntegerField, CompositeKey, Model, TextField


class FormerRecord(Model):
    source = TextField()
    link_id = BigIntegerField()
    stood_for = BigIntegerField()

    class Meta:
        table_name = "former_record"
        primary_key = CompositeKey("source", "link_id", "stood_for")


def up(migrator: Any, db: Any) -> None:
    """Make the table."""
    with db.bind_ctx([FormerRecord]):
        db.create_tables([FormerRecord])
