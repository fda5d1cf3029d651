"""Settled links to `answer.saved` and `example.added`: what a row in a main dataset says, and whether a person did."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from otpushd.detect.datasets import identity, instant
from otpushd.detect.soundness import flaws_of
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.fact import Fact
from otpushd.model.ledger import incarnation
from otpushd.model.row import DatasetRow, LinkRow
from otpushd.prodigy.origin import IMPORT, MIGRATION, REVIEW, SCRIPT, Origin, Voice, origin
from otpushd.prodigy.structured_origin import structured_origin
from otpushd.prodigy.structured_task import decode_any
from otpushd.prodigy.task import ANSWERS, Task

_CONTENT = {
    "answer": Field(Kind.STRING, ANSWERS),
    "annotator": Field(Kind.STRING),
    "session": Field(Kind.STRING),
    "example": Field(Kind.INTEGER),
    "input_hash": Field(Kind.INTEGER),
    "task_hash": Field(Kind.INTEGER),
    "view": Field(Kind.STRING),
    "labels": Field(Kind.STRINGS),
    "score": Field(Kind.NUMBER),
    "priority": Field(Kind.NUMBER),
    "flagged": Field(Kind.BOOLEAN),
    "decided_at": Field(Kind.INSTANT),
    "changed_mind": Field(Kind.BOOLEAN),
    "meta": Field(Kind.OBJECT),
    "task": Field(Kind.OBJECT),
}
SAVED = EventType("answer.saved", _CONTENT)
ADDED = EventType("example.added", {"origin": Field(Kind.STRING, (IMPORT, SCRIPT, REVIEW, MIGRATION)), **_CONTENT})
TYPES = (SAVED, ADDED)


Who = tuple[int, str, int]
"""A dataset's incarnation, a person, the hash of an input."""


class Row(NamedTuple):
    """A link to a main dataset, read to the end: its dataset, its task, and where it comes from.

    `key` is who answered which input in which dataset, None where nobody known did.
    """

    link: LinkRow
    dataset: DatasetRow
    task: Task
    origin: Origin
    key: Who | None

    @property
    def by_person(self) -> bool:
        """Whether a person decided it."""
        return self.origin.how is None


def read_row(source: str, link: LinkRow, dataset: DatasetRow, voice: Voice, mains: Collection[str]) -> Row:
    """Decode a link's content and tell who did it, given what its sessions say."""
    task = decode_any(link.content, link.size)
    return _row(source, link, dataset, task, origin(task, voice, mains))


def read_structured_row(
    source: str,
    link: LinkRow,
    dataset: DatasetRow,
    sessions: Sequence[DatasetRow],
    mains: Collection[str],
    *,
    history: bool = False,
) -> Row:
    """The same for a link of structured storage, given its session datasets in the order of their links.

    In `history` a migrated copy is the answer that it stands for, else a row of a migration.
    """
    assert link.structured is not None
    task = decode_any(link.content, link.size)
    whence = structured_origin(task, link.structured, sessions, mains, as_it_was=history)
    return _row(source, link, dataset, task, whence)


def _row(source: str, link: LinkRow, dataset: DatasetRow, task: Task, whence: Origin) -> Row:
    key = None
    if whence.how is None and whence.annotator is not None and link.input_hash is not None:
        key = (incarnation(source, dataset), whence.annotator, link.input_hash)
    return Row(link, dataset, task, whence, key)


def facts_of(
    source: str, rows: Sequence[Row], known: Collection[Who], now: datetime, *, past: bool = False
) -> list[Fact]:
    """One fact a row. `known` are those of the rows' keys that were answered before. What is `past` needs no id."""
    seen, facts = set(known), []
    for row in rows:
        corrects = row.link.structured is not None and row.link.structured.corrects
        event = _event(source, row, changed_mind=corrects or row.key in seen, now=now, past=past)
        at = _at(row, now, past=past)
        flaws = () if past else flaws_of(row.task, row.link, by_person=row.by_person)
        facts.append(Fact(event, incarnation(source, row.dataset), at, past, corrects, place_of(row), flaws=flaws))
        if row.key is not None:
            seen.add(row.key)
    return facts


def _at(row: Row, now: datetime, *, past: bool) -> datetime:
    """The best known time: when it was decided, else now, or for what was there before us when its dataset was made."""
    at = row.task.decided_at or (instant(row.dataset.created) if past else None)
    return min(at, now) if at is not None else now


def place_of(row: Row) -> int:
    """The example's number in the ledger: both storages count from one, so those of structured storage are negative."""
    return row.link.example_id if row.link.structured is None else -row.link.example_id


def _event(source: str, row: Row, *, changed_mind: bool, now: datetime, past: bool) -> Event:
    link, task = row.link, row.task
    data: dict[str, object] = {
        "answer": task.answer,
        "annotator": row.origin.annotator,
        "session": row.origin.session,
        "example": link.example_id,
        "input_hash": link.input_hash,
        "task_hash": link.task_hash,
        "view": task.view,
        "labels": list(task.labels),
        "score": task.score,
        "priority": task.priority,
        "flagged": task.flagged,
        "decided_at": task.decided_at,
        "changed_mind": changed_mind,
        "meta": task.meta,
    }
    kind = SAVED.name if row.by_person else ADDED.name
    if not row.by_person:
        data["origin"] = row.origin.how
    number = "" if past else _row_id(source, kind, row)
    return Event(kind, number, source, now, row.dataset.name, data, link.content)


def _row_id(source: str, kind: str, row: Row) -> str:
    """From what was saved where, content included: ids alone are given out again, and two rows are two answers.

    A second look at the same row, or at a backup that holds it, gives the same id (product.md, section 7).
    """
    link = row.link
    storage = () if link.structured is None else ("structured",)
    where = (*identity(row.dataset), link.id, link.example_id, link.input_hash, link.size, *storage)
    return event_id(source, kind, *where, content=link.content or b"")
