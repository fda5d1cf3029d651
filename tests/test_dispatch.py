"""The sending loop against a real store and senders that answer as told."""

import asyncio
import functools
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest
from structlog.testing import capture_logs

from otpushd.dispatch import LEASE, Dispatch
from otpushd.model.calendar import Span
from otpushd.model.delivery import DIGEST, Message, Notification, Priority, notification_id
from otpushd.model.people import People, Person
from otpushd.model.quiet import Quiet
from otpushd.push.answer import Answer, Answered, NotSent, Unanswered, Unsendable
from otpushd.store.opening import open_store
from otpushd.store.outbox import add, claim
from otpushd.store.sql import rows

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START
    asked: int = 0

    def __call__(self) -> datetime:
        self.asked += 1
        return self.now


@dataclass
class ToldSender:
    """A sender that answers from a list, then always 200, and keeps what it was given."""

    answers: list[Answer | Exception] = field(default_factory=list)
    concurrency: int = 4
    repeat_after_timeout: bool = True
    sent: list[Message] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    hang_from: int | None = None
    slow: float = 0.0
    asked: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, message: Message) -> Answer:
        self.sent.append(message)
        async with self.asked:
            self.asked.notify_all()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(3600 if self.hang_from and len(self.sent) >= self.hang_from else self.slow)
        self.at_once -= 1
        answer = self.answers.pop(0) if self.answers else Answered(200)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aclose(self) -> None: ...


@dataclass
class Sending:
    """A store, a clock and channels; `drain` sends what is due now."""

    database: peewee.Database
    writer: ThreadPoolExecutor
    clock: Clock
    senders: dict[str, ToldSender]
    dispatch: Dispatch

    def put(self, *notifications: Notification) -> None:
        self.writer.submit(add, self.database, notifications).result()

    def drain(self) -> None:
        asyncio.run(self.dispatch.drain())

    def serve(self, *work: Coroutine[Any, Any, object], patience: float = 1) -> None:
        """Run the loop while `work` is done, and stop it."""

        async def run() -> None:
            task = asyncio.create_task(self.dispatch.run())
            async with asyncio.timeout(10):
                for each in work:
                    await each
            await self.dispatch.stop(patience)
            await task

        asyncio.run(run())

    async def asked(self, count: int) -> None:
        """Wait until so many messages were handed to the channel."""
        sender = self.senders["push"]
        async with sender.asked:
            await sender.asked.wait_for(lambda: len(sender.sent) >= count)

    async def broken(self, seconds: float) -> None:
        """Let every statement about notifications fail for a while, as on a disk that is full."""
        run = functools.partial(asyncio.get_running_loop().run_in_executor, self.writer, rows, self.database)
        await run("ALTER TABLE notification RENAME TO hidden")
        self.dispatch.wake()
        await asyncio.sleep(seconds)
        await run("ALTER TABLE hidden RENAME TO notification")

    def states(self) -> list[tuple[str, str]]:
        return self.writer.submit(rows, self.database, "SELECT channel, state FROM notification ORDER BY id").result()

    def journal(self) -> list[tuple[str, str]]:
        query = "SELECT channel, state FROM transition ORDER BY notification, claim"
        return self.writer.submit(rows, self.database, query).result()


def message(number: int = 0, **changes: object) -> Notification:
    plain: dict[str, object] = {
        **{"id": notification_id("r", str(number), "ann"), "rule": "r", "event_id": str(number)},
        **{"event_type": "answer.saved", "dataset": "d", "person": "ann", "channels": ("push",), "title": "t"},
        **{"body": "b", "link": None, "priority": Priority.NORMAL, "created_at": START, "expires_at": None},
        "event": b"{}",
    }
    return Notification(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Sending]:
    writer = ThreadPoolExecutor(1)
    database = writer.submit(open_store, tmp_path / "store.db").result()
    clock, senders = Clock(), {"push": ToldSender(), "spare": ToldSender()}
    people = People({"ann": Person("ann", "Ann", (), {"push": "a", "spare": "b"})})
    dispatch = Dispatch(database, writer, senders, people, "test", clock, lambda: 0.0)
    yield Sending(database, writer, clock, senders, dispatch)
    writer.submit(database.close).result()
    writer.shutdown()


