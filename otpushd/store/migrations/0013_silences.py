"""Silences, and what holds a notification back: null where nothing does."""

from typing import Any

from peewee import BigIntegerField, Model, TextField


class Silence(Model):
    id = TextField(primary_key=True)
    rule = TextField(null=True)
    dataset = TextField(null=True)
    person = TextField(null=True)
    type = TextField(null=True)
    priorities = TextField()
    starts = BigIntegerField()
    ends = BigIntegerField(index=True)
    author = TextField()
    reason = TextField()
    made_at = BigIntegerField()
    lifted_at = BigIntegerField(null=True)
    lifted_by = TextField(null=True)
    lift_reason = TextField(null=True)

    class Meta:
        table_name = "silence"


def up(migrator: Any, db: Any) -> None:
    """Make the table and the column."""
    with db.bind_ctx([Silence]):
        db.create_tables([Silence])
    db.execute_sql("ALTER TABLE notification ADD COLUMN held TEXT")
    db.execute_sql("CREATE INDEX notification_held_by ON notification (held) WHERE held IS NOT NULL")
