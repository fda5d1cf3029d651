"""The sending loop against a real store and senders that answer as told."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest

from otpushd.dispatch import Dispatch
from otpushd.model.delivery import Message, Notification, Priority, notification_id
from otpushd.model.people import People, Person
from otpushd.push.answer import Answer, Answered, NotSent, Unanswered, Unsendable
from otpushd.store.opening import open_store
from otpushd.store.outbox import add
from otpushd.store.sql import rows

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
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

    async def send(self, message: Message) -> Answer:
        self.sent.append(message)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
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
    @dataclass
    class Hanging(ToldSender):
        async def send(self, message: Message) -> Answer:
            await asyncio.sleep(3600)
            return Answered(200)

    async def run() -> None:
        task = asyncio.create_task(sending.dispatch.run())
        while not sending.dispatch.flights:
            await asyncio.sleep(0.001)
        await sending.dispatch.stop(0.01)
        await task

    sending.dispatch.senders = {"push": Hanging()}
    sending.put(message())
    asyncio.run(run())
    query = "SELECT state, unanswered, claimed_by FROM notification"
    assert sending.writer.submit(rows, sending.database, query).result() == [("pending", 1, None)]


def test_the_loop_wakes_by_itself_for_what_becomes_due_later(sending: Sending) -> None:
    async def run() -> None:
        begun = time.monotonic()
        sending.dispatch.clock = lambda: START + timedelta(seconds=time.monotonic() - begun)
        task = asyncio.create_task(sending.dispatch.run())
        async with asyncio.timeout(5):
            while not sending.senders["push"].sent:
                await asyncio.sleep(0.01)
        assert time.monotonic() - begun >= 0.2
        await sending.dispatch.stop(1)
        await task

    sending.put(message(created_at=START + timedelta(seconds=0.2)))
    asyncio.run(run())
    assert sending.states() == [("push", "accepted")]
