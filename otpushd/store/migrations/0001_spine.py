"""The spine: marks, known datasets, waiting links, answers known, the outbox, its journal, faults.

The models are used here and nowhere else, so that later code cannot change what this did.
"""

from typing import Any

from peewee import BigIntegerField, BlobField, BooleanField, CompositeKey, IntegerField, Model, TextField


class SourceMark(Model):
    source = TextField(primary_key=True)
    link_id = BigIntegerField()
    history_to = BigIntegerField(null=True)
    news_since = BigIntegerField(null=True)
    down_since = BigIntegerField(null=True)
    down_told = BooleanField()
    outage = IntegerField()

    class Meta:
        table_name = "source_mark"


class KnownDataset(Model):
    source = TextField()
    dataset_id = BigIntegerField()
    name = TextField()
    created = BigIntegerField()
    session = BooleanField()
    bare = BooleanField()
    answers = BigIntegerField()

    class Meta:
        table_name = "known_dataset"
        primary_key = CompositeKey("source", "dataset_id")


class WaitingLink(Model):
    source = TextField()
    link_id = BigIntegerField()
    example_id = BigIntegerField()
    dataset_id = BigIntegerField()
    dataset_name = TextField()
    dataset_created = BigIntegerField()
    input_hash = BigIntegerField(null=True)
    task_hash = BigIntegerField(null=True)
    content = BlobField(null=True)
    size = BigIntegerField()
    first_seen = BigIntegerField()

    class Meta:
        table_name = "waiting_link"
        primary_key = CompositeKey("source", "link_id")


class Answered(Model):
    key = BigIntegerField(primary_key=True)

    class Meta:
        table_name = "answered"


class Notification(Model):
    id = TextField(primary_key=True)
    rule = TextField()
    event_id = TextField(index=True)
    event_type = TextField()
    dataset = TextField(null=True)
    person = TextField()
    channel = TextField()
    channels_left = TextField()
    title = TextField()
    body = TextField()
    link = TextField(null=True)
    priority = TextField()
    event = BlobField()
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True)
    state = TextField()
    due_at = BigIntegerField()
    claimed_by = TextField(null=True)
    claims = IntegerField()
    attempts = IntegerField()
    unanswered = IntegerField()
    broken = IntegerField()
    channel_since = BigIntegerField()
    detail = TextField(null=True)

    class Meta:
        table_name = "notification"


class Transition(Model):
    notification = TextField()
    claim = IntegerField()
    at = BigIntegerField()
    channel = TextField()
    state = TextField()
    detail = TextField()

    class Meta:
        table_name = "transition"
        primary_key = CompositeKey("notification", "claim")


class Fault(Model):
    event_id = TextField()
    rule = TextField()
    person = TextField()
    what = TextField()
    at = BigIntegerField()

    class Meta:
        table_name = "fault"
        primary_key = CompositeKey("event_id", "rule", "person", "what")


MODELS = [SourceMark, KnownDataset, WaitingLink, Answered, Notification, Transition, Fault]


def up(migrator: Any, db: Any) -> None:
    """Make the tables."""
    with db.bind_ctx(MODELS):
        db.create_tables(MODELS)
    db.execute_sql("CREATE INDEX notification_due ON notification (channel, due_at) WHERE state = 'pending'")
    db.execute_sql("CREATE INDEX notification_created ON notification (created_at)")
    db.execute_sql("CREATE INDEX fault_at ON fault (at)")
