"""The polling loop between a real Prodigy database and a real store, with rules that take every event."""

import asyncio
import sqlite3
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest
from structlog.testing import capture_logs

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.delivery import Notification, Priority, notification_id
from otpushd.model.event import Event
from otpushd.model.plan import Plan
from otpushd.model.row import Page, Reread
from otpushd.model.structured import StructuredMemory
from otpushd.poll import SourcePoll
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.routing.route import NO_RULES, Routed
from otpushd.store.opening import open_store
from otpushd.store.sql import rows
from otpushd.thinking import Thinking

STORE_FAILS = (peewee.OperationalError, sqlite3.OperationalError)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class EveryEvent:
    """Rules that send every event to Ann, and break where they are told to."""

    book = NO_RULES

    routed: list[Event] = field(default_factory=list)
    breaks_at: str | None = None

    def route(self, event: Event) -> Routed:
        self.routed.append(event)
        if event.type == self.breaks_at:
            raise RuntimeError("private words")
        one = Notification(
            **{
                "id": notification_id("r", event.id, "ann"),
                "rule": "r",
                "event_id": event.id,
                "event_type": event.type,
            },
            **{"dataset": event.dataset, "person": "ann", "channels": ("push",), "title": event.type, "body": ""},
            **{"link": None, "priority": Priority.NORMAL, "created_at": event.time, "expires_at": None, "event": b"{}"},
        )
        return Routed((one,))


@dataclass
class Polling:
    """A poll with everything it needs, at a time that stands still until it is moved."""

    prodigy: ProdigyDatabase
    router: EveryEvent
    poll: SourcePoll
    now: datetime = START
    woken: int = 0

    def run(self) -> bool:
        return asyncio.run(self.poll.run())

    def wake(self) -> None:
        self.woken += 1

    def save(self, *texts: str) -> None:
        self.prodigy.save("news", [{"text": text, "answer": "accept"} for text in texts], session="news-ann")

    def store(self, sql: str) -> list[tuple[Any, ...]]:
        return self.poll.writer.submit(rows, self.poll.database, sql).result()

    def titles(self) -> list[str]:
        return [title for (title,) in self.store("SELECT title FROM notification ORDER BY title")]


@pytest.fixture
def polling(tmp_path: Path) -> Iterator[Polling]:
    with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(1) as reader:
        database: peewee.Database = writer.submit(open_store, tmp_path / "store.db").result()
        router, source = EveryEvent(), SqliteSource(tmp_path / "prodigy.db")
        thinking = Thinking("main", Plan(), router)  # type: ignore[arg-type]
        clock, wake = lambda: made.now, lambda: made.wake()
        poll = SourcePoll("main", source, thinking, database, reader, writer, clock, wake)
        made = Polling(ProdigyDatabase(tmp_path / "prodigy.db"), router, poll)
        made.prodigy.dataset("news")
        made.prodigy.session("news-ann")
        yield made
        reader.submit(source.close).result()
        writer.submit(database.close).result()
        made.prodigy.close()


def test_rows_are_announced_once_and_the_dispatch_is_woken(polling: Polling) -> None:
    assert polling.run()
    polling.save("a", "b")
    assert polling.run()
    assert polling.run()
    assert polling.titles() == ["answer.saved"] * 2
    assert polling.woken == 1


def test_two_polls_at_once_take_turns(polling: Polling) -> None:
    async def both() -> None:
        await asyncio.gather(polling.poll.run(), polling.poll.run())

    polling.run()
    polling.save("a")
    asyncio.run(both())
    assert len(polling.router.routed) == 1


@pytest.mark.parametrize("table", ["notification", "source_mark", "known_dataset", "ledger_entry", "tally"])
def test_a_commit_that_fails_loses_and_doubles_nothing(polling: Polling, table: str) -> None:
    """The memory is loaded anew, as a lost answer does not say what was committed; the page is read again."""
    polling.run()
    polling.save("a")
    polling.prodigy.dataset("other")
    polling.store(f"ALTER TABLE {table} RENAME TO hidden")
    for _ in range(2):
        with pytest.raises(STORE_FAILS):
            polling.run()
    assert (polling.poll.memory, polling.poll.fingerprint) == (None, None)
    polling.store(f"ALTER TABLE hidden RENAME TO {table}")
    assert polling.run()
    assert polling.titles() == ["answer.saved", "dataset.created"]


