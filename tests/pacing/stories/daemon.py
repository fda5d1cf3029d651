"""A daemon on a real store whose clock is moved from one instant to the next at which it has something to do.

Its loops are the daemon's own: `Thinking`, the commit, `Desk`, `Holding`, the claims and settlements of the
dispatch. It may be stopped and started again at any time. What the gateway is given is kept.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import peewee

from otpushd.desk import Desk
from otpushd.holding import Holding
from otpushd.model.delivery import Accepted, Notification
from otpushd.model.event import Event
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.model.plan import Plan
from otpushd.model.silence import Silence
from otpushd.routing.route import Router
from otpushd.store import silence as silences
from otpushd.store.cases import next_case, next_held
from otpushd.store.commit import commit_step
from otpushd.store.memory import load_memory
from otpushd.store.outbox import Settlement, claim, settle
from otpushd.thinking import Thinking
from tests.pacing.world import NINE

SOURCE = "main"


class AtOnce(Executor):
    """Runs in the thread that asks."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = Future[Any]()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass
class Daemon:
    """`sent` is what the gateway was given, and when."""

    open: Callable[[], peewee.Database]
    router: Router
    sent: list[tuple[datetime, Notification]] = field(default_factory=list)
    now: datetime = NINE

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """As after a restart: nothing is known but what the store holds."""
        self.database = self.open()
        self.thinking = Thinking(SOURCE, Plan(), self.router)
        self.memory: SourceMemory = load_memory(self.database, SOURCE)
        self.desk = Desk(self.thinking, self.database, AtOnce())
        self.holding = Holding(self.thinking.pacing, self.database, AtOnce(), lambda: self.now, lambda: None)

    def restart(self) -> None:
        """Killed and started again."""
        self.database.close()
        self.start()

    def reload(self, router: Router) -> None:
        """Other rules come into force."""
        self.router = router
        self.thinking = Thinking(SOURCE, Plan(), router)
        self.desk.coming, self.holding.pacing = self.thinking, self.thinking.pacing

    def silence(self, some: Iterable[Silence]) -> None:
        """Set from the command line."""
        for one in some:
            assert silences.add(self.database, one)

    async def until(self, at: datetime) -> None:
        """Time passes; whatever is due meanwhile happens when it is."""
        while (due := self._due()) is not None and due <= at:
            self.now = max(self.now, due)
            await self.turn()
        self.now = at

    async def hear(self, events: Sequence[Event]) -> None:
        """One look at the source, at which these are new."""
        await self._commit(self.thinking.route(Step(self.memory, events=tuple(events)), self.now))
        self._send()

    async def turn(self) -> None:
        """One turn of each loop."""
        while (outcome := await self.desk.turn(self.memory, self.now)) is not None:
            await self._commit(outcome)
        self._send()
        await self.holding.run()
        self._send()

    async def _commit(self, outcome: Outcome) -> None:
        commit_step(self.database, SOURCE, outcome)
        self.memory = outcome.step.memory
        if outcome.posting is not None:
            await self.desk.committed()

    def _due(self) -> datetime | None:
        """As the store has it: what the desk believes is looked at by whether it comes in time."""
        found = (next_case(self.database, SOURCE), next_held(self.database))
        return min((at for at in found if at is not None), default=None)

    def _send(self) -> None:
        for channel in ("push", "sms"):
            claims = claim(self.database, channel, "me", self.now, self.now + timedelta(minutes=5), 10_000)
            settle(self.database, [Settlement(one, Accepted("200"), self.now) for one in claims])
            self.sent += [(self.now, one.notification) for one in claims]


def run(call: Any) -> None:
    """To its end."""
    asyncio.run(call)
