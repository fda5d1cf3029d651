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
_NO_EXAMPLE = 1 << 41
"""Rows without a number of their own come after those that have one."""


def play(moments: Iterable[tuple[datetime, Event | None]], plan: Plan) -> Iterator[Event]:
    """Everything that is announced, in order. A moment without an event only moves time.

    Datasets that the plan names, rather than matches by a glob, are there from the first moment on.
    """
    ledger: Ledger | None = None
    rows: dict[tuple[str | None, int], str | None] = {}
    for turn, (at, event) in enumerate(moments):
        if ledger is None:
            ledger = Ledger()
            named = [entry.pattern for entry in plan.entries if not is_glob(entry.pattern)]
            begun([(incarnation_of_name(SOURCE, name), SOURCE, name) for name in named], Around(ledger, plan, at))
        yield from until(at, ledger, plan)
        if event is not None:
            number = incarnation_of_name(SOURCE, event.dataset) if event.dataset else 0
            place = _place(event, rows, _NO_EXAMPLE + turn)
            yield from derive([Fact(event, number, at, place=place)], Around(ledger, plan, at))


def _place(event: Event, rows: dict[tuple[str | None, int], str | None], otherwise: int) -> int:
    """Each given answer is a row of its own, also where its `example` is left out, or was given for somebody else."""
    example = event.data.get("example")
    if not isinstance(example, int):
        return otherwise
    person = event.data.get("annotator")
    return example if rows.setdefault((event.dataset, example), person) == person else otherwise


def until(now: datetime, ledger: Ledger, plan: Plan) -> Iterator[Event]:
    """What the timers in a ledger lead to that are due by `now`, each rung at its own time."""
    while (at := min(ledger.timers.values(), default=RUNG)) != RUNG and from_micros(at) <= now:
        yield from rung(Around(ledger, plan, from_micros(at)))
