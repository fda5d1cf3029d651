"""Loop 2: what is held back goes out when that ends: quiet hours, silences, mutes, rates. Whoever is first does it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from otpushd.model.cases import WantedCases
from otpushd.model.posting import Posting
from otpushd.pacing.pacing import Pacing
from otpushd.store.cases import look_again, next_held
from otpushd.store.opening import Database
from otpushd.store.posting import commit_posting
from otpushd.thinking import ring_all

R = TypeVar("R")


@dataclass(slots=True)
class Holding:
    """What is held back for everybody, in one store. `wake` is called when something may be sent. `doubt`: people may
    wish otherwise than when something was held back.
    """

    pacing: Pacing
    database: Database
    writer: Executor
    clock: Callable[[], datetime]
    wake: Callable[[], object]
    doubt: bool = True

    def follow(self, pacing: Pacing) -> None:
        """Other rules and people, from the next run on."""
        self.pacing, self.doubt = pacing, True

    async def run(self) -> None:
        """Let go of all that is due, some people in each commit. Raises what the store does."""
        now = self.clock()
        if self.doubt:
            self.doubt = False
            await self._in(look_again, self.database, now)
        while (at := await self._in(next_held, self.database)) is not None and at <= now:
            wanted = WantedCases(rules=self.pacing.always, held=now)
            posting = Posting(wanted, partial(ring_all, self.pacing, now), now)
            if (await self._in(commit_posting, self.database, posting)).sent:
                self.wake()

    async def _in(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.writer, call, *args)
