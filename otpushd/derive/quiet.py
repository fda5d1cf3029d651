"""Not one message a row: of one problem in one place the first is told, further ones are counted for an hour. Pure.

When the hour is over, what was counted is told with its number, and another hour begins; where nothing was, the next is
a first one again.
"""

import json
from dataclasses import dataclass, replace
from typing import NamedTuple

from otpushd.model.ledger import HOUR


class Tidings(NamedTuple):
    """What is to be told: how it reads, one of the examples, and how often it was seen."""

    detail: str
    example: int | None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Quiet:
    """An hour that began at `since`, in microseconds since 1970. `count` were held back; `last` is the last of them."""

    since: int
    count: int = 0
    last: Tidings | None = None

    @property
    def until(self) -> int:
        """When it is over."""
        return self.since + HOUR


def hear(quiet: Quiet | None, news: Tidings, now: int) -> tuple[Quiet, Tidings | None]:
    """What follows from one more: the quiet afterwards, and what is to be told. A clock set back ends it, too."""
    if quiet is None:
        return Quiet(now), news
    held = replace(quiet, count=quiet.count + news.times, last=news)
    if quiet.since <= now < quiet.until:
        return held, None
    return Quiet(now), _summed(held)


def end(quiet: Quiet, now: int) -> tuple[Quiet | None, Tidings | None]:
    """What follows when the hour is over."""
    return (Quiet(now), _summed(quiet)) if quiet.count else (None, None)


def _summed(quiet: Quiet) -> Tidings:
    detail, example, _ = quiet.last or Tidings("", None)
    return Tidings(f"{quiet.count} more since it was last told, the latest: {detail}", example, quiet.count)


def pack(quiet: Quiet) -> bytes:
    """As it is kept in a note."""
    return json.dumps([quiet.since, quiet.count, *(quiet.last or ())], separators=(",", ":")).encode()


def unpack(note: bytes | None) -> Quiet | None:
    """As it was."""
    if note is None:
        return None
    since, count, *last = json.loads(note)
    return Quiet(since, count, Tidings(*last) if last else None)
