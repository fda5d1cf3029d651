"""Who answered a row, or by what it came in where nobody did. Pure (product.md, section 6; prodigy.md, section 2)."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from otpushd.model.row import DatasetRow
from otpushd.prodigy.session import SessionKind, kind_of, person_in
from otpushd.prodigy.task import Task

IMPORT, SCRIPT, REVIEW, MIGRATION = "import", "script", "review", "migration"


class Voice(NamedTuple):
    """What the session datasets that a row is linked to say about it; all None where there are none."""

    kind: SessionKind | None
    session: str | None
    person: str | None


class Origin(NamedTuple):
    """`how` is None for a person's decision, else import, script, review or migration; `annotator` is who, if known.

    `session` is the name of the session dataset, or what the task says it was where no such dataset is linked.
    """

    how: str | None
    annotator: str | None
    session: str | None


def voice(sessions: Iterable[DatasetRow], mains: Collection[str]) -> Voice:
    """Of several sessions a named one speaks, the oldest first: a server's own says less."""
    speaking = min(sessions, key=lambda row: (kind_of(row) is not SessionKind.NAMED, row.id), default=None)
    if speaking is None:
        return Voice(None, None, None)
    kind = kind_of(speaking)
    return Voice(kind, speaking.name, person_in(speaking.name, mains) if kind is SessionKind.NAMED else None)


def origin(task: Task, voice: Voice, mains: Collection[str]) -> Origin:
    """Where a row comes from; `mains` are the names of the main datasets."""
    if how := _without_person(task, voice.kind):
        return Origin(how, None, voice.session)
    person = voice.person
    for given in (task.annotator_id, task.session_id):
        person = person or (person_in(given, mains) if given else None)
    return Origin(None, person, voice.session or task.session_id)


def _without_person(task: Task, kind: SessionKind | None) -> str | None:
    """By what a row came in that nobody decided, None for a person's: a named session is proof of one."""
    if kind is SessionKind.NAMED:
        return None
    if task.taken_over:
        return REVIEW
    if kind is SessionKind.IMPORT and task.view is None and not task.timed:
        return IMPORT
    if kind is None and not (task.session_id or task.annotator_id or task.timed):
        return SCRIPT
    return None
