"""What rules have going on, what waits for which event, what was said lately, and why things were said or not.

A notification knows its case, and the digest in which it went out.
"""

from typing import Any

from peewee import BigIntegerField, BlobField, BooleanField, CompositeKey, IntegerField, Model, TextField


class RuleCase(Model):
    id = TextField(primary_key=True)
    rule = TextField(index=True)
    key = TextField()
    source = TextField()
    gathers = BooleanField()
    next_at = BigIntegerField(null=True)
    opened_at = BigIntegerField()
    what = TextField()
    document = BlobField()
    content = BlobField(null=True)

    class Meta:
        table_name = "rule_case"


class CaseWait(Model):
    listener = TextField()
    joined = TextField()
    case_id = TextField(index=True)

    class Meta:
        table_name = "case_wait"
        primary_key = CompositeKey("joined", "listener", "case_id")


class Repeated(Model):
    rule = TextField()
    key = TextField()
    person = TextField()
    at = BigIntegerField()
    turn = IntegerField()
    suppressed = IntegerField()

    class Meta:
        table_name = "repeated"
        primary_key = CompositeKey("key", "rule", "person")


class MessageTimes(Model):
    person = TextField()
    channel = TextField()
    times = TextField()

    class Meta:
        table_name = "message_times"
        primary_key = CompositeKey("person", "channel")


class Remark(Model):
    subject = TextField(index=True)
    rule = TextField()
    person = TextField()
    what = TextField()
    at = BigIntegerField(index=True)

    class Meta:
        table_name = "remark"


def up(migrator: Any, db: Any) -> None:
    """Make the tables and columns."""
    tables = [RuleCase, CaseWait, Repeated, MessageTimes, Remark]
    with db.bind_ctx(tables):
        db.create_tables(tables)
    db.execute_sql("CREATE INDEX rule_case_gathers ON rule_case (key) WHERE gathers")
    db.execute_sql("CREATE INDEX rule_case_next ON rule_case (source, next_at) WHERE next_at IS NOT NULL")
    db.execute_sql("ALTER TABLE notification ADD COLUMN case_id TEXT")
    db.execute_sql("ALTER TABLE notification ADD COLUMN digest TEXT")
    db.execute_sql("CREATE INDEX notification_case ON notification (case_id) WHERE case_id IS NOT NULL")
    db.execute_sql("CREATE INDEX notification_held ON notification (due_at) WHERE held IS NOT NULL")
    db.execute_sql("CREATE INDEX notification_digest ON notification (digest) WHERE digest IS NOT NULL")
