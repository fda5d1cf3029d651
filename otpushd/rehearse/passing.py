"""Time that passes in a replay: timers that ring between the rows, each at its own time, on a store in memory.

They are brought up to date once an hour of history, not with every row, which would cost as much as all the rest: what
rings may come a few rows late, but says the right time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otpushd.bell import load_due
from otpushd.derive.derive import news
from otpushd.derive.groups import Group, groups_of
from otpushd.derive.rounds import bring_up_datasets, bring_up_groups, rung
from otpushd.derive.seen import ANSWER_SAVED, EXAMPLE_ADDED, Around
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.ledger import RUNG, Ledger, NoteKey
from otpushd.model.opened import Opened
from otpushd.model.plan import Plan
from otpushd.store.ledger import due_datasets, next_timer, save_ledger
from otpushd.store.opening import Database

_STEP = timedelta(hours=1)


@dataclass(slots=True)
class Passing:
    """`load` gives the ledger of the page under way, `names` the incarnations of all datasets by name. `settled` is up
    to when timers rang, `touched` are the datasets whose timers may have changed since.
    """

    source: str
    plan: Plan
    scratch: Database
    alone: bool = True
    load: Callable[[], Ledger] = Ledger
    names: Callable[[], Mapping[str, int]] = dict
    ledger: Ledger = field(default_factory=Ledger)
    touched: set[int] = field(default_factory=set)
    now: datetime | None = None
    settled: datetime | None = None
    opened: dict[NoteKey, Opened] = field(default_factory=dict)
    """Notes that are open stay so until the end: nobody else looks, and to write and read them for each page costs as
    much as what they are needed for."""
    groups: dict[int, Group] = field(init=False)

    def __post_init__(self) -> None:
        """The groups of a plan are always the same."""
        self.groups = groups_of(self.plan, self.source)

    def turn(self, load: Callable[[], Ledger], names: Callable[[], Mapping[str, int]]) -> None:
        """Another page begins."""
        self._bring_up()
        self._save(self.ledger)
        self.load, self.names = load, names
        self.ledger = self._with_opened(load())

    def take(self, fact: Fact) -> Iterator[Event]:
        """A fact, and what it leads to; before it whatever rang until then. Time never runs backwards, and only rows
        move it: all datasets and sessions are told of first, be they from the last day.
        """
        if fact.event.type in (ANSWER_SAVED, EXAMPLE_ADDED):
            yield from self._move(fact.at)
            self.touched.add(fact.dataset)
        yield from news((fact,), Around(self.ledger, self.plan, fact.at, alone=self.alone))

    def until(self, when: datetime) -> Iterator[Event]:
        """Let time pass."""
        if self.now is None:
            return
        self._bring_up()
        self.settled = when
        if min(self._next(), min(self.ledger.timers.values(), default=RUNG)) > to_micros(when):
            return
        self._save(self.ledger)
        while (at := self._next()) <= to_micros(when):
            self.now = max(self.now, from_micros(at))
            yield from self._ring(self.now)
        self.ledger = self._with_opened(self.load())

    def _move(self, at: datetime) -> Iterator[Event]:
        if self.settled is None:
            self.now = self.settled = at
            bring_up_groups(self.groups.values(), self._around())
        elif at - self.settled >= _STEP:
            yield from self.until(at)
        self.now = max(at, self.now or at)

    def _ring(self, now: datetime) -> Iterator[Event]:
        due = due_datasets(self.scratch, self.source, to_micros(now))
        ledger = self._with_opened(load_due(self.scratch, due, self.groups, self.names(), self.plan, now))
        yield from rung(due, self.groups, Around(ledger, self.plan, now, alone=self.alone))
        self._save(ledger)

    def _bring_up(self) -> None:
        if self.now is not None:
            bring_up_datasets(sorted(self.touched & self.ledger.tallies.keys()), self._around())
        self.touched.clear()
        self.ledger.stirred.clear()

    def _next(self) -> int:
        at = next_timer(self.scratch, self.source)
        return RUNG if at is None else at

    def _with_opened(self, ledger: Ledger) -> Ledger:
        ledger.opened = self.opened
        return ledger

    def _save(self, ledger: Ledger) -> None:
        self.opened, ledger.opened = ledger.opened, {}
        save_ledger(self.scratch, self.source, ledger)

    def _around(self) -> Around:
        assert self.now is not None
        return Around(self.ledger, self.plan, self.now, alone=self.alone)
