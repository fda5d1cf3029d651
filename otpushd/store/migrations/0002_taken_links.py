"""Links above a source's mark that are taken already: on PostgreSQL ids become visible out of order."""

from typing import Any

from peewee import BigIntegerField, CompositeKey, Model, TextField


class TakenLink(Model):
    source = TextField()
    link_id = BigIntegerField()

    class Meta:
        table_name = "taken_link"
        primary_key = CompositeKey("source", "link_id")


def up(migrator: Any, db: Any) -> None:
    """Make the table."""
    with db.bind_ctx([TakenLink]):
        db.create_tables([TakenLink])
