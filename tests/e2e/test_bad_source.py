"""A Prodigy database that is missing, foreign, locked, unreadable, replaced: one clear line, and nothing is lost."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from world import Team, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase

OUTAGE_RULES = """
  - {name: down, on: [source.unavailable, source.recovered], to: lea, title: "{{ event_type }}", body: "{{ detail }}"}
"""


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE dataset (id INTEGER PRIMARY KEY)")


BAD: dict[str, tuple[str, Callable[[Path], object]]] = {
    "absent": ("missing", lambda path: None),
    "blank": ("empty", lambda path: path.touch()),
    "other": ("not_a_database", lambda path: path.write_bytes(b"no database " * 500)),
    "folder": ("not_a_database", lambda path: path.mkdir()),
    "pipe": ("not_a_database", lambda path: os.mkfifo(path)),
    "foreign": ("not_prodigy", foreign),
}
"""Six files that are not Prodigy's yet: the code for it, and how to make one."""


def test_files_that_are_not_there_yet_are_waited_for(team: Team) -> None:
    """The daemon is ready, says once for each what is wrong and how to mend it, and goes on when Prodigy's is there."""
    for name, (_, make) in BAD.items():
        make(team.folder / name)
        team.edit("otpushd.yaml", "store:", f'  - {{name: {name}, url: "sqlite:///{name}", poll: 50ms}}\nstore:')
    process = team.start()
    time.sleep(0.3)
    told = {one["source"]: (one["code"], one["mend"].split()[0]) for one in team.events("source_unreadable")}
    assert told == {name: (code, told[name][1]) for name, (code, _) in BAD.items()}
    assert all(mend.startswith(str(team.folder / name)) for name, (_, mend) in told.items())
    assert len(team.events("source_unreadable")) == len(BAD)
    for name in BAD:
        mended(team.folder / name)
    team.await_titles(*["ann said accept on news"] * len(BAD))
    assert process.poll() is None
    assert "Traceback" not in team.logged()


def mended(path: Path) -> None:
    """Put Prodigy's database in place of what is there, with an answer in it."""
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    late = ProdigyDatabase(path)
    late.save("news", [{"text": "t", "answer": "accept"}], session="news-ann")
    late.close()


def test_a_short_lock_is_nobodys_business_and_nothing_is_lost(team: Team) -> None:
    team.write("rules.yaml", (team.folder / "rules.yaml").read_text() + OUTAGE_RULES)
    team.start()
    team.prodigy.execute("BEGIN EXCLUSIVE")
    wait_for(lambda: team.events("source_unreadable"), "the lock is seen")
    team.prodigy.execute("COMMIT")
    team.answer()
    team.await_titles("ann said accept on news")


def test_a_source_that_is_locked_for_long_is_told_and_told_again_when_it_is_over(team: Team) -> None:
    team.write("rules.yaml", (team.folder / "rules.yaml").read_text() + OUTAGE_RULES)
    team.start()
    team.prodigy.execute("BEGIN EXCLUSIVE")
    team.await_titles("source.unavailable")
    assert "locked: " in team.gateway.taken()[0]["notification"]["body"]
    team.prodigy.execute("COMMIT")
    team.answer()
    team.await_titles("ann said accept on news", "source.recovered", "source.unavailable")
    assert len(team.events("source_unreadable")) == 1


def test_a_file_that_may_not_be_read_is_waited_for(team: Team, bound: list[str]) -> None:
    path = team.folder / "prodigy.db"
    path.chmod(0o000)
    team.start(prefix=bound)
    assert [one["code"] for one in team.events("source_unreadable")] == ["unreadable"]
    path.chmod(0o600)
    team.answer()
    team.await_titles("ann said accept on news")


def test_a_file_that_is_replaced_by_a_copy_with_more_in_it_goes_on(team: Team) -> None:
    """A database that was moved away, worked on and moved back: the same rows, and new ones."""
    team.answer("history")
    team.start()
    team.prodigy.close()
    copy = team.folder / "copy.db"
    shutil.copy(team.folder / "prodigy.db", copy)
    team.prodigy = ProdigyDatabase(copy)
    team.answer("new")
    copy.replace(team.folder / "prodigy.db")
    team.await_titles("ann said accept on news")


def test_a_file_that_is_replaced_by_another_databases_is_read_from_its_beginning(team: Team) -> None:
    """Its ids begin anew. What is in it is not history: it came while we were there."""
    for number in range(5):
        team.answer(str(number))
    team.start()
    fresh = ProdigyDatabase(team.folder / "fresh.db")
    fresh.save("reviews", [{"text": "t", "answer": "reject"}], session="reviews-bob")
    fresh.close()
    (team.folder / "fresh.db").replace(team.folder / "prodigy.db")
    team.await_titles("bob said reject on reviews")
    assert team.events("rows_replaced")


def test_a_file_that_is_deleted_and_comes_back_has_lost_nothing(team: Team) -> None:
    team.answer("history")
    process = team.start()
    away = team.folder / "away.db"
    (team.folder / "prodigy.db").rename(away)
    wait_for(lambda: team.events("source_unreadable"), "the loss is seen", process)
    away.rename(team.folder / "prodigy.db")
    team.answer("new")
    team.await_titles("ann said accept on news")
