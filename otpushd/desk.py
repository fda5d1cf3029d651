"""The cases of one source: which have something to do, and which began under other rules. It commits nothing.

Like the bell it has its turn after a look at the source: who acted in time is heard before anybody is called.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from otpushd.model.memory import SourceMemory
from otpushd.model.outcome import Outcome
from otpushd.store.cases import next_case, some_cases
from otpushd.store.opening import Database
from otpushd.thinking import Thinking

R = TypeVar("R")


@dataclass(slots=True)
class Desk:
    """Cases up to the id `renewed` are brought up to date with the rules, all of them if it is None; `next_at` is when
    the next has something to do. `coming` are other rules, from the next turn on.
    """

    thinking: Thinking
    database: Database
    writer: Executor
    renewed: str | None = ""
    next_at: datetime | None = None
    coming: Thinking | None = None

    def forget(self) -> None:
        """Others may have written since, or there are other rules."""
        self.renewed, self.next_at = "", None

    async def turn(self, memory: SourceMemory, now: datetime) -> Outcome | None:
        """What to commit next, None where nothing is due. Afterwards call `committed`."""
        if self.coming is not None:
            self.thinking, self.coming, self.renewed = self.coming, None, ""
        if self.renewed is not None:
            some = await self._in(some_cases, self.database, self.thinking.source, self.renewed)
            self.renewed = some[-1] if some else None
            if some:
                return self.thinking.renewed_cases(memory, some, now)
            await self.committed()
        if self.next_at is None or self.next_at > now:
            return None
        return self.thinking.due(memory, now)

    async def committed(self) -> None:
        """Look when the next has something to do."""
        self.next_at = await self._in(next_case, self.database, self.thinking.source)

    async def _in(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.writer, call, *args)
