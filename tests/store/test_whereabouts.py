"""Whether the store's file is still the one that was opened, and what becomes of one that is not."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otpushd.store.lock import StoreInUse, StoreLock
from otpushd.store.opening import Database, StoreUnusable, open_store
from otpushd.store.sql import rows
from otpushd.store.whereabouts import LOOKS_A_MARK, StoreGone, Whereabouts


@pytest.fixture
def opened(path: Path) -> Iterator[Database]:
    database = open_store(path)
    rows(database, "CREATE TABLE written (text TEXT)")
    yield database
    database.close()


@pytest.fixture
def lock(path: Path) -> Iterator[StoreLock]:
    lock = StoreLock(path)
    lock.take()
    yield lock
    lock.release()


@pytest.fixture
def whereabouts(path: Path, opened: Database, lock: StoreLock) -> Whereabouts:
    found = Whereabouts(path, opened, lock)
    assert not found.check()
    return found


def written(path: Path) -> list[str]:
    reader = sqlite3.connect(path)
    found = [text for (text,) in reader.execute("SELECT text FROM written")]
    reader.close()
    return found


def test_a_removed_file_is_put_back_with_all_that_was_committed_and_goes_on_from_there(
    path: Path, opened: Database, whereabouts: Whereabouts
) -> None:
    rows(opened, "INSERT INTO written VALUES ('before')")
    path.unlink()
    assert whereabouts.check()
    rows(opened, "INSERT INTO written VALUES ('after')")
    assert not whereabouts.check()
    assert written(path) == ["before", "after"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_put_back_as_often_as_it_is_removed(path: Path, opened: Database, whereabouts: Whereabouts) -> None:
    for number in ("1", "2", "3"):
        rows(opened, "INSERT INTO written VALUES (?)", [number])
        shutil.rmtree(path.parent)
        assert whereabouts.check()
    assert written(path) == ["1", "2", "3"]
    assert sorted(each.suffix for each in path.parent.iterdir()) == [".db", ".db-shm", ".db-wal", ".lock"]


def test_what_is_written_and_folded_in_is_no_other_file(path: Path, opened: Database, whereabouts: Whereabouts) -> None:
    for _ in range(2 * LOOKS_A_MARK):
        assert not whereabouts.check()
    rows(opened, "INSERT INTO written VALUES ('x')")
    other = sqlite3.connect(path)
    other.execute("INSERT INTO written VALUES ('y')")
    other.commit()
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.close()
    assert not whereabouts.check()


def copied_over(backup: Path, path: Path) -> None:
    shutil.copyfile(backup, path)


def moved_over(backup: Path, path: Path) -> None:
    backup.rename(path)


def emptied(_: Path, path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("replace", [copied_over, moved_over, emptied])
def test_another_file_in_its_place_is_refused_and_kept_from_the_formers_log(
    path: Path, opened: Database, lock: StoreLock, replace: Callable[[Path, Path], None]
) -> None:
    rows(opened, "PRAGMA wal_checkpoint(TRUNCATE)")
    backup = Path(shutil.copyfile(path, path.with_name("backup.db")))
    whereabouts = Whereabouts(path, opened, lock)
    whereabouts.check()
    rows(opened, "INSERT INTO written VALUES ('since')")
    replace(backup, path)
    with pytest.raises(StoreUnusable, match="another file"):
        whereabouts.check()
    assert path.with_name(f"{path.name}-wal.replaced").exists()
    assert not path.with_name(f"{path.name}-wal").exists()


def test_a_folder_that_cannot_be_made_is_said_and_tried_again(path: Path, whereabouts: Whereabouts) -> None:
    shutil.rmtree(path.parent)
    path.parent.touch()
    for _ in range(2):
        with pytest.raises(StoreGone) as gone:
            whereabouts.check()
        assert "cannot be put back" in gone.value.mend
    path.parent.unlink()
    assert whereabouts.check()


def test_another_daemon_that_has_begun_in_its_place_goes_first(path: Path, whereabouts: Whereabouts) -> None:
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    other = StoreLock(path)
    other.take()
    with pytest.raises(StoreInUse):
        whereabouts.check()
    other.release()
