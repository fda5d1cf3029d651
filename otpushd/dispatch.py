"""Loop 3: claim what is due, send it, settle what became of it. No transaction is open while a request is under way.

Killed anywhere, it leaves a claim that is taken back: before the request nothing was said, after the gateway's answer
the same message may be said once more, with the same id.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from otpushd.gate import Gate
from otpushd.guard import Guard
from otpushd.model.delivery import (
    QUIET,
    Accepted,
    Expired,
    Failed,
    Held,
    Message,
    Notification,
    Recipient,
    TryAgain,
)
from otpushd.model.people import People
from otpushd.push.answer import Unanswered
from otpushd.push.retry import History, decide
from otpushd.push.sender import Sender
from otpushd.store import outbox
from otpushd.store.opening import Database
from otpushd.store.outbox import Claim, Settlement

R = TypeVar("R")
log = structlog.get_logger()

LEASE = timedelta(minutes=5)
"""Far longer than a request can take with every timeout set; a claim that could not be used by then lapses."""
WIDTH_UNCONFIGURED = 16
"""How many at a time of a channel that is no longer configured: nothing is sent, each only ends."""
REST_SECONDS = 1.0
"""Between a round that failed, because the store did, and the next."""


@dataclass(slots=True)
class Dispatch:
    """The sending side of one daemon. `writer` is the store's own thread; `chance` gives jitter in [0, 1)."""

    database: Database
    writer: Executor
    senders: Mapping[str, Sender]
    people: People
    holder: str
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    halted: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever looks at landed flights: a stop during a round would settle the same ones twice."""
    gates: dict[str, Gate] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)
    flights: dict[asyncio.Task[Settlement], Claim] = field(default_factory=dict)
    longest_pause: timedelta | None = None
    """Where another daemon may put something into the outbox as well."""
    doubt: bool = False
    """Whether there may be claims of ours that we do not know of."""

    def wake(self) -> None:
        """Something may be due: look. To be called from the event loop's thread."""
        self.woken.set()

    async def run(self) -> None:
        """Send what is due, as it becomes due, until `stop` is called. A store that fails is tried again for ever."""
        guard = Guard("dispatch")
        while not self.halted.is_set():
            self.woken.clear()
            if await guard.run(self._round):
                await self._pause()
            else:
                await _until(self.halted, REST_SECONDS)

    async def drain(self) -> None:
        """Send until nothing is due and nothing is under way, or `stop` is called. Raises what the store does."""
        self.woken.set()
        while not self.halted.is_set() and (self.woken.is_set() or self.flights):
            self.woken.clear()
            await self._round()
            look = self._next_look()
            if look is not None and look <= self.clock():
                self.woken.set()
            elif self.flights:
                await asyncio.wait(self.flights, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self, patience: float) -> None:
        """Claim nothing more, give what is under way `patience` seconds in all, and settle all of it.

        A request that is still without an answer then counts as one that was never answered.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + patience
        self.halted.set()
        self.woken.set()
        async with self.turn:
            if self.flights:
                await asyncio.wait(self.flights, timeout=max(0.0, end - clock()))
            for flight in self.flights:
                flight.cancel()
            if self.flights:
                await asyncio.wait(self.flights)
            await self._settle()

    async def _round(self) -> None:
        async with self.turn:
            await self._settle()
            if self.doubt:
                known = [claim.notification.id for claim in self.flights.values()]
                await self._in_store(outbox.disown, self.database, self.holder, known)
                self.doubt = False
            now = self.clock()
            for channel in {*self.senders, *self.due}:
                room = self._gate(channel).room(self._in_flight(channel), now)
                if room and not self.halted.is_set():
                    await self._claim(channel, room, now)
            self.due = await self._in_store(outbox.next_due, self.database)

    async def _claim(self, channel: str, room: int, now: datetime) -> None:
        lease = now + LEASE
        self.doubt = True  # until the store has answered
        claims = await self._in_store(outbox.claim, self.database, channel, self.holder, now, lease, room)
        self.doubt = False
        for claim in claims:
            flight = asyncio.create_task(self._deliver(claim, lease))
            flight.add_done_callback(lambda _: self.woken.set())
            self.flights[flight] = claim

    async def _settle(self) -> None:
        """Record what landed. It stays in `flights` until that is committed: a store that fails loses nothing."""
        landed = [flight for flight in self.flights if flight.done()]
        settlements = [flight.result() for flight in landed if not flight.cancelled()]
        if settlements:
            await self._in_store(outbox.settle, self.database, settlements)
        for flight in landed:
            del self.flights[flight]
        for one in settlements:
            self._tell(one)

    async def _pause(self) -> None:
        look, pause = self._next_look(), self.longest_pause
        if look is not None:
            until = max(timedelta(), look - self.clock())
            pause = until if pause is None else min(pause, until)
        await _until(self.woken, None if pause is None else pause.total_seconds())

    def _next_look(self) -> datetime | None:
        """When something becomes due that may then be sent; None while only news or an answer can bring that."""
        looks = [self._gate(channel).next_look(self._in_flight(channel), due) for channel, due in self.due.items()]
        return min((look for look in looks if look is not None), default=None)

    def _gate(self, channel: str) -> Gate:
        sender = self.senders.get(channel)
        return self.gates.setdefault(channel, Gate(sender.concurrency if sender else WIDTH_UNCONFIGURED))

    def _in_flight(self, channel: str) -> int:
        return sum(1 for claim in self.flights.values() if claim.channel == channel)

    async def _deliver(self, claim: Claim, lease: datetime) -> Settlement:
        now = self.clock()
        if now >= lease:  # we were stopped meanwhile, and another may have it by now
            return Settlement(claim, TryAgain(now, "its lease had ended before it was sent"), now)
        try:
            return await self._sent(claim)
        except Exception as error:  # the send guard: one message that breaks us must not stop the others
            log.exception("send_broke", notification=claim.notification.id, channel=claim.channel)
            return Settlement(claim, Failed(f"otpushd broke: {type(error).__name__}"), self.clock())

    async def _sent(self, claim: Claim) -> Settlement:
        now = self.clock()
        if claim.notification.expires_at is not None and claim.notification.expires_at <= now:
            return Settlement(claim, Expired("its time had passed"), now)
        message = self._message(claim)
        if isinstance(message, Failed):
            return Settlement(claim, message, now)
        if (held := self._held(claim.notification, now)) is not None:
            return Settlement(claim, held, now)
        sender = self.senders[claim.channel]
        try:
            answer = await sender.send(message)
        except asyncio.CancelledError:
            answer = Unanswered("otpushd was stopped before an answer came")
        except Exception as error:  # what it raises may have come after the request was taken
            log.exception("send_broke", notification=claim.notification.id, channel=claim.channel)
            answer = Unanswered(f"the sender broke: {type(error).__name__}")
        history = History(claim.attempts, claim.unanswered, claim.broken, claim.since)
        now, again = self.clock(), sender.repeat_after_timeout
        return Settlement(claim, decide(answer, history, now, self.chance(), repeat_after_timeout=again), now)

    def _held(self, one: Notification, now: datetime) -> Held | None:
        """It was let go before its person's quiet hours began, and could not be sent until then."""
        quiet = self.people.people[one.person].quiet
        until = None if quiet is None else quiet.holds(one.priority, now)
        return None if until is None else Held(until, QUIET)

    def _message(self, claim: Claim) -> Message | Failed:
        one = claim.notification
        person = self.people.people.get(one.person)
        if claim.channel not in self.senders:
            return Failed(f"no channel {claim.channel} is configured any more")
        if person is None or claim.channel not in person.addresses:
            return Failed(f"{one.person} has no address for {claim.channel} any more")
        session = person.sessions[0] if person.sessions else None
        recipient = Recipient(person.addresses[claim.channel], person.id, person.name, session)
        return _message(one, recipient)

    def _tell(self, one: Settlement) -> None:
        claim, outcome = one.claim, one.outcome
        before = self.gates[claim.channel]
        after = self.gates[claim.channel] = before.after(outcome, one.at)
        if after.shut_until is not None and before.shut_until is None:
            log.error("channel_held", channel=claim.channel, until=after.shut_until.isoformat(), reason=after.why)
        elif before.shut_until is not None and after.shut_until is None:
            log.info("channel_open", channel=claim.channel)
        facts = {"notification": claim.notification.id, "rule": claim.notification.rule, "channel": claim.channel}
        match outcome:
            case Accepted():
                log.info("accepted", **facts, person=claim.notification.person, attempts=claim.attempts)
            case TryAgain():
                log.info("try_again", **facts, at=outcome.at.isoformat(), reason=outcome.detail)
            case Held():
                log.info("held_back", **facts, until=outcome.until.isoformat(), reason=outcome.detail)
            case _:
                log.warning(
                    type(outcome).__name__.lower(), **facts, person=claim.notification.person, reason=outcome.detail
                )

    async def _in_store(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.writer, call, *args)


async def _until(event: asyncio.Event, seconds: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _message(one: Notification, recipient: Recipient) -> Message:
    return Message(
        id=one.id,
        title=one.title,
        body=one.body,
        link=one.link,
        priority=one.priority,
        expires_at=one.expires_at,
        rule=one.rule,
        event=json.loads(one.event),
        recipient=recipient,
    )
