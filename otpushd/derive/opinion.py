"""What somebody decided about an input, as one number: two people agree if theirs are equal.

Of an accepted task: the labels and accepted options as a set, and the spans as a set of (start, end, label). Of a
rejected or ignored one, only that.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from otpushd.model.event import Event

ACCEPT = "accept"
_SHAPES = ("x", "y", "width", "height", "points", "start", "end", "label")
_SPANS = ("spans", "audio_spans", "relations")


def opinion(event: Event) -> int:
    """The opinion in an `answer.saved`, from its `answer`, `labels` and stored task: a number of 64 bits."""
    answer = event.data.get("answer")
    if answer != ACCEPT:
        return _number(answer)
    labels = sorted(map(str, event.data.get("labels") or ()))
    return _number(answer, labels, _spans(event) if _may_have_spans(event.content) else [])


def _may_have_spans(content: bytes | None) -> bool:
    """Decoding a task to the end costs twenty times as much as looking for these words in it."""
    return content is not None and (b'spans"' in content or b'"relations"' in content)


def _spans(event: Event) -> list[str]:
    task = event.task() or {}
    found = [one for name in _SPANS for one in _list(task.get(name)) if isinstance(one, Mapping)]
    return sorted({_shape(one) for one in found})


def _shape(span: Mapping[str, Any]) -> str:
    """A span of text or audio by its ends, one of an image by its outline, a relation by its two ends."""
    if "head_span" in span or "head" in span:
        return ascii(["relation", span.get("head"), span.get("child"), span.get("label")])
    return ascii([span.get(name) for name in _SHAPES])


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _number(*parts: Any) -> int:
    return int.from_bytes(blake2b(ascii(parts).encode(), digest_size=8).digest(), "big", signed=True)
