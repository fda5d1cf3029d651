"""The store is made, brought up to date once, and refused with a mend where it cannot or must not be used."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import peewee
import pytest
from playhouse.migrations import Runner

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.store.opening import HISTORY, MIGRATIONS, StoreUnusable, open_store


def history(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(f"SELECT name, applied FROM {HISTORY}").fetchall()
    connection.close()
    return found


def refusal(path: Path, busy_seconds: float = 5) -> str:
    with pytest.raises(StoreUnusable) as caught:
        open_store(path, busy_seconds)
    return str(caught.value)


def test_a_new_store_is_made_with_its_folders_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "store.db"
    open_store(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [name for name, _ in history(path)] == [each.stem for each in sorted(MIGRATIONS.glob("0*.py"))]


def test_opening_it_again_migrates_nothing(path: Path) -> None:
    open_store(path).close()
    before = history(path)
    open_store(path).close()
    assert history(path) == before


def test_a_commit_survives_a_power_cut_and_readers_do_not_hold_it_up(path: Path) -> None:
    database = open_store(path)
    found = {name: database.pragma(name) for name in ("journal_mode", "synchronous", "busy_timeout")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000}
    database.close()


def test_a_store_of_a_newer_version_is_refused_untouched(path: Path) -> None:
    database = open_store(path)
    database.execute_sql(f"INSERT INTO {HISTORY} (name, applied) VALUES ('0099_future', '2030-01-01')")
    database.close()
    before = path.read_bytes()
    assert "written by a newer otpushd (it has 0099_future); install that version again" in refusal(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_halfway_has_not_happened(path: Path, tmp_path: Path) -> None:
    """Its record is in the same transaction as its changes."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    bad = "def up(migrator, db):\n    db.execute_sql('CREATE TABLE half (id)')\n    raise RuntimeError\n"
    (folder / "0002_bad.py").write_text(bad)
    database = peewee.SqliteDatabase(str(path))
    with pytest.raises(RuntimeError):
        Runner(database, str(folder), table_name=HISTORY).up()
    assert ("half" in database.get_tables(), [name for name, _ in history(path)]) == (False, ["0001_spine"])
    database.close()
    open_store(path).close()


@pytest.mark.parametrize("make", [lambda path: ProdigyDatabase(path).close(), lambda path: plain(path)])
def test_another_programs_database_is_refused_untouched(path: Path, make: Callable[[Path], None]) -> None:
    """Prodigy's own, given by mistake, above all."""
    make(path)
    before = path.read_bytes()
    assert refusal(path).endswith("this database belongs to another program; give the store a file of its own")
    assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


def plain(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (id)")
    connection.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda path: path.write_bytes(b"nonsense" * 512), "move the damaged file away", id="no database"),
        pytest.param(lambda path: path.symlink_to("/dev/full/x"), "give otpushd's user write rights", id="a bad place"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_mend(path: Path, make: Callable[[Path], None], said: str) -> None:
    make(path)
    text = refusal(path)
    assert text.startswith(f"{path}: the store cannot be opened (")
    assert said in text


def test_a_damaged_store_is_refused_with_a_mend(path: Path) -> None:
    open_store(path).close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192)
    assert "move the damaged file away" in refusal(path)


def test_an_empty_file_is_no_new_store(path: Path) -> None:
    """It was one, before a power cut or a full disk."""
    path.touch()
    assert refusal(path).startswith(f"{path}: the store is empty (0 bytes)")
    assert path.read_bytes() == b""


def test_a_store_that_is_gone_while_its_wal_is_not_is_no_new_one(path: Path) -> None:
    wal = path.with_name(f"{path.name}-wal")
    wal.write_bytes(b"what was not yet in the file")
    assert refusal(path).endswith(f"or remove {wal.name} to start with an empty store")
    assert (path.exists(), wal.exists()) == (False, True)


def test_a_start_that_was_killed_while_it_made_the_store_leaves_nothing_in_the_way(path: Path) -> None:
    path.with_name(f"{path.name}.new").write_bytes(b"half")
    open_store(path).close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_store_is_made_where_a_link_leads(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere.db")
    open_store(path).close()
    assert (path.is_symlink(), (tmp_path / "elsewhere.db").is_file()) == (True, True)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everything")
@pytest.mark.parametrize("guarded", ["file", "folder"])
def test_a_store_that_we_may_not_write_is_refused(tmp_path: Path, guarded: str) -> None:
    path = tmp_path / "folder" / "store.db"
    open_store(path).close()
    (path if guarded == "file" else path.parent).chmod(0o500)
    assert "give otpushd's user write rights" in refusal(path)
    path.parent.chmod(0o700)


def test_a_store_that_another_holds_locked_is_refused_in_time(path: Path) -> None:
    open_store(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = exclusive")
    holder.execute("BEGIN EXCLUSIVE")
    assert "another process holds it" in refusal(path, busy_seconds=0.05)
    holder.close()


def test_a_folder_is_no_store(path: Path) -> None:
    path.mkdir()
    assert refusal(path) == f"{path}: this is no file; give the store a file of its own"
