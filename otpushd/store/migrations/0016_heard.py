"""Events that rules were tried on, with what each of them said."""

from typing import Any

from peewee import BigIntegerField, Model, TextField


class Heard(Model):
    id = TextField(primary_key=True)
    at = BigIntegerField(index=True)
    what = TextField()

    class Meta:
        table_name = "heard"


def up(migrator: Any, db: Any) -> None:
    """Make the table."""
    with db.bind_ctx([Heard]):
        db.create_tables([Heard])
