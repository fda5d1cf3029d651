"""Whether this daemon polls a source: asked of the store once a second, and told in the log when it changes.

It decides nothing: who polls is a row of the store (store/hold.py).
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

import structlog

from otpushd.store.hold import LEASE, Hold, ask
from otpushd.store.opening import Database

log = structlog.get_logger()
ASK_SECONDS = 1.0


@dataclass(slots=True)
class Tenure:
    """One source's. `holder` is this daemon; `writer` is the store's own thread; `clock` counts seconds."""

    source: str
    holder: str
    database: Database
    writer: Executor
    lease: timedelta = LEASE
    clock: Callable[[], float] = time.monotonic
    known: Hold | None = None
    asked: float | None = None

    async def ask(self) -> Hold | None:
        """The hold on the source; None while another daemon has it. Raises what the store does."""
        now = self.clock()
        if self.asked is None or now - self.asked >= ASK_SECONDS:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self.writer, ask, self.database, self.source, self.holder, self.lease)
            self._tell(found)
            self.known, self.asked = found, now
        return self.known if self.known is not None and self.known.holder == self.holder else None

    def doubt(self) -> None:
        """Ask the store at the next turn, even if that comes within the second."""
        self.asked = None

    def _tell(self, found: Hold) -> None:
        before = self.known
        if found == before or not found.epoch:
            return
        if found.holder == self.holder:
            log.info("source_taken", source=self.source, epoch=found.epoch)
        elif before is not None and before.holder == self.holder:
            log.warning("source_lost", source=self.source, holder=found.holder)
        else:
            log.info("source_held_elsewhere", source=self.source, holder=found.holder)
