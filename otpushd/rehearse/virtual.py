"""Events given in a test, in virtual time: with what they lead to, and with the timers that ring between them.

The daemon's detectors, on a ledger that holds everything and is thrown away.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from otpushd.derive.derive import derive
from otpushd.derive.groups import Group, groups_of
from otpushd.derive.rounds import begun, bring_up_groups, rung
from otpushd.derive.seen import Around
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.glob import is_glob
from otpushd.model.instants import from_micros
from otpushd.model.ledger import RUNG, Ledger, incarnation_of_name
from otpushd.model.plan import Plan
from otpushd.rehearse.stage import Moment

SOURCE = "test"
_NO_GROUPS: Mapping[int, Group] = MappingProxyType({})
_NO_EXAMPLE = 1 << 41
"""Rows without a number of their own come after those that have one."""


def play(moments: Iterable[Moment], plan: Plan) -> Iterator[Moment]:
    """Everything that is announced, in order, each at its time. A moment without an event only moves time, here as in
    what comes of it.

    Datasets that the plan names, rather than matches by a glob, are there from the first moment on.
    """
    ledger, groups, sources = Ledger(), dict[int, Group](), set[str]()
    rows: dict[tuple[str | None, int], str | None] = {}
    for number, (at, event) in enumerate(moments):
        around = Around(ledger, plan, at)
        if not number:
            named = [entry.pattern for entry in plan.entries if not is_glob(entry.pattern)]
            begun([(incarnation_of_name(SOURCE, name), SOURCE, name) for name in named], around)
        source = SOURCE if event is None else event.source
        if source not in sources:
            sources.add(source)
            new = groups_of(plan, source)
            groups.update(new)
            bring_up_groups(new.values(), around)
        yield from _told(until(at, ledger, plan, groups))
        if event is None:
            yield at, None
        else:
            incarnation = incarnation_of_name(SOURCE, event.dataset) if event.dataset else 0
            place = _place(event, rows, _NO_EXAMPLE + number)
            yield from _told(derive([Fact(event, incarnation, at, place=place)], around))
            yield from _told(until(at, ledger, plan, groups))


def _told(events: Iterable[Event]) -> Iterator[Moment]:
    return ((event.time, event) for event in events)


def _place(event: Event, rows: dict[tuple[str | None, int], str | None], otherwise: int) -> int:
    """Each given answer is a row of its own, also where its `example` is left out, or was given for somebody else."""
    example = event.data.get("example")
    if not isinstance(example, int):
        return otherwise
    person = event.data.get("annotator")
    return example if rows.setdefault((event.dataset, example), person) == person else otherwise


def until(now: datetime, ledger: Ledger, plan: Plan, groups: Mapping[int, Group] = _NO_GROUPS) -> Iterator[Event]:
    """What the timers in a ledger lead to that are due by `now`, each rung at its own time."""
    while (at := min(ledger.timers.values(), default=RUNG)) != RUNG and from_micros(at) <= now:
        due = list({key[0]: None for key, when in ledger.timers.items() if when <= at})
        yield from rung(due, groups, Around(ledger, plan, from_micros(at)))
