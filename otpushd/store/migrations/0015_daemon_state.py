"""What each daemon tells of itself, for `otpushd status`; and what no dispatch looks at any more is found at once."""

from typing import Any

from peewee import BigIntegerField, Model, TextField


class DaemonState(Model):
    holder = TextField(primary_key=True)
    at = BigIntegerField()
    state = TextField()

    class Meta:
        table_name = "daemon_state"


def up(migrator: Any, db: Any) -> None:
    """Make the table, and an index of what is not to be sent by itself."""
    with db.bind_ctx([DaemonState]):
        db.create_tables([DaemonState])
    db.execute_sql(
        "CREATE INDEX notification_stopped ON notification (state, channel, created_at) WHERE state IN ('held', 'dead')"
    )
