"""What was handed in from outside and is to be taken, and what is to be put into files that Prodigy loads."""

from typing import Any

from peewee import BigIntegerField, BlobField, BooleanField, CompositeKey, IntegerField, Model, TextField


class Inbox(Model):
    id = TextField(primary_key=True)
    source = TextField()
    at = BigIntegerField()
    number = IntegerField()
    type = TextField()
    dataset = TextField(null=True)
    data = TextField()
    content = BlobField(null=True)

    class Meta:
        table_name = "inbox"


class QueueOrder(Model):
    id = TextField(primary_key=True)
    source = TextField()
    rule = TextField()
    event_id = TextField()
    queue = TextField()
    dataset = TextField(null=True)
    reason = TextField()
    at = BigIntegerField()
    wanted = TextField()
    content = BlobField(null=True)
    state = TextField()

    class Meta:
        table_name = "queue_order"


class QueueItem(Model):
    queue = TextField()
    source = TextField()
    place = BigIntegerField()
    order_id = TextField(index=True)
    at = BigIntegerField()
    input = BigIntegerField(null=True)
    task = BigIntegerField(null=True)
    fate = TextField()
    claims = IntegerField()
    queued_at = BigIntegerField(null=True)
    changed = BooleanField()

    class Meta:
        table_name = "queue_item"
        primary_key = CompositeKey("queue", "source", "place")


MODELS = [Inbox, QueueOrder, QueueItem]


def up(migrator: Any, db: Any) -> None:
    """Make the tables."""
    with db.bind_ctx(MODELS):
        db.create_tables(MODELS)
    db.execute_sql("CREATE INDEX inbox_turn ON inbox (source, at, number)")
    db.execute_sql("CREATE INDEX queue_order_new ON queue_order (source, at) WHERE state = 'new'")
    db.execute_sql("CREATE INDEX queue_item_pending ON queue_item (source, queue, at) WHERE fate = 'pending'")
    db.execute_sql("CREATE INDEX queue_item_waiting ON queue_item (input) WHERE fate = 'queued'")
    db.execute_sql("CREATE INDEX queue_item_task ON queue_item (queue, task)")
