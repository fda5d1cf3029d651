"""Which of several daemons polls a source, and a quick way to the claims of those that are there no more."""

from typing import Any

from peewee import BigIntegerField, Model, TextField


class SourceHold(Model):
    source = TextField(primary_key=True)
    holder = TextField()
    epoch = BigIntegerField()
    lease_until = BigIntegerField()

    class Meta:
        table_name = "source_hold"


def up(migrator: Any, db: Any) -> None:
    """Make the table and the index."""
    with db.bind_ctx([SourceHold]):
        db.create_tables([SourceHold])
    db.execute_sql("CREATE INDEX notification_claimed ON notification (claimed_by) WHERE claimed_by IS NOT NULL")
