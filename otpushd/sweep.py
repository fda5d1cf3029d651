"""The sweep of one source: old rows are read again and compared with the records of them, a page at a time.

It reads both databases and commits nothing: what a page leads to goes back to the polling loop. What to make of the
differences is decided in `detect/sweep.py` and `detect/identity.py`, when the next page is due in `detect/sweep.py`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from otpushd.detect.identity import is_recorded, last_in_common
from otpushd.detect.sweep import Pace, end_of, swept
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.record import GONE, Record
from otpushd.model.row import Page
from otpushd.past import Past

log = structlog.get_logger()
MOST_WAITING = 1000
"""So many rows may wait for their person before the sweep brings more: all of them are asked about at the next look."""


@dataclass(slots=True)
class Sweep:
    """The sweep of one source, between two pages. `doubted` are rows that were found to be gone: they are when they
    still are after a look at what is new. A migration takes classic rows away in the commit that brings their copies.
    """

    name: str
    past: Past
    clock: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)
    doubted: tuple[tuple[int, Record], ...] = ()

    async def back(self, memory: SourceMemory, page: Page) -> Step | None:
        """What to commit before `page` is taken, if the last rows that were taken are not those that stand there.

        From the last row that still is, the sweep goes on without rest. Once what is new is taken, nothing there would
        tell any more. What was taken above the mark is read again then, and where a dataset is gone, which may be the
        sign of another database.
        """
        if page.datasets is None and not page.below:  # an idle look costs the same however many datasets there are
            return None
        rows = [one.row for one in memory.datasets.values()] if page.datasets is None else page.datasets
        datasets = {row.id: row for row in rows}
        below = [row for row in page.below if row.id <= memory.mark or row.id in memory.taken]
        common = None
        if below:
            lowest = below[0].id
            records, _ = await self.past.records(lowest - 1, below[-1].id)
            if not all(is_recorded(row, datasets, records) for row in below):
                common = last_in_common(below, datasets, records) or (
                    await self.past.common(lowest - 1, datasets, page.fingerprint)
                )
        doubtful = memory.taken and any(datasets.get(number) != one.row for number, one in memory.datasets.items())
        if common is None and not doubtful:
            return None
        if common is not None:
            log.warning("rows_replaced", source=self.name, from_row=common, to_row=end_of(memory))
        self.pace = Pace()
        above = memory.mark if common is None else common
        if memory.recheck_to:  # an earlier such pass is not at its end
            above = min(above, memory.swept)
        back = replace(memory, swept=above, recheck_to=end_of(memory), taken=frozenset())
        return Step(back, closed=len(memory.taken))

    async def turn(
        self, memory: SourceMemory, state: tuple[int, ...] | None, fingerprint: tuple[int, ...] | None
    ) -> Step | None:
        """What the next page leads to; None where none is due. `state` and `fingerprint` are the last page's.

        Raises SourceUnavailable.
        """
        due = memory.recheck_to or self.pace.due(end_of(memory), memory.swept, state, self.clock())
        if len(memory.waiting) >= MOST_WAITING or not due:
            return None
        tick = asyncio.get_running_loop().time
        began = tick()
        reread = await self.past.rows(memory.swept, end_of(memory), fingerprint)
        records, upto = await self.past.records(memory.swept, reread.upto)
        now = self.clock()
        done = None if reread.changed else swept(self.name, memory, reread, records, upto, now)
        if done is None:
            return None
        doubted = done.records != self.doubted and any(record.dataset == GONE for _, record in done.records)
        if doubted:
            self.doubted = done.records
            done = swept(self.name, memory, reread, records, upto, now, whole=False)
            if done is None or not done.held:  # what was missed waits for no second look: it may be gone by then
                return None
        if done.memory.recheck_to and not memory.recheck_to:
            datasets = {number: one.row for number, one in memory.datasets.items()}
            common = await self.past.common(memory.swept, datasets, fingerprint)
            log.warning("rows_missed", source=self.name, from_row=common, count=len(done.held))
            done, self.pace = replace(done, memory=replace(done.memory, swept=common)), Pace()
        elif not doubted:
            self.pace = self.pace.after(memory.swept, done.memory.swept, state, timedelta(seconds=tick() - began), now)
        return done
