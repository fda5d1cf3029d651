"""How often a person may be told something: so many within so long, in several tiers. A window is (t - per, t]."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count`, one or more, within any window that is `per` long."""

    count: int
    per: timedelta


def free_at(rates: Sequence[Rate], times: Sequence[datetime], now: datetime) -> datetime:
    """The earliest instant, `now` or later, at which one more may go after those that went at `times`.

    Times may come in any order. One that is yet to come counts too: no window that holds it gets too many either.
    """
    ordered = sorted(times)
    return max([now, *(ordered[-rate.count] + rate.per for rate in rates if len(ordered) >= rate.count)])


def kept(rates: Sequence[Rate], times: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """The times that `free_at` can still need at `now` or later, in order: never more than the largest count."""
    ordered = sorted(times)
    needed = max((_needed(rate, ordered, now) for rate in rates), default=0)
    return tuple(ordered[len(ordered) - needed :])


def _needed(rate: Rate, ordered: Sequence[datetime], now: datetime) -> int:
    """How many of the last ones: no more than its count, none that lies outside every window from now on."""
    return sum(time + rate.per > now for time in ordered[-rate.count :])