def test_a_baseline_that_cannot_be_committed_is_begun_again(polling: Polling) -> None:
    polling.save("history")
    polling.store("ALTER TABLE source_mark RENAME TO hidden")
    with pytest.raises(STORE_FAILS):
        polling.run()
    polling.store("ALTER TABLE hidden RENAME TO source_mark")
    polling.run()
    polling.save("news")
    polling.run()
    assert polling.titles() == ["answer.saved"]


def test_an_event_that_breaks_the_rules_is_a_fault_and_the_rest_goes_on(polling: Polling) -> None:
    polling.run()
    polling.save("a")
    polling.prodigy.dataset("other")
    polling.router.breaks_at = "dataset.created"
    with capture_logs() as logged:
        assert polling.run()
    assert polling.titles() == ["answer.saved"]
    assert polling.store("SELECT what FROM fault") == [("otpushd broke: RuntimeError",)]
    assert "private words" not in str([{**one, "exc_info": None} for one in logged])


def test_an_outage_is_told_after_a_while_and_its_end_as_well(polling: Polling) -> None:
    polling.run()
    polling.prodigy.execute("BEGIN EXCLUSIVE")
    with capture_logs() as logged:
        for _ in range(2):
            assert not polling.run()
            polling.now += timedelta(seconds=11)
    assert polling.titles() == ["source.unavailable"]
    assert [one["code"] for one in logged if one["event"] == "source_unreadable"] == ["locked"]
    polling.prodigy.execute("COMMIT")
    assert polling.run()
    assert polling.titles() == ["source.recovered", "source.unavailable"]


def test_a_stop_ends_after_the_page_under_way(polling: Polling) -> None:
    def stop(_: str) -> None:
        polling.poll.stopping = True

    polling.save(*map(str, range(2000)))
    polling.poll.progress = stop
    polling.run()
    assert polling.store("SELECT link_id, history_to FROM source_mark") == [(500, 4000)]
    polling.poll.stopping, polling.poll.progress = False, lambda _: None
    polling.run()
    assert polling.store("SELECT link_id, history_to FROM source_mark") == [(4000, 4000)]


@dataclass
class Hanging:
    """A source behind a mount that answers only when it is let go, and then as `inner` does."""

    inner: SqliteSource
    go: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def read(
        self,
        mark: int,
        awaited: Collection[int],
        fingerprint: tuple[int, ...] | None,
        taken: Collection[int],
        *,
        structured: StructuredMemory | None = None,
        began: str | None = "",
    ) -> Page:
        self.asked += 1
        self.go.wait(10)
        return self.inner.read(mark, awaited, fingerprint, taken, structured=structured)

    def reread(self, above: int, upto: int, fingerprint: tuple[int, ...] | None, *, structured: bool = False) -> Reread:
        return self.inner.reread(above, upto, fingerprint, structured=structured)

    def close(self) -> None:
        self.inner.close()


def test_a_source_that_hangs_is_unavailable_and_is_not_asked_twice_meanwhile(polling: Polling) -> None:
    """Its thread cannot be freed; more questions would only queue up behind the first, which brings what it was for."""
    polling.run()
    polling.save("a")
    hanging = Hanging(polling.poll.source)  # type: ignore[arg-type]
    polling.poll.source, polling.poll.patience = hanging, 0.05

    async def run() -> list[bool]:
        readable = [await polling.poll.run()]
        polling.now += timedelta(seconds=11)
        readable.append(await polling.poll.run())
        hanging.go.set()
        polling.poll.patience = 5
        return [*readable, await polling.poll.run()]

    assert asyncio.run(run()) == [False, False, True]
    assert hanging.asked == 1
    assert polling.titles() == ["answer.saved", "source.recovered", "source.unavailable"]
