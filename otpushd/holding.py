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
MOST_ROUNDS = 100
"""Of fifty people each: a row that nothing moves must not keep the store from everybody else."""


@dataclass(slots=True)
class Holding:
    """What is held back for everybody, in one store. `wake` is called when something may be sent. What people wish by
    `pacing` was looked at with `looked`.
    """

    pacing: Pacing
    database: Database
    writer: Executor
    clock: Callable[[], datetime]
    wake: Callable[[], object]
    looked: Pacing | None = None

    async def run(self) -> None:
        """Let go of what is due, some people in each commit, the rest at the next run. Raises what the store does."""
        now, pacing = self.clock(), self.pacing
        if self.looked is not pacing:
            await self._in(look_again, self.database, now)
            self.looked = pacing
        for _ in range(MOST_ROUNDS):
            at = await self._in(next_held, self.database)
            if at is None or at > now:
                break
            posting = Posting(WantedCases(rules=pacing.always, held=now), partial(ring_all, pacing, now), now)
            if (await self._in(commit_posting, self.database, posting)).sent:
                self.wake()

    async def _in(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.writer, call, *args)
