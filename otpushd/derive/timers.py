"""Timers: when to look at a dataset although nothing came in. They are derived anew whenever something changes.

A detector says which timers there are to be, and what one means when it rings. A timer's name holds all that it hangs
on, a deadline's instant say: a deadline that was moved is another timer, and the old one is forgotten. One whose time
had passed when it was first wanted never rings: that is how it is with what had passed before the plan named it. Who
wants one to ring although its time has passed lets it ring a microsecond from now.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from otpushd.derive.seen import Around, Standing
from otpushd.model.event import Event
from otpushd.model.instants import to_micros
from otpushd.model.ledger import RUNG, Ledger, TimerKey

Wanted = dict[TimerKey, int]
Ring = Callable[[str, str], Iterable[Event]]
"""What one leads to, given whose it is and what it is about."""


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
    number = standing.dataset
    wanted = {
        (number, each.WHOSE_TIMERS, about): at for each in clockworks for about, at in each.timers(standing, around)
    }
    bring_up(number, wanted, around.ledger, to_micros(around.now))


def ring(standing: Standing, around: Around, clockworks: Iterable[Clockwork]) -> list[Event]:
    """Ring all timers of a dataset that are due, the earliest first, and bring them up to date."""
    by_name = {each.WHOSE_TIMERS: each for each in clockworks}
    events = ring_due(
        standing.dataset,
        around,
        lambda whose, about: by_name[whose].ring(about, standing, around) if whose in by_name else (),
    )
    set_timers(standing, around, by_name.values())
    return events


def bring_up(number: int, wanted: Wanted, ledger: Ledger, now: int) -> None:
    """Forget what is not wanted any more, also that it rang, and set what is. What is due by now stays so."""
    for key in ledger.timers_of(number):
        if key not in wanted:
            ledger.set_timer(*key, None)
    for key, at in wanted.items():
        before = ledger.timers.get(key)
        if before is None:
            ledger.set_timer(*key, at if at > now else RUNG)
        elif now < before < RUNG:
            ledger.set_timer(*key, at)


def ring_due(number: int, around: Around, ring_one: Ring) -> list[Event]:
    """Ring what is due under a number, the earliest first. Each may take back what comes behind it."""
    ledger, now = around.ledger, to_micros(around.now)
    events: list[Event] = []
    for key in [key for key, at in ledger.timers_of(number).items() if at <= now]:
        if ledger.timers.get(key, RUNG) == RUNG:
            continue
        ledger.set_timer(*key, RUNG)
        events += ring_one(key[1], key[2])
    return events


def forget(number: int, ledger: Ledger) -> None:
    """There is nothing any more that its timers could be about."""
    for key in ledger.timers_of(number):
        ledger.set_timer(*key, None)


def silence_due(number: int, ledger: Ledger, now: int) -> None:
    """Let what is due under a number ring no more."""
    for key, at in ledger.timers_of(number).items():
        if at <= now:
            ledger.set_timer(*key, RUNG)
