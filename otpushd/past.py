"""Rows of one storage that were read before, as they are now and as they were recorded; the sweeps decide."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from otpushd.detect.identity import last_in_common
from otpushd.model.record import Record
from otpushd.model.row import DatasetRow, Reread
from otpushd.prodigy.source import Source
from otpushd.prodigy.unavailable import NOT_ANSWERING, SourceUnavailable
from otpushd.store.opening import Database
from otpushd.store.records import records_between

FIRST_SPAN = 500
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Past:
    """Reads both databases. `reader` is the source's own thread, `writer` the store's; the records are kept under
    `key`.
    """

    key: str
    source: Source
    database: Database
    reader: Executor
    writer: Executor
    structured: bool = False

    async def rows(self, above: int, upto: int, fingerprint: tuple[int, ...] | None) -> Reread:
        """See Source.reread. Raises SourceUnavailable."""
        asked = asyncio.get_running_loop().run_in_executor(
            self.reader, lambda: self.source.reread(above, upto, fingerprint, structured=self.structured)
        )
        try:
            return await asyncio.wait_for(asked, PATIENCE_SECONDS)
        except TimeoutError:
            raise SourceUnavailable("not_answering", NOT_ANSWERING) from None

    async def records(self, above: int, upto: int) -> tuple[dict[int, Record], int]:
        """See records_between."""
        asked = asyncio.get_running_loop().run_in_executor(
            self.writer, records_between, self.database, self.key, above, upto
        )
        return await asked

    async def common(self, upto: int, datasets: Mapping[int, DatasetRow], fingerprint: tuple[int, ...] | None) -> int:
        """An id at or below `upto` whose row is the one recorded, 0 if there is none. It is not always the largest.

        It looks further back each time, because much may have been given out again.
        """
        span, common = FIRST_SPAN, None
        while common is None and upto > 0:
            above = max(0, upto - span)
            reread = await self.rows(above, upto, fingerprint)
            records, _ = await self.records(above, reread.upto)
            common, upto, span = last_in_common(reread.links, datasets, records), above, 2 * span
        return common or 0
