"""A source that cannot be read is a state with a name and a mend, and is left as soon as it can be."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import SCHEMA, ProdigyDatabase
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.prodigy.unavailable import SourceUnavailable


def code(source: SqliteSource) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        source.read(0, (), None)
    return caught.value.code


def sql(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def damaged(path: Path) -> None:
    sql(path, SCHEMA + "INSERT INTO dataset VALUES (1, 'news', 1, '{}', 0);")
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


STATES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no file": (lambda path: None, "missing"),
    "no folder": (lambda path: path.parent.rmdir(), "missing"),
    "an empty file": (lambda path: path.touch(), "empty"),
    "a database without tables": (lambda path: sql(path, "PRAGMA user_version = 1"), "empty"),
    "a text file": (
        lambda path: path.write_text("this is no database at all, but long enough " * 50),
        "not_a_database",
    ),
    "another program's": (lambda path: sql(path, "CREATE TABLE notes (id)"), "not_prodigy"),
    "only some of the tables": (lambda path: sql(path, SCHEMA + "DROP TABLE link"), "not_prodigy"),
    "a column missing": (lambda path: sql(path, SCHEMA + "ALTER TABLE example DROP COLUMN task_hash"), "not_prodigy"),
    "a folder": (lambda path: path.mkdir(), "not_a_database"),
    "a pipe": (lambda path: os.mkfifo(path), "not_a_database"),
    "damaged pages": (damaged, "corrupt"),
}


@pytest.mark.parametrize("state", STATES)
def test_what_cannot_be_read_has_a_name_that_stays_the_same(tmp_path: Path, state: str) -> None:
    """A name that flapped would be logged at each poll."""
    path = tmp_path / "folder" / "prodigy.db"
    path.parent.mkdir()
    make, expected = STATES[state]
    make(path)
    there = path.exists()
    source = SqliteSource(path)
    assert [code(source) for _ in range(3)] == [expected] * 3
    assert path.exists() == there


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "folder").touch()
    assert code(SqliteSource(tmp_path / "folder" / "prodigy.db")) == "unreadable"


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("locked", ["file", "folder"])
def test_a_file_that_we_may_not_read(tmp_path: Path, locked: str) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "prodigy.db"
    ProdigyDatabase(path).close()
    guarded = path if locked == "file" else path.parent
    guarded.chmod(0)
    assert code(SqliteSource(path)) == "unreadable"
    guarded.chmod(0o700)


def test_a_file_that_is_made_later_is_read_then(path: Path, source: SqliteSource) -> None:
    assert code(source) == "missing"
    ProdigyDatabase(path).close()
    assert source.read(0, (), None).highest == 0


def test_tables_that_are_made_later_are_found(path: Path, source: SqliteSource) -> None:
    path.touch()
    assert code(source) == "empty"
    sql(path, SCHEMA.split('CREATE TABLE IF NOT EXISTS "link"')[0])
    assert code(source) == "not_prodigy"
    ProdigyDatabase(path).close()
    assert source.read(0, (), None).highest == 0


@pytest.mark.parametrize("how", ["removed", "emptied", "overwritten", "tables dropped"])
def test_a_file_that_is_lost_under_our_eyes_is_noticed_and_its_return_too(
    prodigy: ProdigyDatabase, path: Path, source: SqliteSource, how: str
) -> None:
    prodigy.save("news", [{"text": "t"}])
    prodigy.close()
    saved = path.read_bytes()
    source.read(0, (), None)
    if how == "removed":
        path.unlink()
    elif how == "tables dropped":
        sql(path, "DROP TABLE link; DROP TABLE example; DROP TABLE dataset;")
    else:
        path.write_bytes(b"" if how == "emptied" else b"nonsense" * 4096)
    code(source)
    path.write_bytes(saved)
    assert source.read(0, (), None).highest == 1


def test_a_writer_that_holds_the_lock_is_a_reason_to_try_again(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    source.read(0, (), None)
    prodigy.execute("BEGIN EXCLUSIVE")
    assert code(source) == "locked"
    prodigy.execute("COMMIT")
    assert source.read(0, (), None).highest == 0


def test_a_save_in_the_middle_of_which_prodigy_died_needs_a_writer_to_mend_it(path: Path, source: SqliteSource) -> None:
    """Its journal is hot: the file may hold half a save, and only who may write can roll it back."""
    ProdigyDatabase(path).close()
    write = (
        "import os, signal, sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_size = 1'); connection.execute('BEGIN')\n"
        "for n in range(500): connection.execute('INSERT INTO example VALUES (?, 1, 1, zeroblob(5000))', (n + 1,))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", write, str(path)]).returncode == -signal.SIGKILL
    assert code(source) == "needs_recovery"
    ProdigyDatabase(path).close()
    assert source.read(0, (), None).highest == 0


def test_the_text_names_file_and_mend_but_nothing_from_the_database(path: Path, source: SqliteSource) -> None:
    sql(path, "CREATE TABLE secret_project (id)")
    with pytest.raises(SourceUnavailable) as caught:
        source.read(0, (), None)
    assert str(caught.value) == f"not_prodigy: {path} is no Prodigy database: there is no table dataset"
