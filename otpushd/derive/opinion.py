"""What somebody decided about an input, as one number: two people agree if theirs are equal.

Of an accepted task: the labels and accepted options as a set, and what is marked in it. Spans of text and audio are a
set of (start, end, label). Regions of an image have neither start nor end, and no two people draw the same outline: of
them it counts how many there are of each label. Relations are a set of (head, child, label), by the spans they join.
Of a rejected or ignored task only that, because what is then in it nobody vouches for.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from otpushd.model.envelope import is_envelope, laid_out
from otpushd.model.event import Event
from otpushd.model.task_json import read_json

ACCEPT = "accept"


class _Span(msgspec.Struct, gc=False):
    start: Any = None
    end: Any = None
    label: Any = None


class _Relation(msgspec.Struct, gc=False):
    head: Any = None
    child: Any = None
    head_span: _Span | None = None
    child_span: _Span | None = None
    label: Any = None


class _Marked(msgspec.Struct, gc=False):
    spans: list[_Span] | None = None
    audio_spans: list[_Span] | None = None
    relations: list[_Relation] | None = None
    of_class: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw, name="__class__")
    user_anns: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    server_anns: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)

    @property
    def may_be_envelope(self) -> bool:
        """Whether to look closer. To search the content for these words takes longer than to decode it."""
        return bool(len(self.of_class) or len(self.user_anns) or len(self.server_anns))


_decoder = msgspec.json.Decoder(_Marked)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def opinion(event: Event) -> int:
    """The opinion in an `answer.saved`, from its `answer`, `labels` and stored task: a signed number of 64 bits."""
    answer = event.data.get("answer")
    if answer != ACCEPT:
        return _number(answer)
    labels = sorted(set(map(str, event.data.get("labels") or ())))
    return _number(answer, labels, _marks(event.content))


def _marks(content: bytes | None) -> list[str]:
    """Most tasks have no such words in them, and to look for them costs next to nothing."""
    if content is None or not (b'spans"' in content or b'"relations"' in content):
        return []
    found = _decode(content)
    spans = (found.spans or []) + (found.audio_spans or [])
    outlined = [ascii(span.label) for span in spans if span.start is None and span.end is None]
    ends = {ascii(_ends(span)) for span in spans if span.start is not None or span.end is not None}
    joined = {ascii(_join(one)) for one in found.relations or ()}
    return [*sorted(outlined), *sorted(ends), *sorted(joined)]


def _ends(span: _Span) -> tuple[Any, ...]:
    return _whole(span.start), _whole(span.end), span.label


def _join(one: _Relation) -> tuple[Any, ...]:
    """The numbers of head and child are of tokens, and mean the same only if the text was cut up the same way."""
    if one.head_span is None or one.child_span is None:
        return one.head, one.child, one.label
    return (*_ends(one.head_span)[:2], *_ends(one.child_span)[:2], one.label)


def _whole(number: Any) -> Any:
    """One writer says 3, another 3.0."""
    return int(number) if type(number) is float and number.is_integer() else number


def _decode(content: bytes) -> _Marked:
    try:
        found = _decoder.decode(content)
    except _UNREADABLE:
        return _decode_oddity(content)
    return _decode_oddity(content) if found.may_be_envelope else found


def _decode_oddity(content: bytes) -> _Marked:
    """An envelope, and rows that the strict decoder refuses, for a single field perhaps."""
    try:
        found = msgspec.json.decode(content)
    except _UNREADABLE:
        try:
            found = read_json(content)
        except ValueError:
            return _Marked()
    if not isinstance(found, dict):
        return _Marked()
    task = laid_out(found) or {} if is_envelope(found) else found
    return _Marked(
        spans=[_span(one) for one in _objects(task.get("spans"))],
        audio_spans=[_span(one) for one in _objects(task.get("audio_spans"))],
        relations=[_relation(one) for one in _objects(task.get("relations"))],
    )


def _span(one: Mapping[str, Any]) -> _Span:
    return _Span(one.get("start"), one.get("end"), one.get("label"))


def _relation(one: Mapping[str, Any]) -> _Relation:
    head, child = (
        _span(each) if isinstance(each, dict) else None for each in (one.get("head_span"), one.get("child_span"))
    )
    return _Relation(one.get("head"), one.get("child"), head, child, one.get("label"))


def _objects(found: Any) -> Iterable[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _number(*parts: Any) -> int:
    return int.from_bytes(blake2b(ascii(parts).encode(), digest_size=8).digest(), "big", signed=True)
