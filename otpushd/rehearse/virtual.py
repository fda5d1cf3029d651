"""Events given in a test, in virtual time: with what they lead to, and with the timers that ring between them.

The daemon's detectors, on a ledger that holds everything and is thrown away.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from otpushd.derive.derive import begun, derive, rung
from otpushd.derive.seen import Around
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.glob import is_glob
from otpushd.model.instants import from_micros
from otpushd.model.ledger import RUNG, Ledger, incarnation_of_name
from otpushd.model.plan import Plan

SOURCE = "test"


def play(moments: Iterable[tuple[datetime, Event | None]], plan: Plan) -> Iterator[Event]:
    """Everything that is announced, in order. A moment without an event only moves time.

    Datasets that the plan names, rather than matches by a glob, are there from the first moment on.
    """
    ledger: Ledger | None = None
    for at, event in moments:
        if ledger is None:
            ledger = Ledger()
            named = [entry.pattern for entry in plan.entries if not is_glob(entry.pattern)]
            begun([(incarnation_of_name(SOURCE, name), SOURCE, name) for name in named], Around(ledger, plan, at))
        yield from _until(at, ledger, plan)
        if event is not None:
            number = incarnation_of_name(SOURCE, event.dataset) if event.dataset else 0
            yield from derive([Fact(event, number, at)], Around(ledger, plan, at))


def _until(now: datetime, ledger: Ledger, plan: Plan) -> Iterator[Event]:
    """Ring what is due before `now`, each at its own time."""
    while (at := min(ledger.timers.values(), default=RUNG)) != RUNG and from_micros(at) <= now:
        yield from rung(Around(ledger, plan, from_micros(at)))
