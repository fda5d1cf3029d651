"""A stored Prodigy task, decoded to the few fields that events carry. Lossy on purpose; it never raises.

Field facts are from prodigy.md, section 2: any may be missing or of another type, in any row of any age.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from otpushd.model.task_json import read_json

ANSWERS = ("accept", "reject", "ignore")
MILLISECONDS_FROM = 1e11
"""Epoch seconds reach this in the year 5138, epoch milliseconds in 1973."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says about itself. `problem` is why it could not be read, in which case every other field is null.

    No dataclass, because one of so many fields costs as much to make as the whole row to decode.
    """

    answer: str | None = None
    view: str | None = None
    labels: tuple[str, ...] = ()
    score: float | None = None
    priority: float | None = None
    flagged: bool = False
    timed: bool = False
    """Whether the browser put a time on it, which `decided_at` is if it can be read: rows from elsewhere have none."""
    decided_at: datetime | None = None
    meta: dict[str, Any] = msgspec.field(default_factory=dict)
    annotator_id: str | None = None
    session_id: str | None = None
    taken_over: bool = False
    """Whether `review` took it over by itself, without a person."""
    migrated: bool = False
    """Whether it is a structured copy of a classic row, or a correction of one, which keeps the stamp."""
    input_hash: int | None = None
    task_hash: int | None = None
    """The hashes as they stand in the content itself."""
    problem: str | None = None


class _Span(msgspec.Struct, gc=False):
    label: Any = None
    score: Any = None


class _Stored(msgspec.Struct):
    spans: list[_Span] | None = None
    audio_spans: list[_Span] | None = None
    answer: Any = None
    label: Any = None
    accept: Any = None
    score: Any = None
    priority: Any = None
    flagged: Any = None
    meta: Any = None
    versions: msgspec.Raw = msgspec.Raw()
    view_id: Any = msgspec.field(default=None, name="_view_id")
    timestamp: Any = msgspec.field(default=None, name="_timestamp")
    annotator_id: Any = msgspec.field(default=None, name="_annotator_id")
    session_id: Any = msgspec.field(default=None, name="_session_id")
    input_hash: Any = msgspec.field(default=None, name="_input_hash")
    task_hash: Any = msgspec.field(default=None, name="_task_hash")


_NAMES = {each.name: each.encode_name for each in msgspec.structs.fields(_Stored)}
_decoder = msgspec.json.Decoder(_Stored)


def decode(content: bytes | None, size: int = 0) -> Task:
    """The task stored as `content`; `size` (bytes) tells a row too large to be read from one without an example."""
    if content is None:
        return Task(problem="too large to be read" if size else "no example behind the link")
    try:
        return _task(_decoder.decode(content))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_oddity(content)


def _decode_oddity(content: bytes) -> Task:
    """Rows that the strict decoder refuses: NaN, spans of another shape, stray bytes, halves of surrogate pairs."""
    try:
        found = read_json(content)
    except ValueError:
        return Task(problem="not JSON")
    return task_of(found) if isinstance(found, dict) else Task(problem="not a JSON object")


def task_of(found: Mapping[str, Any]) -> Task:
    """The task in fields of any type."""
    stored = _Stored()
    for ours, theirs in _NAMES.items():
        setattr(stored, ours, found.get(theirs))
    stored.spans, stored.audio_spans = _spans(stored.spans), _spans(stored.audio_spans)
    stored.versions = msgspec.Raw(b"[]" if isinstance(stored.versions, list) else b"")
    return _task(stored)


def _spans(found: Any) -> list[_Span] | None:
    if not isinstance(found, list):
        return None
    return [_Span(span.get("label"), span.get("score")) for span in found if isinstance(span, dict)]


def _task(stored: _Stored) -> Task:
    meta = stored.meta if isinstance(stored.meta, dict) else {}
    spans = (stored.spans or []) + (stored.audio_spans or [])
    view = stored.view_id if isinstance(stored.view_id, str) else None
    timed = stored.timestamp is not None
    return Task(
        answer=stored.answer if stored.answer in ANSWERS else None,
        view=view,
        labels=_labels(stored.label, stored.accept, spans),
        score=_score(stored.score, meta.get("score"), spans),
        priority=number_in(stored.priority),
        flagged=stored.flagged is True,
        timed=timed,
        decided_at=_instant(stored.timestamp),
        meta=meta,
        annotator_id=_name(stored.annotator_id),
        session_id=_name(stored.session_id),
        input_hash=stored.input_hash if type(stored.input_hash) is int else None,
        task_hash=stored.task_hash if type(stored.task_hash) is int else None,
        taken_over=not timed and view != "review" and bytes(stored.versions)[:1] == b"[",
    )


def _labels(label: Any, accept: Any, spans: list[_Span]) -> tuple[str, ...]:
    found = label if isinstance(label, list) else [label]
    if accept is not None:
        found = [*found, *(accept if isinstance(accept, list) else [accept])]
    if spans:
        found = [*found, *[span.label for span in spans]]
    return tuple(dict.fromkeys([str(one) for one in found if type(one) is str or type(one) is int]))


def _score(score: Any, meta_score: Any, spans: list[_Span]) -> float | None:
    """The task's own score, else the one in meta, else its least certain span's: 0 is a score, absence is not 0.

    A field of the user's own making is no score to us: nobody knows its scale. Conditions reach it as `task.…`.
    """
    if (number := number_in(score)) is not None or (number := number_in(meta_score)) is not None:
        return number
    return min([number for span in spans if (number := number_in(span.score)) is not None], default=None)


def number_in(found: Any) -> float | None:
    """A finite number, written as one or as a text."""
    if found is None or type(found) not in (float, int, str):
        return None
    try:
        number = float(found)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _instant(found: Any) -> datetime | None:
    """Epoch seconds of the browser's clock; milliseconds, as some custom interfaces write, are told by their size."""
    number = number_in(found)
    if number is None:
        return None
    try:
        return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _name(found: Any) -> str | None:
    return (str(found) or None) if type(found) is str or type(found) is int else None
