"""The sweep of one source: old rows are read again and compared with the records of them, a page at a time.

It reads both databases and commits nothing: what a page leads to goes back to the polling loop. What to make of the
differences is decided in `detect/sweep.py` and `detect/identity.py`, when the next page is due in `detect/sweep.py`.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from otpushd.detect.identity import last_in_common
from otpushd.detect.sweep import Pace, end_of, swept
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.record import Record
from otpushd.model.row import DatasetRow, Page, Reread
from otpushd.prodigy.source import Source
from otpushd.prodigy.unavailable import NOT_ANSWERING, SourceUnavailable
from otpushd.store.opening import Database
from otpushd.store.records import records_between

log = structlog.get_logger()
MOST_WAITING = 1000
"""So many rows may wait for their person before the sweep brings more: all of them are asked about at the next look."""
FIRST_SPAN = 500
PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Sweep:
    """The sweep of one source, between two pages. `reader` is the source's own thread, `writer` the store's."""

    name: str
    source: Source
    database: Database
    reader: Executor
    writer: Executor
    clock: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)

    async def back(self, memory: SourceMemory, page: Page) -> Step | None:
        """What to commit before `page` is taken, if the row at the mark is not the one that was taken there.

        From the last row that still is, the sweep goes on without rest. Once what is new is taken, nothing at the mark
        would tell any more. What was taken above the mark is read again where a dataset is gone, which may be the sign
        of another database.
        """
        rows = [one.row for one in memory.datasets.values()] if page.datasets is None else page.datasets
        datasets = {row.id: row for row in rows}
        common = memory.mark
        if page.below is not None:
            records, _ = await self._records(page.below.id - 1, page.below.id)
            if last_in_common((page.below,), datasets, records) is None:
                common = await self._common(page.below.id - 1, datasets, page.fingerprint)
        doubtful = memory.taken and any(datasets.get(number) != one.row for number, one in memory.datasets.items())
        if common == memory.mark and not doubtful:
            return None
        if common < memory.mark:
            log.warning("rows_replaced", source=self.name, from_row=common, to_row=memory.mark)
        self.pace = Pace()
        back = replace(memory, swept=common, recheck_to=end_of(memory), taken=frozenset())
        return Step(back, closed=len(memory.taken))

    async def turn(
        self, memory: SourceMemory, state: tuple[int, ...] | None, fingerprint: tuple[int, ...] | None
    ) -> Step | None:
        """What the next page leads to; None where none is due. `state` and `fingerprint` are the last page's.

        Raises SourceUnavailable.
        """
        if len(memory.waiting) >= MOST_WAITING or not self.pace.due(memory, state, self.clock()):
            return None
        tick = asyncio.get_running_loop().time
        began = tick()
        reread = await self._reread(memory.swept, end_of(memory), fingerprint)
        records, upto = await self._records(memory.swept, reread.upto)
        now = self.clock()
        done = None if reread.changed else swept(self.name, memory, reread, records, upto, now)
        if done is None:
            return None
        if done.memory.recheck_to and not memory.recheck_to:
            datasets = {number: one.row for number, one in memory.datasets.items()}
            common = await self._common(memory.swept, datasets, fingerprint)
            log.warning("rows_missed", source=self.name, from_row=common, count=len(done.held))
            done, self.pace = replace(done, memory=replace(done.memory, swept=common)), Pace()
        else:
            self.pace = self.pace.after(memory, done.memory, state, timedelta(seconds=tick() - began), now)
        return done

    async def _common(self, upto: int, datasets: Mapping[int, DatasetRow], fingerprint: tuple[int, ...] | None) -> int:
        """An id at or below `upto` whose row is the one recorded, 0 if there is none. It is not always the largest.

        It looks further back each time, because much may have been given out again.
        """
        span, common = FIRST_SPAN, None
        while common is None and upto > 0:
            above = max(0, upto - span)
            reread = await self._reread(above, upto, fingerprint)
            records, _ = await self._records(above, reread.upto)
            common, upto, span = last_in_common(reread.links, datasets, records), above, 2 * span
        return common or 0

    async def _reread(self, above: int, upto: int, fingerprint: tuple[int, ...] | None) -> Reread:
        asked = asyncio.get_running_loop().run_in_executor(self.reader, self.source.reread, above, upto, fingerprint)
        try:
            return await asyncio.wait_for(asked, PATIENCE_SECONDS)
        except TimeoutError:
            raise SourceUnavailable("not_answering", NOT_ANSWERING) from None

    async def _records(self, above: int, upto: int) -> tuple[dict[int, Record], int]:
        asked = asyncio.get_running_loop().run_in_executor(
            self.writer, records_between, self.database, self.name, above, upto
        )
        return await asked
