"""The timers of one source: which are due, and what they lead to. It commits nothing, like the sweep.

Timers are rows, because a scheduler forgets a job the moment it starts it. What they mean is decided in `derive/`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from otpushd.model.instants import from_micros, to_micros
from otpushd.model.ledger import Wanted
from otpushd.model.memory import SourceMemory, incarnations
from otpushd.store.ledger import due_datasets, load_ledger, next_timer
from otpushd.store.opening import Database
from otpushd.thinking import Outcome, Thinking

R = TypeVar("R")
AT_ONCE = 200
"""So many datasets are brought up to date in one commit."""


@dataclass(slots=True)
class Bell:
    """`left` are the datasets whose timers are still to be brought up to date with the plan, None before the first
    look; `next_at` is when the next timer rings, None where none is known of.
    """

    thinking: Thinking
    database: Database
    writer: Executor
    left: list[tuple[int, str]] | None = None
    next_at: datetime | None = None

    def forget(self) -> None:
        """Others may have written since."""
        self.left = self.next_at = None

    async def turn(self, memory: SourceMemory, now: datetime) -> Outcome | None:
        """What to commit next, None where nothing is due. Afterwards call `committed`."""
        if memory.history_to is None:  # what there is, is not known yet
            return None
        if self.left is None:
            self.left = sorted((number, name) for name, number in incarnations(self.thinking.source, memory).items())
            await self.committed(None)
        if self.left:
            some, self.left = self.left[:AT_ONCE], self.left[AT_ONCE:]
            ledger = await self._in(
                load_ledger, self.database, Wanted(datasets=frozenset(number for number, _ in some))
            )
            return self.thinking.begun(memory, some, ledger, now)
        if self.next_at is None or self.next_at > now:
            return None
        due = await self._in(due_datasets, self.database, self.thinking.source, to_micros(now))
        ledger = await self._in(load_ledger, self.database, Wanted(datasets=frozenset(due), parts=None))
        outcome = self.thinking.rung(memory, ledger, now)
        if not ledger.timed:  # they were of a dataset that is no more
            self.next_at = None
            return None
        return outcome

    async def committed(self, outcome: Outcome | None) -> None:
        """Look when the next timer rings, if that may have changed."""
        if outcome is None or (outcome.ledger is not None and (outcome.ledger.timed or outcome.ledger.gone)):
            self.next_at = from_micros(await self._in(next_timer, self.database, self.thinking.source))

    async def _in(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.writer, call, *args)
