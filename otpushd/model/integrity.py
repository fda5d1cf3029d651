"""`integrity.problem`: its fields, and the codes that `problem` can be. Rules name them, so they stay what they are."""

from typing import NamedTuple

from otpushd.model.event import EventType, Field, Kind

ROWS_GONE, ROWS_REWRITTEN = "rows_gone", "rows_rewritten"
CONTENT_UNREADABLE, ANSWER_MISSING, HASH_MISMATCH = "content_unreadable", "answer_missing", "hash_mismatch"
SCHEMA_VIOLATION = "schema_violation"
HALF_SAVE, ORPHANED_EXAMPLE = "half_save", "orphaned_example"
OF_ROWS = (CONTENT_UNREADABLE, ANSWER_MISSING, HASH_MISMATCH, SCHEMA_VIOLATION)
"""Those that a single row of a main dataset can have."""
CODES = (*OF_ROWS, HALF_SAVE, ORPHANED_EXAMPLE, ROWS_GONE, ROWS_REWRITTEN)
PROBLEM = EventType(
    "integrity.problem",
    {"problem": Field(Kind.STRING, CODES), "example": Field(Kind.INTEGER), "detail": Field(Kind.STRING)},
)


class Flaw(NamedTuple):
    """One thing that is wrong with a row: a code, and in words which hold names of fields, never their values."""

    problem: str
    detail: str
