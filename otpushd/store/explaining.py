"""What the store knows of single events, messages, cases and people, for `otpushd explain`. Reads, writes nothing.

No titles, no texts, no addresses. An id that is looked for whole is found by an index; the rest may look at all rows.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

from otpushd.model.case import Case
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.story import Attempt, Message, Note
from otpushd.store import case_row
from otpushd.store.sql import marks, rows

MOST = 1000
"""So many rows of a kind are looked at."""
LONGEST_WAY = timedelta(days=30)
"""What was made so long before may have been held back until now."""
IDS = (
    ("heard", "id"),
    ("fault", "event_id"),
    ("notification", "event_id"),
    ("notification", "id"),
    ("rule_case", "id"),
    ("notification", "case_id"),
    ("remark", "subject"),
)
"""Where ids stand; the first three are of events only."""
COLUMNS = """id, rule, event_id, event_type, dataset, person, channel, channels_left, priority, created_at, expires_at,
  state, due_at, held, case_id, digest, detail"""
NAMES = COLUMNS.replace("case_id", "case").replace(",", "").split()
MESSAGES = f"SELECT {COLUMNS} FROM notification WHERE "  # noqa: S608 - names of columns
LATEST = f"ORDER BY created_at DESC, id LIMIT {MOST}"
OF_PERSON = f"""{MESSAGES} person = ? AND created_at >= ?
  AND (created_at >= ? OR due_at >= ? OR state = 'pending' OR held IS NOT NULL) {LATEST}"""
ATTEMPTS = "SELECT notification, at, channel, state, detail FROM transition WHERE notification IN "
NOTE = "SELECT at, subject, rule, person, what FROM remark WHERE "
FAULT = "SELECT at, event_id, rule, person, what FROM fault WHERE "
SINCE = f"person = ? AND at >= ? ORDER BY at DESC LIMIT {MOST}"
COLLECTED = "collected in "
_WILD = re.compile(r"[%_\\]")
CASE = f"SELECT {case_row.COLUMNS} FROM rule_case WHERE id = ?"  # noqa: S608 - names of columns


def ids_like(database: peewee.Database, text: str, whole: bool) -> list[str]:
    """The ids of all kinds that are `text`, or begin with it if that need not be the whole; a few at most."""
    test = "{column} = ?" if whole else "substr({column}, 1, ?) = ?"  # the same in all collations
    values: list[object] = [text] if whole else [len(text), text]
    each = [
        f"SELECT * FROM (SELECT DISTINCT {column} FROM {table} WHERE {test.format(column=column)} LIMIT 5) AS one"  # noqa: S608
        for table, column in IDS
    ]
    return sorted({id for (id,) in rows(database, " UNION ".join(each), values * len(IDS))})


def is_event(database: peewee.Database, id: str) -> bool:
    """Whether anything stands in the store that only an event has."""
    found = [
        f"EXISTS (SELECT 1 FROM {table} WHERE {column} = ?)"  # noqa: S608 - names
        for table, column in IDS[:3]
    ]
    return bool(rows(database, f"SELECT {' OR '.join(found)}", [id] * 3)[0][0])


def messages(database: peewee.Database, column: str, value: str) -> list[Message]:
    """Messages by their `id`, `event_id`, `case_id` or `digest`, as they were made."""
    return _messages(database, rows(database, f"{MESSAGES} {column} = ? {LATEST}", (value,)))


def messages_to(database: peewee.Database, person: str, since: datetime) -> list[Message]:
    """Somebody's messages that were made or came to their end since, or have not come to it yet, as they were made."""
    at = to_micros(since)
    return _messages(database, rows(database, OF_PERSON, (person, to_micros(since - LONGEST_WAY), at, at)))


def notes(database: peewee.Database, subject: str) -> list[Note]:
    """Remarks and faults about an event, a case or a message, as they were made."""
    found = [
        *_notes(rows(database, f"{NOTE} subject = ? ORDER BY at DESC LIMIT {MOST}", (subject,))),
        *_notes(rows(database, f"{FAULT} event_id = ? ORDER BY at DESC LIMIT {MOST}", (subject,)), fault=True),
    ]
    return sorted(found, key=lambda one: one.at)


def notes_to(database: peewee.Database, person: str, since: datetime) -> list[Note]:
    """Remarks and faults that concern somebody, as they were made."""
    values = (person, to_micros(since))
    found = [*_notes(rows(database, NOTE + SINCE, values)), *_notes(rows(database, FAULT + SINCE, values), fault=True)]
    return sorted(found, key=lambda one: one.at)


def collected(database: peewee.Database, case: str) -> list[Note]:
    """The events (as subjects) that were collected in a case, as they came. Looks at all remarks."""
    found = rows(database, f"{NOTE} what = ? ORDER BY at, id LIMIT {MOST}", (COLLECTED + case,))
    return _notes(found)


def ended_by(database: peewee.Database, event: str) -> list[Note]:
    """What an event has ended: cases, or steps of them. Looks at all remarks."""
    pattern = f"% came: % {_WILD.sub('_', event)}"
    found = rows(database, f"{NOTE} what LIKE ? ORDER BY at, id LIMIT {MOST}", (pattern,))
    return [one for one in _notes(found) if one.what.endswith(f" {event}")]


def open_case(database: peewee.Database, id: str) -> Case | None:
    """A case that is not over."""
    found = rows(database, CASE, (id,))
    return case_row.read(found[0]) if found else None


def _notes(found: Iterable[tuple[Any, ...]], *, fault: bool = False) -> list[Note]:
    return [
        Note(from_micros(at), subject, rule or None, person or None, what, fault)
        for at, subject, rule, person, what in found
    ]


def _messages(database: peewee.Database, found: Sequence[tuple[Any, ...]]) -> list[Message]:
    ids = [row[0] for row in found]
    attempts, remarks = dict[str, list[Attempt]](), dict[str, list[Note]]()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        these = f"({marks(len(some))}) ORDER BY at"
        for id, at, *rest in rows(database, ATTEMPTS + these, some):
            attempts.setdefault(id, []).append(Attempt(from_micros(at), *rest))
        for note in _notes(rows(database, f"{NOTE} subject IN {these}", some)):
            remarks.setdefault(note.subject, []).append(note)
    made = [_message(row, attempts.get(row[0], ()), remarks.get(row[0], ())) for row in found]
    return sorted(made, key=lambda one: (one.created_at, one.id))


def _message(row: tuple[Any, ...], attempts: Sequence[Attempt], remarks: Sequence[Note]) -> Message:
    found = dict(zip(NAMES, row, strict=True))
    found |= {name: from_micros(found[name]) for name in ("created_at", "expires_at", "due_at")}
    left = tuple(json.loads(found["channels_left"]))
    return Message(**{**found, "channels_left": left, "attempts": tuple(attempts), "notes": tuple(remarks)})