def later(sending: Sending, wait: timedelta) -> None:
    sending.clock.now += wait
    sending.drain()


def test_everything_due_is_sent_once_and_settled(sending: Sending) -> None:
    sending.put(*(message(number) for number in range(50)))
    sending.drain()
    assert len({one.id for one in sending.senders["push"].sent}) == len(sending.senders["push"].sent) == 50
    assert set(sending.states()) == {("push", "accepted")}
    sending.drain()
    assert len(sending.senders["push"].sent) == 50


def test_no_more_are_in_flight_than_the_channel_allows(sending: Sending) -> None:
    sending.put(*(message(number) for number in range(50)))
    sending.drain()
    assert sending.senders["push"].most_at_once == 4


def test_what_expired_is_never_sent(sending: Sending) -> None:
    sending.put(message(expires_at=START + timedelta(hours=1)))
    later(sending, timedelta(hours=1))
    assert sending.senders["push"].sent == []
    assert sending.states() == [("push", "expired")]


def test_what_expires_between_two_tries_is_not_tried_again(sending: Sending) -> None:
    sending.senders["push"].answers = [NotSent("connection refused")]
    sending.put(message(expires_at=START + timedelta(seconds=5)))
    sending.drain()
    later(sending, timedelta(minutes=1))
    assert len(sending.senders["push"].sent) == 1
    assert sending.journal() == [("push", "pending"), ("push", "expired")]


@pytest.mark.parametrize(
    ("answers", "sent", "state"),
    [
        pytest.param([Unanswered("timeout")], 2, "accepted", id="one silence is repeated once"),
        pytest.param([Unanswered("timeout")] * 2, 2, "unknown", id="a second silence ends unknown"),
        pytest.param([NotSent("refused")] * 9, 10, "accepted", id="what never left is tried freely"),
        pytest.param([Answered(400)], 1, "dead", id="a refusal is final"),
        pytest.param([Unsendable("template")], 1, "dead", id="what has no document is final"),
        pytest.param([RuntimeError("bug")] * 2, 2, "unknown", id="a sender that breaks counts as silence"),
    ],
)
def test_answers_lead_to_states(sending: Sending, answers: list[Answer], sent: int, state: str) -> None:
    sending.senders["push"].answers = list(answers)
    sending.put(message())
    for _ in range(12):
        later(sending, timedelta(minutes=20))
    assert len(sending.senders["push"].sent) == sent
    assert sending.states() == [("push", state)]


def test_the_next_channel_is_tried_when_one_fails_for_good(sending: Sending) -> None:
    sending.senders["push"].answers = [Answered(404)]
    sending.put(message(channels=("push", "spare")))
    sending.drain()
    assert [one.recipient.address for one in sending.senders["spare"].sent] == ["b"]
    assert sending.journal() == [("push", "failed"), ("spare", "accepted")]


def test_a_gateway_that_asks_for_rest_gets_it_for_the_whole_channel(sending: Sending) -> None:
    sending.senders["push"].answers = [Answered(429, retry_after="120")] * 4
    sending.put(*(message(number) for number in range(30)))
    sending.drain()
    assert len(sending.senders["push"].sent) == 4
    later(sending, timedelta(seconds=60))
    assert len(sending.senders["push"].sent) == 4
    later(sending, timedelta(seconds=180))
    assert set(sending.states()) == {("push", "accepted")}


def test_refused_credentials_stop_the_channel_and_are_probed_with_one_message(sending: Sending) -> None:
    sending.senders["push"].answers = [Answered(401)] * 5
    sending.put(*(message(number) for number in range(30)))
    sending.drain()
    later(sending, timedelta(minutes=16))
    assert len(sending.senders["push"].sent) == 5
    later(sending, timedelta(minutes=16))
    assert set(sending.states()) == {("push", "accepted")}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"person": "zoe"}, "zoe has no address for push any more", id="a person who left"),
        pytest.param({"channels": ("fax",)}, "no channel fax is configured any more", id="a channel that went"),
    ],
)
def test_what_nobody_can_get_any_more_dies_visibly(sending: Sending, change: dict[str, object], reason: str) -> None:
    sending.put(message(**change), message(1))
    sending.drain()
    query = "SELECT state, detail FROM notification WHERE state <> 'accepted'"
    assert sending.writer.submit(rows, sending.database, query).result() == [("dead", reason)]


