"""Timers: when to look at a dataset although nothing came in. They are derived anew whenever something changes.

A detector says which timers there are to be, and what one means when it rings. A timer's name holds all that it hangs
on, a deadline's instant say: a deadline that was moved is another timer, and the old one is forgotten. What had passed
before the plan named it never rings; what passed while the daemon was away rings late.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from otpushd.derive.seen import Around, Standing
from otpushd.model.event import Event
from otpushd.model.instants import to_micros
from otpushd.model.ledger import RUNG, Ledger


class Clockwork(Protocol):
    """A module of a detector that has timers, all under the name WHOSE_TIMERS."""

    WHOSE_TIMERS: str

    def timers(self, standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
        """What its timers are about, and when they ring, in microseconds since 1970."""
        ...

    def ring(self, about: str, standing: Standing, around: Around) -> Iterator[Event]:
        """What one means that rings."""
        ...


def set_timers(standing: Standing, around: Around, clockworks: Iterable[Clockwork]) -> None:
    """Bring the timers of a dataset up to date."""
    now = to_micros(around.now)
    ledger = around.ledger
    wanted = {
        (standing.dataset, each.WHOSE_TIMERS, about): at
        for each in clockworks
        for about, at in each.timers(standing, around)
    }
    for key, at in ledger.timers_of(standing.dataset).items():
        if at != RUNG and key not in wanted:
            ledger.set_timer(*key, None)
    for key, at in wanted.items():
        before = ledger.timers.get(key)
        if before is None:
            ledger.set_timer(*key, at if at > now else RUNG)
        elif before != RUNG:
            ledger.set_timer(*key, at)


def ring(standing: Standing, around: Around, clockworks: Iterable[Clockwork]) -> list[Event]:
    """Ring all timers of a dataset that are due, the earliest first, and bring them up to date."""
    by_name = {each.WHOSE_TIMERS: each for each in clockworks}
    events: list[Event] = []
    for key in _due(around.ledger, standing.dataset, to_micros(around.now)):
        if around.ledger.timers.get(key) == RUNG:
            continue
        _, whose, about = key
        around.ledger.set_timer(*key, RUNG)
        if whose in by_name:
            events += by_name[whose].ring(about, standing, around)
    set_timers(standing, around, by_name.values())
    return events


def _due(ledger: Ledger, dataset: int, now: int) -> list[tuple[int, str, str]]:
    return [key for key, at in ledger.timers_of(dataset).items() if at <= now]
