"""Answers that wait for review, found by their dataset and, when they are reviewed, by their input."""

from typing import Any

from peewee import BigIntegerField, CompositeKey, Model


class Waiting(Model):
    dataset = BigIntegerField()
    example = BigIntegerField()
    place = BigIntegerField()
    input = BigIntegerField()
    at = BigIntegerField()
    seen = BigIntegerField()

    class Meta:
        table_name = "waiting_review"
        primary_key = CompositeKey("dataset", "example")


def up(migrator: Any, db: Any) -> None:
    """Make the table."""
    with db.bind_ctx([Waiting]):
        db.create_tables([Waiting])
    db.execute_sql("CREATE INDEX waiting_review_input ON waiting_review (place, input)")
    db.execute_sql("CREATE INDEX waiting_review_seen ON waiting_review (dataset, seen, at)")
