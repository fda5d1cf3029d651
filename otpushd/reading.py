"""A read of a source that may hang, in a dead network mount say: it is left alone and asked about at the next poll."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from otpushd.model.row import Page
from otpushd.prodigy.unavailable import NOT_ANSWERING, SourceUnavailable


@dataclass(slots=True)
class Reading:
    """One read at a time, in the source's own thread."""

    reader: Executor
    under_way: asyncio.Future[Page] | None = None

    async def page(self, read: Callable[[], Page], patience: float) -> Page:
        """What `read` brings, or the read that is under way already: that fits as long as nothing but the outage is
        remembered meanwhile. Raises SourceUnavailable after `patience`, in seconds.
        """
        if self.under_way is None:
            self.under_way = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(self.reader, read))
        done, _ = await asyncio.wait({self.under_way}, timeout=patience)
        if not done:
            raise SourceUnavailable("not_answering", NOT_ANSWERING)
        ended, self.under_way = self.under_way, None
        return ended.result()

    def forget(self) -> None:
        """What it brings would not fit any more."""
        if self.under_way is not None:
            self.under_way.cancel()
            self.under_way = None