def test_stopping_lets_requests_finish_and_counts_the_rest_as_unanswered(sending: Sending) -> None:
    sending.senders["push"].hang_from = 1
    sending.put(message())
    sending.serve(sending.asked(1), patience=0.01)
    query = "SELECT state, unanswered, claimed_by FROM notification"
    assert sending.writer.submit(rows, sending.database, query).result() == [("pending", 1, None)]


def test_the_loop_wakes_by_itself_for_what_becomes_due_later(sending: Sending) -> None:
    begun = time.monotonic()
    sending.dispatch.clock = lambda: START + timedelta(seconds=time.monotonic() - begun)
    sending.put(message(created_at=START + timedelta(seconds=0.2)))
    sending.serve(sending.asked(1))
    assert time.monotonic() - begun >= 0.2
    assert sending.states() == [("push", "accepted")]


def test_a_channel_that_went_is_seen_without_anything_else_to_send(sending: Sending) -> None:
    sending.put(message(channels=("fax",)))
    sending.drain()
    assert sending.states() == [("fax", "dead")]


def test_a_store_that_fails_stops_the_loop_only_as_long_as_it_fails(sending: Sending) -> None:
    """Were the loop to end, nothing would ever be sent again, and nobody would know."""
    sending.put(message())
    with capture_logs() as logged:
        sending.serve(sending.broken(0.1), sending.asked(1))
    assert sending.states() == [("push", "accepted")]
    assert [one["event"] for one in logged][:2] == ["job_failed", "job_works_again"]


def test_an_outcome_that_could_not_be_recorded_is_recorded_later_and_not_sent_again(sending: Sending) -> None:
    async def answer_while_the_store_fails() -> None:
        await sending.asked(1)
        await sending.broken(0.1)
        await asyncio.sleep(1.2)

    sending.senders["push"].slow = 0.05
    sending.put(message())
    sending.serve(answer_while_the_store_fails())
    assert len(sending.senders["push"].sent) == 1
    assert sending.states() == [("push", "accepted")]


def test_a_message_that_breaks_us_is_dead_and_the_others_are_sent(sending: Sending) -> None:
    sending.put(message(event=b"no JSON"), message(1))
    sending.drain()
    assert sorted(sending.states()) == [("push", "accepted"), ("push", "dead")]


