"""Loop 5: what a daemon had claimed that is there no more is made due again, for whoever sends next."""

import asyncio
import time
from collections.abc import Callable, Mapping, Set
from concurrent.futures import Executor
from dataclasses import dataclass, field

import structlog

from otpushd.store.opening import Database
from otpushd.store.presence import absent, patience, take_back

log = structlog.get_logger()


def missed(seen: Mapping[str, float], absent: Set[str], now: float) -> dict[str, float]:
    """Since when each of the absent has been missed without a break, in seconds of the clock that `now` is of."""
    return {name: seen.get(name, now) for name in sorted(absent)}


@dataclass(slots=True)
class Reclaim:
    """`me` is this daemon's name; `wake` is called when there is something to send; `clock` counts seconds."""

    database: Database
    writer: Executor
    me: str
    wake: Callable[[], object]
    clock: Callable[[], float] = time.monotonic
    seen: dict[str, float] = field(default_factory=dict)

    async def run(self) -> bool:
        """Look once. Returns whether somebody is missed whose claims were not taken back yet."""
        now, loop = self.clock(), asyncio.get_running_loop()
        self.seen = missed(self.seen, await loop.run_in_executor(self.writer, absent, self.database, self.me), now)
        long = patience(self.database).total_seconds()
        away = [name for name, since in self.seen.items() if now - since >= long]
        if away:
            count = await loop.run_in_executor(self.writer, take_back, self.database, self.me, away)
            log.info("claims_taken_back", count=count)
            self.seen = {name: since for name, since in self.seen.items() if name not in away}
            self.wake()
        return bool(self.seen)
