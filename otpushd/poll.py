"""Loop 1: a source's rows become events, notifications and memory, in one commit a page. Then a little of the sweep.

It reads, calls and commits; what to make of a page is decided in `detect/` and `routing/`. The only place that knows
both databases, and no transaction of one is open while the other is spoken to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from otpushd.bell import Bell
from otpushd.desk import Desk
from otpushd.detect import outage, structured
from otpushd.detect.step import GRACE, settle
from otpushd.detect.sweep import Pace
from otpushd.door import Door
from otpushd.inspection import Inspection
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.model.row import Page
from otpushd.past import Past
from otpushd.prodigy.source import Source
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.reading import Reading
from otpushd.store import records
from otpushd.store.commit import commit_step
from otpushd.store.hold import Hold, HoldLost
from otpushd.store.ledger import load_ledger
from otpushd.store.memory import load_memory
from otpushd.store.opening import Database
from otpushd.structured_sweep import StructuredSweep
from otpushd.sweep import Sweep
from otpushd.tell import Complaints, tell, tell_committed
from otpushd.tenure import Tenure
from otpushd.thinking import Thinking

R = TypeVar("R")
log = structlog.get_logger()
READ_PATIENCE_SECONDS = 10.0
"""A page takes milliseconds, and a locked file is given up after one second: what takes longer hangs."""
SWEEP_SECONDS = 0.2
"""So long at most before the next look at what is new, also where ids were given out again."""
SWEEPS_REMEMBERED = 100
"""After so many pages it is written down how far the sweep has come, even if it found nothing."""


@dataclass(slots=True)
class SourcePoll:
    """The poll of one source. `reader` is the source's own thread, `writer` the store's; both hold one connection."""

    name: str
    source: Source
    thinking: Thinking
    database: Database
    reader: Executor
    writer: Executor
    clock: Callable[[], datetime]
    wake: Callable[[], object]
    progress: Callable[[str], object] = lambda _: None
    from_beginning: bool = False
    memory: SourceMemory | None = None
    fingerprint: tuple[int, ...] | None = None
    sweeps: int = 0
    patience: float = READ_PATIENCE_SECONDS
    pages: int = 0
    since: datetime | None = None
    stopping: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    reading: Reading = field(init=False)
    tenure: Tenure | None = None
    hold: Hold | None = None
    complaints: Complaints = field(init=False)
    sweep: Sweep = field(init=False)
    bell: Bell = field(init=False)
    desk: Desk = field(init=False)
    door: Door = field(init=False)
    inspection: Inspection = field(init=False)
    structured: StructuredSweep = field(init=False)

    def __post_init__(self) -> None:
        """The sweeps read with what the poll reads with."""
        past = Past(self.name, self.source, self.database, self.reader, self.writer)
        self.complaints = Complaints(self.name)
        self.reading = Reading(self.reader)
        self.bell = Bell(self.thinking, self.database, self.writer)
        self.desk = Desk(self.thinking, self.database, self.writer)
        self.door = Door(self.thinking, self.database, self.writer)
        self.inspection = Inspection(self.thinking, self.source, self.database, self.reader, self.writer)
        self.sweep = Sweep(self.name, past, self.clock)
        past = replace(past, key=records.structured(self.name), structured=True)
        self.structured = StructuredSweep(self.name, past, self.clock)

    @property
    def waiting(self) -> Collection[int]:
        """The link ids of rows that are held back because their person may still become known."""
        return () if self.memory is None else self.memory.waiting.keys()

    @property
    def wake_at(self) -> datetime | None:
        """When there is something to be done, be there anything new or not."""
        return min((at for at in (self.bell.wake_at, self.desk.next_at) if at is not None), default=None)

    async def run(self) -> bool:
        """Read and commit pages until there are no more. Returns whether the source could be read, by whoever polls it.

        What the store raises goes up; the page is then read again at the next call.
        """
        return await self._guarded(self._run)

    async def hear(self) -> bool:
        """Take what was handed in from outside, without a look at the source. Raises what the store does."""
        return await self._guarded(self._hear)

    async def _guarded(self, turn: Callable[[], Awaitable[bool]]) -> bool:
        async with self.turn:
            try:
                return await turn()
            except HoldLost:
                self._forget()
                return True
            except Exception:  # a commit whose answer was lost may have happened, and then the memory is behind it
                self._forget()
                raise

    def follow(self, thinking: Thinking) -> None:
        """Other rules and another plan, from the next decision on: one under way ends with what it began with."""
        self.thinking = self.door.thinking = self.inspection.thinking = thinking
        self.bell.coming = self.desk.coming = thinking

    async def stop(self) -> None:
        """Take no further page, and let go of the source once the page under way is committed."""
        self.stopping = True
        async with self.turn:
            await self._in(self.reader, self.source.close)

    async def _run(self) -> bool:
        readable = await self._look()
        await self._turns(self.bell, self.door, *(self.inspection,) * readable, self.desk)
        return readable

    async def _hear(self) -> bool:
        if await self._remembered() is not None:
            await self._turns(self.door)
        return True

    async def _turns(self, *whose: Bell | Desk | Door | Inspection) -> None:
        for one in whose:
            while self.memory is not None and not self.stopping:
                outcome = await one.turn(self.memory, self.clock())
                if outcome is None:
                    break
                await self._commit(outcome)

    async def _look(self) -> bool:
        last = False
        while not (last or self.stopping):
            memory = await self._remembered()
            if memory is None:
                return True
            began = self.clock()
            try:
                page = await self._read(memory)
                await self._available(page)
                checked = await self._back(page)
            except SourceUnavailable as error:
                await self._unavailable(error)
                return False
            await self._take(checked)
            last = page.whole and checked is page
            self.since = began if last else self.since
        sweeps = (self.sweep, self.structured) if last else ()
        return all([await self._sweep(sweep, page.state) for sweep in sweeps])

    async def _back(self, page: Page) -> Page:
        """Commit what has to be before a page is taken in which the rows at the marks are not those that were taken.

        Returns what there is to be taken of it. Raises SourceUnavailable.
        """
        assert self.memory is not None
        if back := await self.sweep.back(self.memory, page):
            await self._commit(Outcome(back))
            if back.closed:  # what was taken above the mark is read again at once
                page = replace(page, last=False)
        if back := await self.structured.back(self.memory, page):
            await self._commit(Outcome(back))
            return replace(page, structured=None)
        return page

    async def _sweep(self, sweep: Sweep | StructuredSweep, state: tuple[int, ...] | None) -> bool:
        """Some pages of the sweep, so few that what is new never waits for long. Whether the source could be read."""
        tick = asyncio.get_running_loop().time
        end = tick() + SWEEP_SECONDS
        while self.memory is not None and not self.stopping and tick() < end:
            try:
                done = await sweep.turn(self.memory, state, self.fingerprint)
            except SourceUnavailable as error:
                await self._unavailable(error)
                return False
            if done is None:
                break
            self.sweeps += 1
            if done.found(self.memory) or self.sweeps % SWEEPS_REMEMBERED == 0:
                await self._commit(self.thinking.route(done, self.clock()))
            self.memory = done.memory
        return True

    async def _remembered(self) -> SourceMemory | None:
        """The memory, loaded anew if others may have written it since; None while another daemon polls the source."""
        hold = None if self.tenure is None else await self.tenure.ask()
        if hold != self.hold:
            self._forget()
            self.hold = hold
        if self.tenure is not None and hold is None:
            return None
        if self.memory is None:
            self.memory = await self._in(self.writer, load_memory, self.database, self.name)
            if self.from_beginning and self.memory.history_to is not None:
                self.from_beginning = False
                if not self.pages:
                    reason = "the store has seen this source before"
                    log.warning("from_beginning_ignored", source=self.name, reason=reason)
        return self.memory

    def _forget(self) -> None:
        """A read that is still under way is left alone: what it brings would not fit a memory that is loaded anew."""
        self.memory = self.fingerprint = None
        self.bell.forget()
        self.desk.forget()
        self.sweep.pace = self.structured.pace = Pace()
        self.reading.forget()
        if self.tenure is not None:
            self.tenure.doubt()

    async def _read(self, memory: SourceMemory) -> Page:
        """One page."""
        awaited = {waiting.link.example_id for waiting in memory.waiting.values()}
        asked = (memory.mark, awaited, self.fingerprint, memory.taken)
        began = None if memory.history_to is None else memory.began
        read = partial(self.source.read, *asked, structured=memory.structured, began=began)
        return await self.reading.page(read, self.patience)

    async def _take(self, page: Page) -> None:
        memory = self.memory
        assert memory is not None
        idle = not page.links and page.datasets is None and not memory.waiting and page.mark == memory.mark
        if idle and memory.history_to is not None and structured.idle(page.structured, memory.structured):
            self.fingerprint = page.fingerprint
            return
        now, thinking = self.clock(), self.thinking
        before = partial(self._in, self.writer, records.taken_before, self.database)
        recorded = await before(self.name, page.links, memory.recorded_to)
        beside = (*page.structured.links, *page.structured.corrections) if page.structured else ()
        recorded_beside = await before(records.structured(self.name), beside, memory.structured.recorded_to)
        settled = partial(settle, grace=GRACE, from_beginning=self.from_beginning)
        half = await self._in(self.reader, settled, self.name, page, memory, now, recorded, recorded_beside)
        wanted = await self._in(self.reader, thinking.wanted, half)
        ledger = await self._in(self.writer, load_ledger, self.database, wanted)
        outcome = await self._in(self.reader, thinking.page, half, ledger, now, self.since)
        if outcome.step != Step(memory):  # while rows wait for their person, most looks change nothing
            await self._commit(outcome)
        self.fingerprint = page.fingerprint
        self.pages += 1
        tell(self.name, page, memory, outcome, self.pages, self.progress)

    async def _commit(self, outcome: Outcome) -> None:
        posted = await self._in(self.writer, commit_step, self.database, self.name, outcome, self.hold)
        self.memory = outcome.step.memory
        await self.bell.committed(outcome)
        if outcome.posting is not None:
            await self.desk.committed()
        if posted.sent:
            self.wake()
        tell_committed(self.name, outcome, posted.sent, (*outcome.faults, *posted.faults))

    async def _unavailable(self, error: SourceUnavailable) -> None:
        assert self.memory is not None
        self.complaints.unreadable(error.code, error.mend)
        now = self.clock()
        if done := outage.failed(self.name, self.memory, str(error), now):
            await self._commit(self.thinking.route(done, now))

    async def _available(self, page: Page) -> None:
        assert self.memory is not None
        self.complaints.readable(page.notes)
        now = self.clock()
        if done := outage.readable(self.name, self.memory, now):
            await self._commit(self.thinking.route(done, now))

    async def _in(self, thread: Executor, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(thread, call, *args)
