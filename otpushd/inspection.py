"""The inspection of one source: examples whose save must have ended long ago, and what they are linked to.

Slow and cheap: a page of rows by key, once in minutes, and of the examples above a remembered id alone. An example
bears no time, so one is old that was there when the largest id was looked up, a grace ago. It reads both databases and
commits nothing; what is wrong is decided in `detect/halves.py`, what is told of it in `derive/inspected.py`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from otpushd.derive.inspected import source_number, told
from otpushd.derive.seen import Around
from otpushd.detect.halves import Half, halves
from otpushd.model.examples import Examples
from otpushd.model.ledger import Ledger, Wanted
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.model.row import DatasetRow
from otpushd.prodigy.source import Source
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.store.ledger import load_ledger
from otpushd.store.opening import Database
from otpushd.thinking import Thinking

R = TypeVar("R")
WHOSE = "inspection"
GRACE = timedelta(minutes=5)
"""A large import is three commits, too, and may take minutes from the first to the last."""
SOON = timedelta(seconds=1)
PAGES = 4
"""At one look; more wait for the next, so that what is new never waits for long."""
OVERLAP = 50
"""So many examples before a page tell what batch its first ones are of."""
STORAGES = {"classic": False, "structured": True}
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Frontier:
    """The largest example id at a moment, and the datasets there were, each with whether it had structured rows."""

    highest: int
    at: datetime
    datasets: frozenset[tuple[DatasetRow, bool]]


@dataclass(slots=True)
class Inspection:
    """Between two looks. A frontier is forgotten when the daemon ends: the grace then begins anew."""

    thinking: Thinking
    source: Source
    database: Database
    reader: Executor
    writer: Executor
    next_at: datetime | None = None
    frontiers: dict[str, Frontier] = field(default_factory=dict)

    async def turn(self, memory: SourceMemory, now: datetime) -> Outcome | None:
        """What to commit, None where nothing is due or nothing changed. A source that cannot be read is left alone."""
        if self.next_at is not None and now < self.next_at <= now + GRACE:
            return None
        self.next_at = now + GRACE
        wanted = Wanted(datasets=frozenset({source_number(self.thinking.source)}))
        ledger = await self._in(self.writer, load_ledger, self.database, wanted)
        found: list[Half] = []
        try:
            for storage in STORAGES:
                found += await self._look(storage, memory, ledger, now)
        except (SourceUnavailable, TimeoutError):
            self.next_at = now + SOON
            return None
        events = told(found, self.thinking.source, Around(ledger, self.thinking.plan, now))
        if not ledger.noted:
            return None
        return self.thinking.route(Step(memory, events=tuple(events)), now, ledger)

    async def _look(self, storage: str, memory: SourceMemory, ledger: Ledger, now: datetime) -> list[Half]:
        """What is wrong with the examples behind the frontier; and a new frontier, once all of them were seen."""
        number = source_number(self.thinking.source)
        note, frontier = ledger.note(number, WHOSE, storage), self.frontiers.get(storage)
        seen, found = None if note is None else int(note), list[Half]()
        if seen is not None and frontier is not None and now >= frontier.at + GRACE and seen < frontier.highest:
            seen, found = await self._old(storage, seen, frontier, memory)
            ledger.put(number, WHOSE, storage, b"%d" % seen)
            if seen < frontier.highest:
                self.next_at = now + SOON
                return found
        if (page := await self._examples(0, 0, storage)) is None:
            return found
        if seen is None or seen > page.highest:  # what was there before us is history; ids that fell begin anew
            ledger.put(number, WHOSE, storage, b"%d" % page.highest)
        self.frontiers[storage] = Frontier(page.highest, now, _datasets(memory))
        return found

    async def _old(self, storage: str, seen: int, frontier: Frontier, memory: SourceMemory) -> tuple[int, list[Half]]:
        """Some pages of the examples behind the frontier: up to which id they were seen, and what is wrong there."""
        datasets = {one.row.id: one.row for one in memory.datasets.values()}
        explained, found = not frontier.datasets <= _datasets(memory), list[Half]()
        for _ in range(PAGES):
            if seen >= frontier.highest:
                break
            page = await self._examples(max(0, seen - OVERLAP), frontier.highest, storage)
            if page is None:
                return frontier.highest, found
            found += halves(page.rows, seen, datasets, explained=explained)
            seen = max(seen, page.upto)
        return seen, found

    async def _examples(self, above: int, upto: int, storage: str) -> Examples | None:
        asked = self._in(self.reader, lambda: self.source.examples(above, upto, structured=STORAGES[storage]))
        return await asyncio.wait_for(asked, PATIENCE_SECONDS)

    async def _in(self, thread: Executor, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(thread, call, *args)


def _datasets(memory: SourceMemory) -> frozenset[tuple[DatasetRow, bool]]:
    return frozenset((one.row, one.structured) for one in memory.datasets.values())
