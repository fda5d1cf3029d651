"""An answer as monitors look at it, and what it means to each measure: a number, or nothing where it is none of its
business.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import isnan
from typing import NamedTuple
from zlib import crc32

from otpushd.model.fact import Fact
from otpushd.model.monitor import By, Definition, Measure

LARGEST = 1e6
"""Scores beyond it count as it: one stray value must not drown the sums that it enters and leaves."""
LONGEST_KEY = 200
"""Characters of an annotator's name or a label that tell keys apart."""
_IDS = range(-(2**63), 2**63)

Reading = Callable[["Observation"], float | None]


class Observation(NamedTuple):
    """One person's answer. `serial` (60 bits) stands for the event.

    `conflicts` says whether it differs from another person's on the same input, None where nobody else answered that.
    """

    instant: datetime
    example: int | None
    answer: str | None
    score: float | None = None
    labels: tuple[str, ...] = ()
    annotator: str | None = None
    conflicts: bool | None = None
    serial: int = 0


def observed(fact: Fact, *, since: datetime | None = None, conflicts: bool | None = None) -> Observation | None:
    """The answer of an `answer.saved`, None for every other event: what was imported, nobody answered.

    It was given when the browser says, but not before `since` nor after it was seen: browsers' clocks may be wrong
    (prodigy.md, section 2). `since` is when the source was last read to its end; None in history, where only the
    browser can know.
    """
    event = fact.event
    if event.type != "answer.saved":
        return None
    data = event.data
    instant = fact.at if since is None or fact.at >= since else since
    example, score = data.get("example"), data.get("score")
    return Observation(
        min(instant, event.time),
        example if isinstance(example, int) and example in _IDS else None,
        data.get("answer"),
        score if score is None or -LARGEST <= score <= LARGEST else _cut(score),
        tuple(data.get("labels") or ()),
        data.get("annotator"),
        conflicts,
        _serial(event.id),
    )


def keys_of(definition: Definition, annotator: str | None, labels: Sequence[str]) -> tuple[str, ...]:
    """Under which keys an answer counts: one empty one for the dataset, else its annotator or its labels, if any."""
    if definition.by is None:
        return ("",)
    if definition.by is By.LABEL:
        return tuple(dict.fromkeys([label[:LONGEST_KEY] for label in labels]))
    return () if annotator is None else (annotator[:LONGEST_KEY],)


def reading(definition: Definition) -> Reading:
    """The measure's way of reading an answer. Rates are of the answers that have one, conflicts of those that could.

    A score of 0 is a score; an answer without one is left out (prodigy.md, section 2).
    """
    if definition.measure is not Measure.LOW_SCORE_SHARE:
        return _READINGS[definition.measure]
    low = definition.low
    return lambda seen: None if seen.score is None else float(seen.score < low)


def _cut(score: float) -> float | None:
    return None if isnan(score) else max(-LARGEST, min(LARGEST, score))


def _serial(number: str) -> int:
    """From an event's id, which is none in history, and any text in the test of a rule."""
    if not number:
        return 0
    try:
        return int(number[:15], 16)
    except ValueError:
        return crc32(ascii(number).encode())


def _rate_of(answer: str) -> Reading:
    return lambda seen: None if seen.answer is None else float(seen.answer == answer)


def _conflict(seen: Observation) -> float | None:
    return None if seen.conflicts is None else float(seen.conflicts)


def _score(seen: Observation) -> float | None:
    return seen.score


def _one(seen: Observation) -> float:
    return 1.0


_READINGS: Mapping[Measure, Reading] = {
    Measure.REJECT_RATE: _rate_of("reject"),
    Measure.IGNORE_RATE: _rate_of("ignore"),
    Measure.ACCEPT_RATE: _rate_of("accept"),
    Measure.CONFLICT_RATE: _conflict,
    Measure.MEAN_SCORE: _score,
    Measure.SCORE_DRIFT: _score,
    Measure.ANSWERS_PER_HOUR: _one,
}
