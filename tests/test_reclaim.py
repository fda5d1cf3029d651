"""What daemons had claimed that are gone is taken back: at once where nobody else can be, else after a few seconds."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from otpushd.model.delivery import Notification, Priority
from otpushd.reclaim import Reclaim, missed
from otpushd.store.opening import Database, open_store
from otpushd.store.outbox import add, claim
from otpushd.store.postgres_opening import open_shared
from otpushd.store.sql import rows
from tests.postgres import Cluster

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def notification(number: int) -> Notification:
    plain = {"rule": "r", "event_type": "t", "dataset": None, "person": "ann", "channels": ("push",), "title": "t"}
    more = {"body": "", "link": None, "priority": Priority.NORMAL, "expires_at": None, "event": b"{}"}
    return Notification(id=str(number), event_id=str(number), created_at=NOW, **plain, **more)  # type: ignore[arg-type]


@dataclass
class Looking:
    """A daemon that looks for claims of others, at a time that is told."""

    thread: ThreadPoolExecutor
    database: Database
    seconds: float = 0.0
    woken: int = 0

    def __post_init__(self) -> None:
        self.reclaim = Reclaim(self.database, self.thread, "us", self.wake, lambda: self.seconds)

    def wake(self) -> None:
        self.woken += 1

    def claimed_by(self, holder: str, number: int) -> None:
        self.thread.submit(add, self.database, [notification(number)]).result()
        self.thread.submit(claim, self.database, "push", holder, NOW, NOW + LEASE, 1).result()

    def owners(self) -> list[str | None]:
        found = self.thread.submit(rows, self.database, "SELECT claimed_by FROM notification ORDER BY id").result()
        return [name for (name,) in found]

    def look(self, seconds: float) -> bool:
        self.seconds = seconds
        return asyncio.run(self.reclaim.run())


@pytest.fixture
def start() -> Iterator[Callable[[Callable[[], Database]], Looking]]:
    with ThreadPoolExecutor(1) as thread:
        opened = []

        def start(opening: Callable[[], Database]) -> Looking:
            opened.append(thread.submit(opening).result())
            return Looking(thread, opened[0])

        yield start
        thread.submit(opened[0].close).result()


@pytest.fixture
def alone(start: Callable[..., Looking], tmp_path: Path) -> Looking:
    return start(lambda: open_store(tmp_path / "store.db"))


@pytest.fixture
def shared(start: Callable[..., Looking], cluster: Cluster) -> Looking:
    name = cluster.create_database()
    return start(lambda: open_shared(cluster.parameters(name), "us"))


def test_where_nobody_else_can_be_it_is_taken_back_at_once(alone: Looking) -> None:
    alone.claimed_by("dead", 1)
    alone.claimed_by("us", 2)
    assert alone.look(0) is False
    assert (alone.owners(), alone.woken) == ([None, "us"], 1)


def test_one_that_is_away_for_long_loses_its_claims_and_it_is_told_once(shared: Looking) -> None:
    shared.claimed_by("dead", 1)
    with capture_logs() as logged:
        assert [shared.look(at) for at in (10, 11, 12.9, 13, 14)] == [True, True, True, False, False]
    assert (shared.owners(), shared.woken) == ([None], 1)
    assert [(one["event"], one["count"]) for one in logged] == [("claims_taken_back", 1)]


def test_one_that_comes_back_in_time_keeps_its_claims(shared: Looking, cluster: Cluster) -> None:
    shared.claimed_by("cut off", 1)
    assert shared.look(0)
    place = cluster.parameters(
        str(shared.thread.submit(rows, shared.database, "SELECT current_database()").result()[0][0])
    )
    back = open_shared(place, "cut off")
    assert [shared.look(at) for at in (2, 4, 9)] == [False] * 3
    assert shared.owners() == ["cut off"]
    back.close()


@pytest.mark.parametrize(
    ("seen", "absent", "after"),
    [
        pytest.param({}, {"a"}, {"a": 9.0}, id="missed for the first time"),
        pytest.param({"a": 1.0}, {"a", "b"}, {"a": 1.0, "b": 9.0}, id="still, and another"),
        pytest.param({"a": 1.0}, set(), {}, id="back again"),
    ],
)
def test_being_missed_counts_from_the_first_look_without_a_break(
    seen: dict[str, float], absent: set[str], after: dict[str, float]
) -> None:
    assert missed(seen, absent, 9.0) == after
