"""Work that goes back to people: what is to be put into a file that Prodigy loads, and what became of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from otpushd.model.event import event_id

MOST_SELECTED = 10_000
FROM_OUTSIDE = 1 << 61
"""Places of tasks that are in no database lie above."""
HOW_SELECTION = (
    "write `lowest 50 scores`, `highest 50 scores`, or `last 50` and answers, accepted, rejected or ignored; "
    "behind it `of dataset NAME` if need be"
)
_SELECTION = re.compile(
    r"\s*(?:(?P<end>lowest|highest)\s+(?P<scores>[0-9]{1,9})\s+scores?"
    r"|last\s+(?P<count>[0-9]{1,9})\s+(?P<what>answers?|accepted|rejected|ignored))"
    r"(?:\s+of\s+(?:dataset\s+)?(?P<dataset>\S+))?\s*"
)
_ANSWERS = {"accepted": "accept", "rejected": "reject", "ignored": "ignore"}


class End(StrEnum):
    """Which end of a dataset's rows is meant."""

    LOWEST = "lowest"
    HIGHEST = "highest"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Selection:
    """So many examples of a dataset: by their scores, or the last that were answered, all or with this `answer`.

    Without `dataset` the event's is meant.
    """

    end: End
    count: int
    answer: str | None = None
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What one rule wants to have queued for one event. `queue` is the file's name as the rule gives it.

    `examples` are ids, or the hashes of inputs, as events name them; `content` is a task that is in no database.
    `input` is the only input that the examples may be of, where that is known. `reason` is for whoever annotates.
    """

    id: str
    rule: str
    event_id: str
    source: str
    queue: str
    dataset: str | None
    reason: str
    at: datetime
    examples: tuple[int, ...] = ()
    input: int | None = None
    selection: str | None = None
    content: bytes | None = None


class Fate(StrEnum):
    """What became of one example in one queue. `kept` is in the file too, but nobody can tell when it is answered."""

    PENDING = "pending"
    QUEUED = "queued"
    ANSWERED = "answered"
    KEPT = "kept"
    TWICE = "twice"
    GONE = "gone"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Item:
    """One example of an order. `place` is its number in the ledger: negative in structured storage, above every id
    where the task came from outside. `input` is what it must be of, None where that is not known.
    """

    queue: str
    place: int
    order: str
    reason: str
    input: int | None = None
    content: bytes | None = None

    @property
    def mark(self) -> str:
        """What its line in the file is known by."""
        return event_id("queued", self.queue, self.order, self.place)[:16]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an item. `input` and `task` are its hashes, as far as it has any."""

    item: Item
    fate: Fate
    input: int | None = None
    task: int | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """An example in a queue that waits for its answer. `at` is when it was put there, in microseconds since 1970."""

    source: str
    queue: str
    place: int
    order: str
    at: int


@dataclass(frozen=True, slots=True)
class Reanswered:
    """An example of a queue that has been answered, and whether otherwise than before."""

    queued: Queued
    changed: bool
    at: datetime


def order_id(rule: str, event: str) -> str:
    """The same rule and event have the same order."""
    return event_id("order", rule, event)


def parse_selection(text: str) -> Selection:
    """The selection that a text means. Raises ValueError with the mend."""
    found = _SELECTION.fullmatch(text)
    if not found:
        raise ValueError(f"not a selection; {HOW_SELECTION}")
    count = int(found["scores"] or found["count"])
    if not 1 <= count <= MOST_SELECTED:
        raise ValueError(f"a selection is of 1 to {MOST_SELECTED:,} examples")
    end = End(found["end"] or End.LAST)
    return Selection(end, count, _ANSWERS.get(found["what"] or ""), found["dataset"])


def parse_example(value: Any) -> int:
    """An example as an event names it: its id, or its input's hash. Raises ValueError with the mend."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**62) < value < 2**62:
        raise ValueError("an example is named by its id or by its `_input_hash`, a whole number")
    return value
