"""The door of one source: what was handed in from outside, and what it leads to. It commits nothing, like the bell.

A letter is taken out of the inbox in the commit of what it led to, so that it is heard exactly once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from otpushd.model.delivery import Fault
from otpushd.model.ledger import Wanted, incarnation_of_name
from otpushd.model.memory import SourceMemory, incarnations
from otpushd.model.outcome import Outcome
from otpushd.store.inbox import read
from otpushd.store.ledger import load_ledger
from otpushd.store.opening import Database
from otpushd.thinking import Thinking

R = TypeVar("R")
AT_ONCE = 200
"""So many letters are taken in one commit."""
UNREADABLE = "the event that was handed in can no longer be read"


@dataclass(slots=True)
class Door:
    """What waits in the inbox for one source, a few letters at a time."""

    thinking: Thinking
    database: Database
    writer: Executor

    async def turn(self, memory: SourceMemory, now: datetime) -> Outcome | None:
        """What to commit next, None where nobody has handed in anything."""
        letters = await self._in(read, self.database, self.thinking.source, AT_ONCE)
        if not letters:
            return None
        known = incarnations(self.thinking.source, memory)
        events = [
            (letter.event, known.get(name) or incarnation_of_name(self.thinking.source, name))
            for letter in letters
            if letter.event is not None
            for name in [letter.event.dataset or ""]
        ]
        wanted = Wanted(datasets=frozenset(number for _, number in events))
        ledger = await self._in(load_ledger, self.database, wanted)
        outcome = self.thinking.handed_in(memory, events, ledger, now)
        torn = [Fault(letter.id, None, None, UNREADABLE, now) for letter in letters if letter.event is None]
        return replace(outcome, faults=(*outcome.faults, *torn), taken=tuple([letter.id for letter in letters]))

    async def _in(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.writer, call, *args)