def test_stopping_while_outcomes_are_being_recorded_records_each_once(sending: Sending) -> None:
    """The loop and the stop both look for landed flights: the second to look must find none."""

    async def stop_at(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    for turns in range(60):
        sending.dispatch = replace(sending.dispatch, **fresh())
        sending.put(*(message(turns * 10 + number) for number in range(4)))
        sending.serve(stop_at(turns))
    sending.dispatch = replace(sending.dispatch, **fresh())
    sending.drain()
    assert set(sending.states()) == {("push", "accepted")}
    assert len({one.id for one in sending.senders["push"].sent}) == len(sending.senders["push"].sent) == 240


def test_a_wake_up_during_a_round_is_not_lost(sending: Sending) -> None:
    async def put_one_by_one() -> None:
        for number in range(100):
            await asyncio.get_running_loop().run_in_executor(sending.writer, add, sending.database, [message(number)])
            sending.dispatch.wake()
        await sending.asked(100)

    sending.serve(put_one_by_one())
    assert len(sending.states()) == 100


@pytest.mark.parametrize(
    ("answers", "hang_from", "step"),
    [
        pytest.param([Answered(401)] * 9, None, timedelta(), id="a channel that is held"),
        pytest.param([Answered(429, retry_after="60")] * 9, None, timedelta(), id="a gateway that asked for rest"),
        pytest.param([], 1, timedelta(), id="as many in flight as may be"),
        pytest.param([NotSent("refused")] * 9, None, timedelta(hours=-1), id="a clock set back"),
        pytest.param([NotSent("refused")] * 9, None, timedelta(hours=1), id="a clock set forward"),
    ],
)
def test_waiting_costs_nothing(
    sending: Sending, answers: list[Answer | Exception], hang_from: int | None, step: timedelta
) -> None:
    """Rows that are due but may not be sent yet must not keep the loop running."""

    async def look() -> None:
        await sending.asked(4)
        sending.clock.now += step
        sending.dispatch.wake()
        await asyncio.sleep(0.1)
        before = sending.clock.asked
        await asyncio.sleep(0.2)
        assert sending.clock.asked == before

    sending.senders["push"].answers, sending.senders["push"].hang_from = list(answers), hang_from
    sending.put(*(message(number) for number in range(9)))
    sending.serve(look(), patience=0)


def fresh() -> dict[str, Any]:
    """What a new daemon on the same store begins with."""
    return {"woken": asyncio.Event(), "halted": asyncio.Event(), "turn": asyncio.Lock(), "flights": {}}


def test_a_claim_whose_answer_was_lost_is_given_up_and_made_again(sending: Sending) -> None:
    """It was committed when the store failed; else its message would wait for the end of the lease."""
    sending.put(message())
    sending.writer.submit(claim, sending.database, "push", "test", START, START + LEASE, 1).result()
    sending.serve(sending.broken(0.1), sending.asked(1))
    assert sending.states() == [("push", "accepted")]
    assert len(sending.senders["push"].sent) == 1


def test_what_was_claimed_before_we_were_stopped_for_long_is_not_sent_on_that_claim(sending: Sending) -> None:
    """Another daemon may have sent it meanwhile."""

    class Stopped(Clock):
        def __call__(self) -> datetime:
            self.asked += 1
            return START if self.asked == 1 else START + LEASE

    sending.put(message())
    sending.dispatch.clock = Stopped()
    sending.drain()
    assert sending.journal() == [("push", "pending"), ("push", "accepted")]
    assert len(sending.senders["push"].sent) == 1


NIGHT = Quiet((Span(9 * 60 + 30, 10 * 60),), frozenset(), passes=True, zone=UTC)
"""Half an hour, which begins half an hour after START."""


@pytest.mark.parametrize(
    ("change", "state"),
    [
        pytest.param({}, "held", id="is held back"),
        pytest.param({"priority": Priority.CRITICAL}, "accepted", id="goes where the person lets it pass"),
        pytest.param({"rule": DIGEST}, "pending", id="waits by itself if it is a digest"),
        pytest.param({"expires_at": START + timedelta(minutes=1)}, "expired", id="expires if its time has passed"),
        pytest.param({"person": "zoe"}, "dead", id="dies if its person left"),
    ],
)
def test_what_could_not_be_sent_until_quiet_hours_began(
    sending: Sending, change: dict[str, object], state: str
) -> None:
    """It was let go before they began, and the gateway was down."""
    in_quiet_hours(sending, change)
    assert sending.states() == [("push", state)]
    assert len(sending.senders["push"].sent) == ("person" not in change) + (state == "accepted")


def test_what_is_held_back_again_was_not_tried_and_a_digest_goes_when_they_end(sending: Sending) -> None:
    in_quiet_hours(sending, {"rule": DIGEST})
    query = "SELECT attempts FROM notification"
    assert sending.writer.submit(rows, sending.database, query).result() == [(1,)]
    later(sending, timedelta(minutes=29))
    assert len(sending.senders["push"].sent) == 1
    later(sending, timedelta(minutes=1))
    assert sending.states() == [("push", "accepted")]


def in_quiet_hours(sending: Sending, change: dict[str, Any]) -> None:
    """Put a message in that fails at once, and is tried again half an hour later."""
    ann = Person("ann", "Ann", (), {"push": "a"}, quiet=NIGHT)
    sending.dispatch.people = People({"ann": ann})
    sending.senders["push"].answers = [NotSent("connection refused")]
    sending.put(message(**change))
    sending.drain()
    later(sending, timedelta(minutes=30))


def test_what_another_daemon_puts_in_is_found_without_a_word(sending: Sending) -> None:
    async def put() -> None:
        await asyncio.sleep(0.05)
        await asyncio.get_running_loop().run_in_executor(sending.writer, add, sending.database, [message()])

    sending.dispatch.longest_pause = timedelta(milliseconds=20)
    sending.serve(put(), sending.asked(1))
    assert sending.states() == [("push", "accepted")]
