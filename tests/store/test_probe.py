"""What is found out about a store leaves it, its folder and its lock as they are."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from otpushd.store.lock import StoreLock
from otpushd.store.opening import HISTORY, open_store
from otpushd.store.probe import probe_sqlite_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "otpushd.db"


def files(folder: Path) -> dict[str, tuple[int, int]]:
    return {one.name: (one.stat().st_size, one.stat().st_mtime_ns) for one in folder.iterdir()}


def test_one_that_is_not_there_yet_is_a_fact(tmp_path: Path) -> None:
    facts = probe_sqlite_store(tmp_path / "not" / "there" / "otpushd.db")

    assert (facts.exists, facts.trouble, facts.folder) == (False, None, tmp_path)
    assert 0 < facts.free < facts.size
    assert files(tmp_path) == {}


@pytest.mark.parametrize("left", ["otpushd.db", "otpushd.db-wal"])
def test_what_is_left_of_one_that_was_lost_is_told(path: Path, left: str) -> None:
    path.with_name(left).touch()
    assert "to start with an empty store" in (probe_sqlite_store(path).trouble or "")


@pytest.mark.parametrize("running", [True, False])
def test_one_of_this_version_is_told_and_left_as_it_is(path: Path, running: bool) -> None:
    database = open_store(path)
    if not running:
        database.close()
    before = files(path.parent)

    facts = probe_sqlite_store(path)

    assert (facts.trouble, facts.newer, facts.older, facts.mode) == (None, (), (), 0o600)
    assert files(path.parent) == before
    database.close()


def test_one_of_another_version_is_told_by_its_migrations(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"UPDATE {HISTORY} SET name = '9999_later' WHERE name = '0002_taken_links'")
        database.commit()

    facts = probe_sqlite_store(path)

    assert (facts.newer, facts.older) == (("9999_later",), ("0002_taken_links",))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda path: path.write_bytes(b"x" * 9000), "damaged", id="no database"),
        pytest.param(lambda path: path.mkdir(), "no file", id="a folder"),
        pytest.param(lambda path: sqlite3.connect(path).execute("CREATE TABLE a (b)"), "another program", id="other"),
    ],
)
def test_one_that_cannot_be_used_is_told_with_the_mend(path: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(path)

    facts = probe_sqlite_store(path)

    assert facts.trouble and said in facts.trouble and "; " in facts.trouble


def test_the_daemon_that_runs_on_it_is_told_without_its_lock_being_tried(path: Path) -> None:
    open_store(path).close()
    lock = StoreLock(path)
    lock.take()
    held = probe_sqlite_store(path).holder
    lock.release()

    assert (held, probe_sqlite_store(path).holder) == (os.getpid(), None)
