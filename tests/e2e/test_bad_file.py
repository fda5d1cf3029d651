"""What may happen to Prodigy's SQLite file under a running daemon: a line with the mend, and nothing is lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from world import Team, peak, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase


def codes(team: Team, before: int = 0) -> list[str]:
    """What was said about the source, but for the first lines."""
    return [one["code"] for one in team.events("source_unreadable")[before:]]


def another(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Something else in the file's place."""

    def do(path: Path) -> None:
        path.unlink()
        make(path)

    return do


def sql(statement: str) -> Callable[[Path], object]:
    def do(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA legacy_alter_table = 1")  # or it would change the other tables as well
            database.execute(statement)

    return do


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "overwritten": (lambda path: path.write_bytes(b"no database " * 5000), "not_a_database"),
    "cut in two": (lambda path: os.truncate(path, path.stat().st_size // 2), "corrupt"),
    "without its last page": (lambda path: os.truncate(path, path.stat().st_size - 4096), "corrupt"),
    "emptied": (lambda path: os.truncate(path, 0), "empty"),
    "gone": (Path.unlink, "missing"),
    "a folder": (another(Path.mkdir), "not_a_database"),
    "a pipe": (another(os.mkfifo), "not_a_database"),
    "a link to nowhere": (another(lambda path: path.symlink_to("nowhere")), "missing"),
    "a link to itself": (another(lambda path: path.symlink_to(path)), "unreadable"),
    **{
        f"no table {table}": (sql(f"ALTER TABLE {table} RENAME TO hidden"), "not_prodigy")
        for table in ("dataset", "example", "link")
    },
}


def test_whatever_is_done_to_the_file_is_told_and_its_return_as_well(team: Team) -> None:
    """One daemon lives through all of it, and announces what was saved before it and after it."""
    path, copy = team.folder / "prodigy.db", team.folder / "copy.db"
    team.prodigy.save("news", [{"text": "x" * 300, "answer": "accept"}] * 100, session="news-ann")
    daemon = team.start()
    for number, (name, (harm, code)) in enumerate(FAULTS.items()):
        before = len(codes(team))
        team.prodigy.close()
        shutil.copy(path, copy)
        harm(path)
        wait_for(lambda before=before, code=code: code in codes(team, before), f"{name}: {codes(team)}", daemon)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        copy.rename(path)
        team.prodigy = ProdigyDatabase(path)
        team.answer(name)
        wait_for(lambda number=number: len(team.gateway.taken()) > number, f"after {name}", daemon)
    team.await_titles(*["ann said accept on news"] * len(FAULTS))
    assert len({one["notification"]["body"] for one in team.gateway.taken()}) == len(FAULTS)
    assert "Traceback" not in team.logged()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_rights_that_are_taken_away_are_told_and_waited_for(team: Team, bound: list[str], what: str) -> None:
    """A daemon that has the file open reads on; one that is started meanwhile waits."""
    folder = team.folder / "data"
    folder.mkdir()
    team.edit("otpushd.yaml", "sqlite:///prodigy.db", "sqlite:///data/prodigy.db")
    team.prodigy.close()
    team.prodigy = ProdigyDatabase(folder / "prodigy.db")
    team.answer("history")
    assert team.once() == 0
    guarded = folder if what == "folder" else folder / "prodigy.db"
    guarded.chmod(0)
    team.start(prefix=bound)
    assert codes(team) == ["unreadable"]
    team.answer("new")
    guarded.chmod(0o700)
    team.await_titles("ann said accept on news")


def test_a_row_of_eighty_megabytes_is_announced_without_its_content_and_costs_no_memory(team: Team) -> None:
    daemon = team.start()
    before = peak(daemon.pid)
    (large,) = team.prodigy.examples([{"text": "t", "answer": "accept"}])
    team.prodigy.execute("UPDATE example SET content = zeroblob(80000000)")
    team.prodigy.links("news", [large])
    team.prodigy.session("news-ann")
    team.prodigy.links("news-ann", [large])
    team.answer("t")
    team.await_titles("ann said accept on news", "ann said on news")
    assert peak(daemon.pid) - before < 20_000_000
    assert team.stored("SELECT what FROM fault") == [("task: too large to be read",)]


NOTHING = [
    "INSERT INTO link (example_id, dataset_id) VALUES (NULL, 1)",
    "INSERT INTO link (example_id, dataset_id) VALUES (1, NULL)",
    "INSERT INTO link (example_id, dataset_id) VALUES ('one', 1.5)",
    "INSERT INTO link (example_id, dataset_id) VALUES (x'00', 1)",
    "INSERT INTO dataset (name, created, meta, session) VALUES (NULL, NULL, NULL, NULL)",
    "INSERT INTO dataset (name, created, meta, session) VALUES (1, 'two', 'three', 'four')",
]


def test_rows_that_hold_nothing_or_nonsense_keep_no_other_back(team: Team) -> None:
    """Prodigy's own tables forbid NULL; what others made of them may not."""
    with closing(sqlite3.connect(team.folder / "prodigy.db", isolation_level=None)) as database:
        database.execute("PRAGMA writable_schema = 1")
        database.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '')")
    team.prodigy.close()
    team.prodigy = ProdigyDatabase(team.folder / "prodigy.db")
    daemon = team.start()
    for number, statement in enumerate(NOTHING):
        team.prodigy.execute(statement)
        team.answer(str(number))
        wait_for(lambda number=number: len(team.gateway.taken()) > number, statement, daemon)
    assert not team.events("job_failed")


KILLED = """
import os, signal, sqlite3, sys
from otpushd.demo.prodigy_database import ProdigyDatabase
from pathlib import Path
prodigy = ProdigyDatabase(Path(sys.argv[1]))
prodigy.save("news", [{"text": "last words", "answer": "accept"}], session="news-ann")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("left", "said"), [pytest.param("-shm", [], id="-wal and -shm"), pytest.param("", ["needs_recovery"], id="-wal")]
)
def test_what_prodigy_left_in_wal_mode_when_it_was_killed_is_not_lost(
    team: Team, bound: list[str], left: str, said: list[str]
) -> None:
    """In a folder that we may not write. Nothing in it is changed; a missing -shm is Prodigy's to make at its start."""
    folder = team.folder / "data"
    folder.mkdir()
    path = folder / "prodigy.db"
    team.edit("otpushd.yaml", "sqlite:///prodigy.db", "sqlite:///data/prodigy.db")
    team.prodigy.close()
    team.prodigy = ProdigyDatabase(path)
    team.prodigy.execute("PRAGMA journal_mode = wal")
    team.answer("history")
    team.prodigy.close()
    assert team.once() == 0
    subprocess.run([sys.executable, "-c", KILLED, str(path)])
    if not left:
        path.with_name("prodigy.db-shm").unlink()
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    folder.chmod(0o555)
    daemon = team.start(prefix=bound)
    assert codes(team) == said
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before
    folder.chmod(0o755)
    team.prodigy = ProdigyDatabase(path)
    team.answer("new")
    wait_for(lambda: len(team.gateway.taken()) == 2, "what was saved before the kill, and after it", daemon)
