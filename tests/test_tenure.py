"""Whether this daemon polls a source: asked once a second, told when it changes, and heeded by the poll."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest
from structlog.testing import capture_logs

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.event import Event
from otpushd.model.plan import Plan
from otpushd.poll import SourcePoll
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.routing.route import NO_RULES, Routed
from otpushd.store.hold import Hold
from otpushd.store.opening import open_store
from otpushd.store.postgres_opening import open_shared
from otpushd.tenure import Tenure
from otpushd.thinking import Thinking
from tests.postgres import Cluster

NOTHING = timedelta()


@dataclass(frozen=True)
class Listener:
    """A router that sends nothing and writes down which examples it heard of."""

    book = NO_RULES

    heard: list[object]

    def route(self, event: Event) -> Routed:
        self.heard.append(event.value("example"))
        return Routed()


@dataclass
class Daemon:
    """One daemon's part of a source: its thread and connection to the store, its tenure, its poll."""

    tenure: Tenure
    poll: SourcePoll
    heard: list[object]
    seconds: float = 0.0

    def ask(self, after: float = 1.0) -> Hold | None:
        self.seconds += after
        return asyncio.run(self.tenure.ask())

    def look(self, after: float = 1.0) -> bool:
        self.seconds += after
        return asyncio.run(self.poll.run())


@pytest.fixture
def prodigy(tmp_path: Path) -> Iterator[ProdigyDatabase]:
    prodigy = ProdigyDatabase(tmp_path / "prodigy.db")
    prodigy.dataset("news")
    prodigy.session("news-ann")
    yield prodigy
    prodigy.close()


@pytest.fixture
def join(tmp_path: Path, cluster: Cluster, prodigy: ProdigyDatabase) -> Iterator[Callable[..., Daemon]]:
    """A further daemon on the store; `lease` is how long it has the source after it asked."""
    name, threads = cluster.create_database(), []

    def join(holder: str, lease: timedelta = timedelta(hours=1)) -> Daemon:
        thread = ThreadPoolExecutor(1)
        database: peewee.Database = thread.submit(open_shared, cluster.parameters(name), holder).result()
        threads.append((thread, database))
        heard: list[object] = []
        tenure = Tenure("main", holder, database, thread, lease, lambda: daemon.seconds)
        source, thinking = SqliteSource(tmp_path / "prodigy.db"), Thinking("main", Plan(), Listener(heard))  # type: ignore[arg-type]
        clock, wake = lambda: datetime.now(UTC), lambda: None
        poll = SourcePoll("main", source, thinking, database, thread, thread, clock, wake, tenure=tenure)
        daemon = Daemon(tenure, poll, heard)
        return daemon

    yield join
    for thread, database in threads:
        thread.submit(database.close).result()
        thread.shutdown()
    cluster.drop_database(name)


def answer(prodigy: ProdigyDatabase, text: str) -> None:
    prodigy.save("news", [{"text": text, "answer": "accept"}], session="news-ann")


def test_it_is_asked_once_a_second_or_when_in_doubt(join: Callable[..., Daemon]) -> None:
    late, other = join("late", NOTHING), join("other")
    assert late.ask() == Hold("main", "late", 1)
    assert other.ask() == Hold("main", "other", 2)
    assert late.ask(after=0.9) == Hold("main", "late", 1)
    late.tenure.doubt()
    assert late.ask(after=0) is None


def test_each_change_is_told_once(join: Callable[..., Daemon]) -> None:
    late, other = join("late", NOTHING), join("other")
    with capture_logs() as logged:
        for _ in range(3):
            late.ask()
        for _ in range(3):
            other.ask()
            late.ask()
    told = [(one["event"], one.get("holder"), one.get("epoch")) for one in logged]
    assert told == [("source_taken", None, 1), ("source_taken", None, 2), ("source_lost", "other", None)]


def test_one_that_never_had_it_says_who_has(join: Callable[..., Daemon]) -> None:
    first, second = join("first"), join("second")
    first.ask()
    with capture_logs() as logged:
        assert (second.ask(), second.ask()) == (None, None)
    assert [(one["event"], one["holder"]) for one in logged] == [("source_held_elsewhere", "first")]


def test_in_a_file_it_is_always_ours_and_nothing_is_told(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as thread, capture_logs() as logged:
        database = thread.submit(open_store, tmp_path / "store.db").result()
        tenure = Tenure("main", "us", database, thread)
        assert asyncio.run(tenure.ask()) == Hold("main", "us")
        thread.submit(database.close).result()
    assert logged == []


def test_a_poll_reads_only_while_it_has_the_source(join: Callable[..., Daemon], prodigy: ProdigyDatabase) -> None:
    first, second = join("first"), join("second")
    for daemon in (first, second, first):
        assert daemon.look()
    answer(prodigy, "a")
    assert second.look()
    assert second.poll.memory is None
    assert first.look()
    assert (len(first.heard), second.heard) == (1, [])


def test_a_poll_that_takes_over_goes_on_where_the_other_stopped(
    join: Callable[..., Daemon], prodigy: ProdigyDatabase
) -> None:
    """And back, with what was committed meanwhile: nothing is announced by both."""
    one, other = join("one", NOTHING), join("other", NOTHING)
    one.look()
    for turn, daemon in enumerate([one, other, other, one, one, other]):
        answer(prodigy, str(turn))
        daemon.look()
    assert sorted([*one.heard, *other.heard]) == [1, 2, 3, 4, 5, 6]
    assert (one.heard, other.heard) == ([1, 4, 5], [2, 3, 6])


def test_a_poll_that_was_overtaken_between_its_look_and_its_commit_forgets_and_says_so_once(
    join: Callable[..., Daemon], prodigy: ProdigyDatabase
) -> None:
    """It believes for a second that it still has the source."""
    stalled, other = join("stalled", NOTHING), join("other")
    stalled.look()
    answer(prodigy, "a")
    other.look()
    with capture_logs() as logged:
        assert stalled.look(after=0.5)
        assert stalled.look(after=0.1)
    assert [one["event"] for one in logged if one["log_level"] == "warning"] == ["source_lost"]
    assert (stalled.poll.memory, other.heard) == (None, [1])
    assert other.poll.memory is not None
    assert other.poll.memory.mark == 2


def test_of_datasets_that_another_has_recorded_none_is_announced_again(
    join: Callable[..., Daemon], prodigy: ProdigyDatabase
) -> None:
    one, other = join("one", NOTHING), join("other", NOTHING)
    one.look()
    prodigy.dataset("sport")
    other.look()
    one.look()
    other.look()
    assert (len(one.heard), len(other.heard)) == (0, 1)
