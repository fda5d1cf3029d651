"""The timers of one source: which are due, and what they lead to. It commits nothing, like the sweep.

Timers are rows, because a scheduler forgets a job the moment it starts it. What they mean is decided in `derive/`.
After a start, and after history was read, they are brought up to date with the plan: a few hundred datasets in each
commit, then what is reviewed in them, then what the plan says of several together.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from otpushd.derive import reviews
from otpushd.derive.groups import Group, groups_of, members
from otpushd.derive.rounds import standing_of
from otpushd.derive.seen import Around
from otpushd.detect.step import GRACE
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.ledger import Ledger, Wanted
from otpushd.model.memory import SourceMemory, incarnations
from otpushd.model.outcome import Outcome
from otpushd.model.plan import Plan, PlanEntry
from otpushd.store.ledger import due_datasets, load_ledger, next_timer
from otpushd.store.opening import Database
from otpushd.store.waiting import backlog_upto, load_waiting
from otpushd.thinking import Thinking

R = TypeVar("R")
AT_ONCE = 100
"""So many datasets are brought up to date in one commit."""
BACKLOG, LEAST = 5_000, 100
"""So many answers that were there before the plan named a review are looked at in one commit, and at least so many of
each of its datasets.
"""


@dataclass(slots=True)
class Round:
    """What is still to be brought up to date: datasets, those whose answers are reviewed, groups."""

    datasets: deque[tuple[int, str]]
    reviewed: deque[tuple[int, str]]
    groups: deque[Group]


@dataclass(slots=True)
class Bell:
    """`left` is what is still to be brought up to date with the plan, None before the first look; `next_at` is when the
    next timer rings, None where none is known of. One that is due since `due_since` waits until `put_off` for rows that
    were found by then and still wait for their person: they may be what it is about. `coming` is what it thinks with
    from the next turn on.
    """

    thinking: Thinking
    database: Database
    writer: Executor
    left: Round | None = None
    next_at: datetime | None = None
    due_since: datetime | None = None
    put_off: datetime | None = None
    coming: Thinking | None = None
    groups: dict[int, Group] = field(init=False)

    def __post_init__(self) -> None:
        """The groups of a plan are always the same."""
        self.groups = groups_of(self.thinking.plan, self.thinking.source)

    @property
    def wake_at(self) -> datetime | None:
        """When there is something to be done."""
        return self.next_at if self.next_at is None or self.put_off is None else max(self.next_at, self.put_off)

    def forget(self) -> None:
        """Others may have written since."""
        self.left = self.next_at = self.due_since = self.put_off = None

    async def turn(self, memory: SourceMemory, now: datetime) -> Outcome | None:
        """What to commit next, None where nothing is due. Afterwards call `committed`."""
        if self.coming is not None:
            self._follow(self.coming)
        if memory.history_to is None:  # what there is, is not known yet
            return None
        if self.left is None:
            self.left = self._all(memory)
            await self.committed(None)
        while (outcome := await self._bring_up(self.left, memory, now)) is not None:
            if outcome.ledger is not None and outcome.ledger.is_changed():
                return outcome
        if self.next_at is None or self.next_at > now or self._waits(memory, now):
            return None
        self.due_since = self.put_off = None
        return await self._ring(memory, now)

    async def committed(self, outcome: Outcome | None) -> None:
        """Look when the next timer rings, if that may have changed; and begin anew where there was history."""
        if outcome is not None and outcome.step.facts and outcome.step.facts[0].past:
            self.left = None
        if outcome is None or (outcome.ledger is not None and (outcome.ledger.timed or outcome.ledger.gone)):
            self.next_at = from_micros(await self._in(next_timer, self.database, self.thinking.source))

    def _follow(self, thinking: Thinking) -> None:
        """Bring all timers up to date with another plan, as after a start."""
        self.thinking, self.coming = thinking, None
        self.groups = groups_of(thinking.plan, thinking.source)
        self.forget()

    def _waits(self, memory: SourceMemory, now: datetime) -> bool:
        """Whether rows that were found before are to be read first: never for long, the source may be gone."""
        since = self.due_since = self.due_since or now
        found = [one.first_seen for one in memory.waiting.values() if since - GRACE < one.first_seen <= since]
        self.put_off = min(found) + GRACE if found and since <= now < since + 2 * GRACE else None
        return self.put_off is not None

    def _all(self, memory: SourceMemory) -> Round:
        plan = self.thinking.plan
        datasets = deque(sorted((number, name) for name, number in self._names(memory).items()))
        entries = ((one, plan.entry_for(one[1])) for one in datasets)
        reviewed = deque(one for one, entry in entries if entry is not None and entry.review is not None)
        return Round(datasets, reviewed, deque(self.groups.values()))

    async def _bring_up(self, left: Round, memory: SourceMemory, now: datetime) -> Outcome | None:
        """The next few; None where all is up to date."""
        if left.datasets:
            some = _next(left.datasets)
            ledger = await self._load(number for number, _ in some)
            return self.thinking.begun(memory, some, ledger, now)
        if left.reviewed:
            return await self._reviewed(left, memory, now)
        if left.groups:
            groups = _next(left.groups)
            totals = [one for one in groups if isinstance(one.what, PlanEntry)]
            inside = members(totals, self.thinking.plan, self._names(memory)) if totals else set()
            ledger = await self._load({*inside, *(group.number for group in groups)})
            return self.thinking.grouped(memory, groups, ledger, now)
        return None

    async def _reviewed(self, left: Round, memory: SourceMemory, now: datetime) -> Outcome:
        """A piece of their backlogs; when there is none left, what waits in them."""
        some = list(islice(left.reviewed, AT_ONCE))
        ledger = await self._load(number for number, _ in some)
        around = self.thinking.around(ledger, now)
        standings = [standing_of(number, around) for number, _ in some]
        if uncounted := [one for one in standings if not reviews.is_open(one, ledger)]:
            names, most = self._names(memory), max(LEAST, BACKLOG // len(uncounted))
            for one in uncounted:
                upto = await self._in(backlog_upto, self.database, one.dataset, reviews.counted(one, ledger), most)
                reviews.count(one, names.get(reviews.place(one)), upto, around)
            return self.thinking.outcome(memory, ledger)
        _next(left.reviewed)
        await self._in(load_reviewed, self.database, ledger, self.thinking.plan, now)
        return self.thinking.renewed(memory, standings, ledger, now)

    async def _ring(self, memory: SourceMemory, now: datetime) -> Outcome:
        due = await self._in(due_datasets, self.database, self.thinking.source, to_micros(now))
        names, plan = self._names(memory), self.thinking.plan
        ledger = await self._in(load_due, self.database, due, self.groups, names, plan, now)
        return self.thinking.rung(memory, due, self.groups, ledger, now)

    async def _load(self, datasets: Iterable[int]) -> Ledger:
        return await self._in(load_ledger, self.database, Wanted(datasets=frozenset(datasets)))

    def _names(self, memory: SourceMemory) -> dict[str, int]:
        return incarnations(self.thinking.source, memory)

    async def _in(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.writer, call, *args)


def load_due(
    database: Database,
    due: Collection[int],
    groups: Mapping[int, Group],
    names: Mapping[str, int],
    plan: Plan,
    now: datetime,
) -> Ledger:
    """All that timers may need to ring that are due under some numbers, given all datasets of the source by name."""
    mine = [groups[number] for number in due if number in groups]
    inside = members(mine, plan, names) if mine else set()
    ledger = load_ledger(database, Wanted(datasets=frozenset({*inside, *due}), parts=None))
    load_reviewed(database, ledger, plan, now)
    return ledger


def load_reviewed(database: Database, ledger: Ledger, plan: Plan, now: datetime) -> None:
    """Add what waits for review in the datasets of a ledger."""
    around = Around(ledger, plan, now)
    asked = {number: reviews.cuts(standing_of(number, around), around) for number in ledger.tallies}
    ledger.waits.loaded = load_waiting(database, {number: cuts for number, cuts in asked.items() if cuts})


def _next(queue: deque[R]) -> list[R]:
    """Take some from the front."""
    return [queue.popleft() for _ in range(min(AT_ONCE, len(queue)))]
