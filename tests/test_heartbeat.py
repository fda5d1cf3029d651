"""What the daemon tells of itself: at once when something changes, else every few seconds."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from otpushd.gate import Gate
from otpushd.heartbeat import EVERY, Heartbeat
from otpushd.model.daemon_state import HeldChannel, Reloaded
from otpushd.store.daemon_state import Told, told
from otpushd.store.opening import open_store
from tests.office import START

SECOND = timedelta(seconds=1)


class Beating:
    """A heartbeat over a store, and the parts that it looks at."""

    def __init__(self, folder: Path) -> None:
        self.now, self.writer = START, ThreadPoolExecutor(1)
        self.database = self.writer.submit(open_store, folder / "store.db").result()
        self.poll = SimpleNamespace(name="main", since=START, complaints=SimpleNamespace(code=None))
        self.dispatch = SimpleNamespace(holder="me", gates={})
        self.reload = SimpleNamespace(rules=2, last=None)
        parts: Any = SimpleNamespace(
            polls=(self.poll,), dispatch=self.dispatch, database=self.database, writer=self.writer
        )
        self.heartbeat = Heartbeat(parts, self.reload, START, clock=lambda: self.now)  # type: ignore[arg-type]

    def beat(self, after: timedelta = timedelta()) -> Told:
        """What stands in the store then."""
        self.now += after
        asyncio.run(self.heartbeat.run())
        (one,) = self.writer.submit(told, self.database).result()
        return one


@pytest.fixture
def beating(tmp_path: Path) -> Iterator[Beating]:
    beating = Beating(tmp_path)
    yield beating
    beating.writer.submit(beating.database.close).result()
    beating.writer.shutdown()


def test_polls_alone_are_told_every_few_seconds(beating: Beating) -> None:
    assert beating.beat().at == START
    beating.poll.since = START + SECOND
    assert beating.beat(SECOND).state.sources[0].read_at == START
    assert beating.beat(EVERY).state.sources[0].read_at == START + SECOND


def test_what_changes_is_told_at_once(beating: Beating) -> None:
    beating.beat()
    beating.poll.complaints.code = "locked"
    assert beating.beat(SECOND).state.sources[0].trouble == "locked"
    beating.dispatch.gates["push"] = Gate(4, START, "401")
    assert beating.beat(SECOND).state.held == (HeldChannel("push", START, "401"),)
    beating.reload.last = Reloaded(START, 1, ("wrong",))
    assert beating.beat(SECOND).state.reload == Reloaded(START, 1, ("wrong",))


def test_a_clock_that_is_set_back_silences_nothing(beating: Beating) -> None:
    beating.beat()
    assert beating.beat(-timedelta(hours=1)).at == START - timedelta(hours=1)
