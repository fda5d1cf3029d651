"""Stories that were found by chance, cut down and told by name: each was wrong once, or nearly."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from tests.lossless.backups import How
from tests.lossless.daemon import Fault
from tests.lossless.making import postgres_world, sqlite_world
from tests.lossless.world import World
from tests.postgres import Cluster

MINUTE, DAY = 60.0, 86400.0


@pytest.fixture(params=["rollback journal", "WAL", "PostgreSQL"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "PostgreSQL":
        yield request.getfixturevalue("server")
    else:
        with sqlite_world(tmp_path / "world", wal=request.param == "WAL") as world:
            yield world


@pytest.fixture
def server(tmp_path: Path, cluster: Cluster, postgres_database: str) -> Iterator[World]:
    with postgres_world(tmp_path / "world", cluster, postgres_database) as world:
        yield world


def tasks(world: World, *texts: str) -> list[dict[str, Any]]:
    """Answers to these texts, given now."""
    world.wait(1)
    hashes = {text: crc32(text.encode()) for text in texts}
    now = int(world.now.timestamp())
    return [
        {"text": text, "answer": "accept", "_input_hash": number, "_task_hash": number, "_timestamp": now}
        for text, number in hashes.items()
    ]


def save(world: World, *texts: str, dataset: str = "news", session: str | None = "news-ann", **more: Any) -> None:
    """One save."""
    world.prodigy.save(dataset, session, tasks(world, *texts), **more)


def test_what_was_history_stays_history_when_an_older_backup_was_restored_by_mistake(world: World) -> None:
    world.back_up()
    save(world, "history")
    world.back_up()
    world.poll()
    world.restore(world.backups[0])
    save(world, "by mistake")
    world.poll()
    world.restore(world.backups[1])
    assert world.check() == []


def test_what_was_told_and_forgotten_is_not_told_again_when_an_older_backup_was_restored_by_mistake(
    world: World,
) -> None:
    world.poll()
    world.back_up()
    save(world, "told")
    world.back_up()
    world.poll()
    world.send()
    world.wait(40 * DAY)
    world.tidy()
    world.restore(world.backups[0])
    save(world, "by mistake")
    world.poll()
    world.restore(world.backups[1])
    assert world.check() == []


def test_answers_after_a_restored_backup_are_told_although_the_row_at_the_mark_looks_the_same(world: World) -> None:
    """It is a session's link, and all that is recorded of it, link, example, session, is given out again alike."""
    save(world, "first")
    world.poll()
    world.back_up()
    save(world, "lost by the restore")
    for _ in range(12):
        world.poll()
        world.wait(MINUTE)
    world.restore(world.backups[0])
    save(world, "answered after it")
    for _ in range(5):
        world.poll()
        world.wait(MINUTE)
    world.prodigy.drop("news")
    assert world.check() == []


def test_a_file_that_was_overwritten_in_place_is_read_anew_however_many_commits_follow(tmp_path: Path) -> None:
    """SQLite tells a change by a counter in the file, and a copy's may have come to where the other's was."""
    for commits in range(8):
        with sqlite_world(tmp_path / str(commits)) as world:
            world.back_up()
            world.poll()
            world.restore(world.backups[0], How.OVERWRITTEN)
            for number in range(commits):
                world.prodigy.dataset(f"empty {number}")
            save(world, "after it", session=None)
            assert world.check() == []


def test_a_row_under_an_id_that_was_taken_above_the_mark_is_told_after_a_restored_backup(server: World) -> None:
    """The mark follows a poll later, when nobody writes any more: until then ids above it count as taken."""
    save(server, "first")
    server.poll()
    backup = server.back_up()
    save(server, "lost by the restore")
    server.poll()
    server.restore(backup)
    save(server, "answered after it", session=None)
    server.poll()
    server.wait(3)
    server.poll()
    server.prodigy.drop("news")
    assert server.check() == []


def test_rows_that_are_looked_at_again_are_so_although_another_dataset_is_gone_meanwhile(server: World) -> None:
    save(server, "of a dataset that is dropped", dataset="tags", session=None)
    backup = server.back_up()
    save(server, "lost by the restore")
    server.poll()
    server.poll()
    server.restore(backup)
    save(server, "under its id", "under its session's", "above them")
    while not server.oracle.reads:
        server.turn()
    server.prodigy.drop("tags")
    server.poll()
    server.poll()
    assert server.check() == []


def test_a_row_that_was_open_at_the_first_look_is_news_although_history_takes_several_pages(server: World) -> None:
    server.prodigy.dataset("news")
    server.prodigy.open_transaction(0)
    save(server, "open at the first look", session=None, writer=0)
    save(server, *map(str, range(600)), session="news-bob", writer=1)
    while not server.oracle.begun:
        server.turn()
    server.prodigy.end_transaction(0, commit=True)
    assert server.check() == []


@pytest.mark.parametrize("inside", [True, False], ids=["in a savepoint", "the savepoint released"])
def test_a_row_that_was_open_at_the_first_look_is_news_although_it_stands_where_history_is_not_read_yet(
    server: World, inside: bool
) -> None:
    save(server, *map(str, range(600)), session="news-bob")
    server.prodigy.open_transaction(0)
    save(server, "open at the first look", session=None, writer=0)
    if not inside:
        server.prodigy.savepoint(0, "RELEASE")
    save(server, "seen by the first look", session=None, writer=1)
    while not server.oracle.begun:
        server.turn()
    server.prodigy.end_transaction(0, commit=True)
    assert server.check() == []


def test_answers_under_ids_that_a_session_keeps_are_news_although_history_is_still_being_read(server: World) -> None:
    save(server, *map(str, range(600)), session="news-bob", writer=1)
    server.prodigy.writers[0].execute("ALTER SEQUENCE link_id_seq CACHE 20")
    save(server, "it keeps further ids", session=None, writer=0)
    save(server, "above them", session=None, writer=1)
    while not server.oracle.begun:
        server.turn()
    save(server, "under one of them", session=None, writer=0)
    assert server.check() == []


def test_a_baseline_whose_commit_got_no_answer_is_not_taken_anew(world: World) -> None:
    for _ in range(4):
        world.turn()
    world.turn(fault=Fault.AFTER)
    save(world, "news")
    assert world.check() == []


def test_a_row_under_an_id_given_out_again_is_taken_at_the_look_that_reads_it_although_others_are_gone(
    world: World,
) -> None:
    world.back_up()
    save(world, "before the restore")
    world.poll()
    world.restore(world.backups[0])
    save(world, "after it", session=None)
    world.poll()
    world.wait(3)
    world.poll()
    world.prodigy.drop("news")
    assert world.check() == []


def test_a_row_put_by_hand_where_one_was_taken_above_the_mark_and_deleted_is_told(
    tmp_path: Path, cluster: Cluster, postgres_database: str
) -> None:
    """A session that lives keeps its sequence cache, and the mark stays below it."""
    with postgres_world(tmp_path / "world", cluster, postgres_database, cached=True) as world:
        save(world, "history", writer=0, session=None)
        world.poll()
        save(world, "deleted", "kept", writer=1, session=None)
        world.poll()
        world.prodigy.delete("news", 1, 1)
        world.prodigy.insert_low("news", *tasks(world, "by hand"))
        assert world.check() == []
