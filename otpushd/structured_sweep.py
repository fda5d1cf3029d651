"""The sweep of one source's structured storage; the sibling of sweep.py.

Nothing that it finds waits: where a row is not the one that was taken, structured storage is read again from before it,
and the records tell what is new. It commits nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from otpushd.detect.identity import is_recorded
from otpushd.detect.structured_sweep import again_from, compare_again, end_of, is_correction, swept
from otpushd.detect.sweep import Pace
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.record import Record
from otpushd.model.row import Page
from otpushd.past import Past

log = structlog.get_logger()


@dataclass(slots=True)
class StructuredSweep:
    """Between two pages. `doubted` is what was found and is believed when it is found once more, after a look at what
    is new: that look shows corrections which are no damage.
    """

    name: str
    past: Past
    clock: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)
    doubted: tuple[tuple[int, Record], ...] = ()

    async def back(self, memory: SourceMemory, page: Page) -> Step | None:
        """What to commit instead of taking the structured part of `page`, if the row at the mark is not the one that
        was taken there: it is read again from the last row that still is. Raises SourceUnavailable.
        """
        looked, known = page.structured, memory.structured
        if looked is None or looked.below is None:
            return None
        rows = [one.row for one in memory.datasets.values()] if page.datasets is None else page.datasets
        datasets, below = {row.id: row for row in rows}, looked.below
        records, _ = await self.past.records(below.id - 1, below.id)
        if is_recorded(below, datasets, records) or is_correction(looked, known, datasets, records):
            return None
        common = await self.past.common(below.id - 1, datasets, page.fingerprint)
        log.warning("rows_replaced", source=self.name, storage="structured", from_row=common, to_row=known.links.mark)
        self.pace = Pace()
        return Step(again_from(memory, common), structured=True)

    async def turn(
        self, memory: SourceMemory, state: tuple[int, ...] | None, fingerprint: tuple[int, ...] | None
    ) -> Step | None:
        """What the next page leads to; None where none is due. `state` and `fingerprint` are the last page's.

        Raises SourceUnavailable.
        """
        known = memory.structured
        if not self.pace.due(end_of(known), known.swept, state, self.clock()):
            return None
        tick = asyncio.get_running_loop().time
        began = tick()
        reread = await self.past.rows(known.swept, end_of(known), fingerprint)
        records, upto = await self.past.records(known.swept, reread.upto)
        if reread.changed:
            return None
        compared, now = compare_again(memory, reread, records, upto), self.clock()
        if compared.records and compared.records != self.doubted:
            self.doubted = compared.records
            return None
        if compared.fresh:
            datasets = {number: one.row for number, one in memory.datasets.items()}
            common = await self.past.common(compared.fresh[0].id - 1, datasets, fingerprint)
            log.warning("rows_missed", source=self.name, storage="structured", from_row=common)
            return Step(again_from(memory, common), structured=True)
        done = swept(self.name, memory, compared, upto, now)
        self.pace = self.pace.after(
            known.swept, done.memory.structured.swept, state, timedelta(seconds=tick() - began), now
        )
        return done
