"""What is remembered of a dataset whose answers are reviewed, in one note. The answers that wait have a table.

For each length of working time that is watched: until when everything was `told`, and of what was seen later, since
when the oldest waits. In microseconds since 1970.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from otpushd.model.instants import from_micros, to_micros
from otpushd.model.plan import Review

_TICK = timedelta(microseconds=1)
_AGES = timedelta(days=365 * 30)


@dataclass(frozen=True, slots=True)
class Watch:
    """`place` is the dataset for the reviews. Until it is `open`, what was there before is still being counted, up to
    the example `upto`, None before the first.
    """

    place: str
    open: bool = False
    upto: int | None = None
    told: Mapping[int, int] = field(default_factory=dict)
    first: Mapping[int, int | None] = field(default_factory=dict)


@lru_cache(1000)
def unpack(note: bytes | None) -> Watch | None:
    """As it was."""
    if note is None:
        return None
    place, is_open, upto, lengths = json.loads(note)
    told = {length: cut for length, cut, _ in lengths}
    return Watch(place, is_open, upto, told, {length: first for length, _, first in lengths})


def pack(watch: Watch) -> bytes:
    """As it is kept in a note."""
    lengths = [(length, cut, watch.first.get(length)) for length, cut in watch.told.items()]
    return json.dumps([watch.place, watch.open, watch.upto, lengths], separators=(",", ":")).encode()


def lengths_of(review: Review) -> list[int]:
    """How long an answer may wait before something is said, the longest is the whole time allowed."""
    early = {review.within - one for one in review.remind if one < review.within}
    return sorted(length // _TICK for length in {*early, review.within})


def due_at(review: Review, at: int, length: int) -> int:
    """When what has waited since `at` has done so for that long."""
    return to_micros(review.hours.add(from_micros(at), length * _TICK))


@lru_cache(1000)
def too_late_since(review: Review, length: int, now: datetime) -> int:
    """What has waited since then, or longer, has waited for that long by now; the last such instant."""
    low, high = to_micros(now - _AGES), to_micros(now)
    if review.hours.between(from_micros(low), now) < length * _TICK:
        return low
    while high - low > 1:
        middle = (low + high) // 2
        if review.hours.between(from_micros(middle), now) >= length * _TICK:
            low = middle
        else:
            high = middle
    return low
