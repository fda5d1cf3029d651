"""What detectors remember: every answer with what was decided, counts for each dataset, and their own notes.

A store from before takes its history anew, silently, as in 0003, so that it is counted.
"""

from typing import Any

from peewee import BigIntegerField, BlobField, BooleanField, CompositeKey, DoubleField, Model, TextField


class Entry(Model):
    dataset = BigIntegerField()
    example = BigIntegerField()
    input = BigIntegerField()
    person = TextField(null=True)
    answered = BooleanField()
    answer = TextField(null=True)
    opinion = BigIntegerField()
    score = DoubleField(null=True)
    at = BigIntegerField()

    class Meta:
        table_name = "ledger_entry"
        primary_key = CompositeKey("dataset", "example")


class Tally(Model):
    dataset = BigIntegerField(primary_key=True)
    source = TextField()
    name = TextField()
    figures = TextField()
    gone = BooleanField()

    class Meta:
        table_name = "tally"


class Note(Model):
    dataset = BigIntegerField()
    whose = TextField()
    about = TextField()
    what = BlobField()

    class Meta:
        table_name = "note"
        primary_key = CompositeKey("dataset", "whose", "about")


class InputNote(Model):
    dataset = BigIntegerField()
    input = BigIntegerField()
    whose = TextField()
    what = BlobField()

    class Meta:
        table_name = "input_note"
        primary_key = CompositeKey("input", "dataset", "whose")


class Timer(Model):
    dataset = BigIntegerField()
    whose = TextField()
    about = TextField()
    at = BigIntegerField()
    source = TextField()

    class Meta:
        table_name = "timer"
        primary_key = CompositeKey("dataset", "whose", "about")


MODELS = [Entry, Tally, Note, InputNote, Timer]


def up(migrator: Any, db: Any) -> None:
    """Make the tables."""
    with db.bind_ctx(MODELS):
        db.create_tables(MODELS)
    db.execute_sql("CREATE INDEX ledger_entry_input ON ledger_entry (input)")
    db.execute_sql("CREATE INDEX timer_at ON timer (source, at)")
    db.execute_sql("DROP TABLE answered")
    db.execute_sql("UPDATE source_mark SET history_to = link_id WHERE history_to < link_id")
    db.execute_sql("UPDATE source_mark SET link_id = 0")
    db.execute_sql("DELETE FROM record_block")
    db.execute_sql("UPDATE known_dataset SET answers = 0")
