"""Forgetting what is over, in batches between which other work gets its turn."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest

from otpushd.store.opening import open_store
from otpushd.store.sql import rows
from otpushd.tidy import tidy

NOW = datetime(2026, 6, 1, tzinfo=UTC)
COUNT = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
FILL = """INSERT INTO notification (id, rule, event_id, event_type, dataset, person, channel, channels_left, title,
  body, link, priority, event, created_at, expires_at, state, due_at, claimed_by, claims, attempts, unanswered, broken,
  channel_since, detail) SELECT ? || i, 'r', i, 't', NULL, 'p', 'push', '[]', '', '', NULL, 'normal', x'7b7d',
  ?, NULL, ?, 0, NULL, 0, 0, 0, 0, 0, NULL FROM n"""


@pytest.fixture
def writer() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as writer:
        yield writer


@pytest.fixture
def store(tmp_path: Path, writer: ThreadPoolExecutor) -> Iterator[peewee.Database]:
    """A store with 2,500 old settled notifications, one old one that is pending, and one that is new."""
    database = writer.submit(open_store, tmp_path / "store.db").result()
    old, new = (round((NOW - timedelta(days=days)).timestamp() * 1e6) for days in (91, 1))
    for count, name, created, state in [(2500, "a", old, "accepted"), (1, "b", old, "pending"), (1, "c", new, "dead")]:
        writer.submit(rows, database, COUNT + FILL, (count, name, created, state)).result()
    yield database
    writer.submit(database.close).result()


def left(writer: ThreadPoolExecutor, store: peewee.Database) -> list[str]:
    return [row[0] for row in writer.submit(rows, store, "SELECT id FROM notification ORDER BY id").result()]


def test_everything_that_is_over_and_old_goes_and_nothing_else(
    writer: ThreadPoolExecutor, store: peewee.Database
) -> None:
    assert asyncio.run(tidy(store, writer, timedelta(days=90), NOW)) == 2500
    assert left(writer, store) == ["b1", "c1"]
    assert asyncio.run(tidy(store, writer, timedelta(days=90), NOW)) == 0


def test_other_work_gets_its_turn_between_the_batches(writer: ThreadPoolExecutor, store: peewee.Database) -> None:
    async def run() -> int:
        tidying = asyncio.create_task(tidy(store, writer, timedelta(days=90), NOW))
        await asyncio.sleep(0)
        count = "SELECT count(*) FROM notification"
        ((seen,),) = await asyncio.get_running_loop().run_in_executor(writer, rows, store, count)
        await tidying
        return int(seen)

    assert asyncio.run(run()) == 1502


def test_the_longest_retention_there_can_be_is_one(writer: ThreadPoolExecutor, store: peewee.Database) -> None:
    assert asyncio.run(tidy(store, writer, timedelta(days=36500), NOW)) == 0


def test_what_explains_them_goes_too(writer: ThreadPoolExecutor, store: peewee.Database) -> None:
    """More of it than fits into one page."""
    heard = "INSERT INTO heard (id, at, what) SELECT ? || i, ?, '[]' FROM n"
    for count, name, age in [(1500, "old", 91), (1, "new", 1)]:
        at = round((NOW - timedelta(days=age)).timestamp() * 1e6)
        writer.submit(rows, store, COUNT + heard, (count, name, at)).result()
    asyncio.run(tidy(store, writer, timedelta(days=90), NOW))
    assert writer.submit(rows, store, "SELECT id FROM heard").result() == [("new1",)]
