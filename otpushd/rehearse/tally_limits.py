"""Where a person would get more messages than the push services behind a gateway let through. Pure.

The numbers are those of Firebase Cloud Messaging, per app and device (firebase.google.com/docs/cloud-messaging/
throttling-and-quotas; opentext.md 1.6): whatever a gateway takes, it cannot deliver more. A person may have several
devices; each gets every message.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from otpushd.model.instants import MICROSECOND, from_micros

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` at once, and then one every `every`; or, if that is None, at most `most` in each `window`."""

    words: str
    most: int
    every: timedelta | None = None
    window: timedelta = timedelta()


LIMITS = (
    Limit("20 collapsible messages at once and then one every 3 minutes", 20, every=timedelta(minutes=3)),
    Limit("240 messages a minute", 240, window=timedelta(minutes=1)),
    Limit("5,000 messages an hour", 5_000, window=timedelta(hours=1)),
)


@dataclass(frozen=True, slots=True)
class Beyond:
    """One person's messages on one channel that a limit would not have let through: how many, since when."""

    channel: str
    person: str
    limit: Limit
    count: int
    first: datetime


def beyond(times: Mapping[tuple[str, str], Iterable[int]]) -> Iterator[Beyond]:
    """Every limit that somebody meets. `times` are, by channel and person, in microseconds since 1970, in any order."""
    for (channel, person), each in sorted(times.items()):
        ordered = sorted(each)
        for limit in LIMITS:
            late = list(_late(ordered, limit)) if len(ordered) > limit.most else []
            if late:
                yield Beyond(channel, person, limit, len(late), from_micros(late[0]))


def told(found: Iterable[Beyond]) -> Iterator[tuple[str, str]]:
    """A channel and a sentence for each limit that is met on it, most affected people first."""
    by_limit: dict[tuple[str, str], list[Beyond]] = {}
    for one in found:
        by_limit.setdefault((one.channel, one.limit.words), []).append(one)
    for (channel, words), all_of_it in by_limit.items():
        ordered = sorted(all_of_it, key=lambda one: (-one.count, one.person))
        named = [
            f"{one.count:,} for {one.person} (first {one.first:%Y-%m-%d %H:%M} UTC)" for one in ordered[:MOST_NAMED]
        ]
        more = f" and some for {len(ordered) - MOST_NAMED:,} more" if len(ordered) > MOST_NAMED else ""
        text = (
            f"push services let through to a phone {words}; in this rehearsal too many come: {', '.join(named)}{more}"
        )
        yield channel, f"{text}; `collect` them in the rules, or set `rates` here"


def _late(ordered: Sequence[int], limit: Limit) -> Iterator[int]:
    return _drained(ordered, limit.most, limit.every) if limit.every else _crowded(ordered, limit.most, limit.window)


def _drained(ordered: Sequence[int], most: int, every: timedelta) -> Iterator[int]:
    """Those that come when nothing is left of `most`, of which one comes back each time that `every` has passed."""
    step = every // MICROSECOND
    full = ordered[0]  # when all of it would be back
    for at in ordered:
        if full - at > (most - 1) * step:
            yield at
        else:
            full = max(full, at) + step


def _crowded(ordered: Sequence[int], most: int, window: timedelta) -> Iterator[int]:
    """Those before which `most` were let through within the window."""
    passed: deque[int] = deque()
    for at in ordered:
        while passed and passed[0] <= at - window // MICROSECOND:
            passed.popleft()
        if len(passed) < most:
            passed.append(at)
        else:
            yield at
