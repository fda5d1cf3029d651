"""The loop that fills queues: nothing lost, nothing twice, whatever the file, the source and the store do."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.queue import Order
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.queueing import Queueing
from otpushd.store import queue
from otpushd.store.opening import open_store
from otpushd.store.sql import rows

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Desk:
    """A Prodigy database, a store, and the loop between them, whose clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOW
        self.prodigy = ProdigyDatabase(folder / "prodigy.db")
        self.thread = ThreadPoolExecutor(1)
        self.database = self.thread.submit(open_store, folder / "store.db").result()
        self.start()

    def start(self) -> None:
        """A loop that knows nothing but what is in the store."""
        self.loop = Queueing(
            name="main",
            source=SqliteSource(self.folder / "prodigy.db"),
            database=self.database,
            reader=self.thread,
            writer=self.thread,
            filer=self.thread,
            clock=lambda: self.now,
            folder=self.folder,
        )

    def order(self, *examples: int, number: str = "o", name: str = "q.jsonl", **what: Any) -> None:
        one = Order(number, "r", "e", "main", name, "news", "why", NOW, examples, **what)
        self.thread.submit(queue.add, self.database, [one]).result()

    def run(self, after: float = 0) -> tuple[bool, list[str]]:
        """One turn; whether nothing is left, and what was said."""
        self.now += timedelta(seconds=after)
        with capture_logs() as said:
            good = asyncio.run(self.loop.run())
        return good, [line["event"] for line in said]

    def texts(self, name: str = "q.jsonl") -> list[str]:
        path = self.folder / name
        return [json.loads(line)["text"] for line in path.read_text().splitlines()] if path.exists() else []

    def fates(self) -> list[str]:
        found = self.thread.submit(rows, self.database, "SELECT fate FROM queue_item ORDER BY place").result()
        return [fate for (fate,) in found]

    def store(self, statement: str) -> None:
        self.thread.submit(rows, self.database, statement).result()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.thread.submit(desk.loop.source.close).result()
    desk.thread.submit(desk.database.close).result()
    desk.prodigy.close()
    desk.thread.shutdown()


def test_examples_are_put_into_their_files_once(desk: Desk) -> None:
    one, two = desk.prodigy.save("news", [{"text": "one"}, {"text": "two"}])
    desk.order(one, two)
    desk.order(two, number="again")
    desk.order(two, number="elsewhere", name="sub/folder/p.jsonl")
    assert desk.run() == (True, ["queued", "queued"])
    assert desk.run() == (True, [])
    assert (desk.texts(), desk.texts("sub/folder/p.jsonl")) == (["one", "two"], ["two"])


def test_two_answers_to_one_task_are_one_line(desk: Desk) -> None:
    one, again = desk.prodigy.save("news", [{"text": "one"}, {"text": "one", "answer": "reject"}])
    desk.order(one, again)
    desk.run()
    (late,) = desk.prodigy.save("news", [{"text": "one"}])
    desk.order(late, number="late")
    desk.run()
    assert (desk.texts(), desk.fates()) == (["one"], ["queued", "twice", "twice"])


def test_more_than_one_batch_goes_in_one_turn(desk: Desk) -> None:
    desk.order(*desk.prodigy.save("news", [{"text": str(n)} for n in range(250)]))
    assert desk.run()[0]
    assert desk.texts() == [str(n) for n in range(250)]


def test_what_is_gone_or_another_row_or_no_task_is_passed_over(desk: Desk) -> None:
    one, two, three = desk.prodigy.save("news", [{"text": "one"}, {"text": "two"}, {"text": "three"}])
    desk.prodigy.execute("UPDATE example SET content = 'nothing' WHERE id = ?", (two,))
    desk.order(one, number="own", input=123456)
    desk.order(two, 999, three, number="others")
    assert desk.run() == (True, ["queued"])
    assert (desk.texts(), desk.fates()) == (["three"], ["gone", "unusable", "queued", "gone"])


def test_a_task_from_outside_is_queued_as_it_is(desk: Desk) -> None:
    desk.order(content=b'{"text": "new", "_input_hash": 5}')
    desk.order(number="no hash", content=b'{"text": "other"}')
    desk.run()
    assert (sorted(desk.texts()), sorted(desk.fates())) == (["new", "other"], ["kept", "queued"])


def test_a_file_that_cannot_be_written_is_tried_again_and_told_once(desk: Desk) -> None:
    desk.order(*desk.prodigy.save("news", [{"text": "one"}]), name="q/q.jsonl")
    (desk.folder / "q").write_text("no folder")
    assert desk.run() == (False, ["queue_not_written"])
    assert desk.run() == (False, [])
    assert desk.run(after=1) == (False, [])
    assert desk.loop.rests["q/q.jsonl"].failures == 2
    (desk.folder / "q").unlink()
    assert desk.run(after=1) == (False, [])
    assert desk.run(after=1) == (True, ["queue_written_again", "queued"])
    assert desk.texts("q/q.jsonl") == ["one"]


def test_a_file_in_trouble_does_not_hold_up_the_others(desk: Desk) -> None:
    one, two = desk.prodigy.save("news", [{"text": "one"}, {"text": "two"}])
    (desk.folder / "a").mkdir()
    desk.order(one, name="a")
    desk.order(two, number="p", name="b.jsonl")
    assert not desk.run()[0]
    assert (desk.texts("b.jsonl"), desk.fates()) == (["two"], ["pending", "queued"])


def test_a_source_that_cannot_be_read_is_waited_for(desk: Desk) -> None:
    desk.order(*desk.prodigy.save("news", [{"text": "one"}]))
    (desk.folder / "prodigy.db").rename(desk.folder / "away.db")
    assert desk.run() == (False, ["queue_not_written"])
    (desk.folder / "away.db").rename(desk.folder / "prodigy.db")
    assert desk.run(after=2)[0]
    assert desk.texts() == ["one"]


def test_an_append_whose_record_was_lost_is_not_made_twice(desk: Desk) -> None:
    desk.order(*desk.prodigy.save("news", [{"text": "one"}, {"text": "two"}]))
    desk.run()
    desk.store("UPDATE queue_item SET fate = 'pending', task = NULL")  # as if the commit after the append never came
    desk.start()
    assert desk.run()[0]
    assert (desk.texts(), desk.fates()) == (["one", "two"], ["queued", "queued"])


def test_after_stop_nothing_is_begun(desk: Desk) -> None:
    desk.order(*desk.prodigy.save("news", [{"text": "one"}]))
    asyncio.run(desk.loop.stop())
    assert desk.run() == (True, [])
    assert desk.texts() == []
