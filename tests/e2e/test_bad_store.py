"""A store that cannot be written: said clearly at the start, survived while running, and nothing is lost."""

import os
import re
import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from world import Team, wait_for


def corrupt(store: Path) -> None:
    store.parent.mkdir()
    store.write_bytes(b"SQLite format 3\0" + b"rubbish" * 2000)


def no_folder(store: Path) -> None:
    store.parent.write_text("a file where the folder should be")


def somebody_elses(store: Path) -> None:
    store.parent.mkdir()
    with closing(sqlite3.connect(store)) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")


def a_folder(store: Path) -> None:
    store.mkdir(parents=True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(corrupt, "restore a backup", id="damaged"),
        pytest.param(no_folder, "store", id="no folder"),
        pytest.param(a_folder, "store", id="a folder"),
        pytest.param(somebody_elses, "another program", id="somebody else's"),
    ],
)
def test_a_store_that_cannot_be_opened_is_one_clear_line_and_exit_1(
    team: Team, make: Callable[[Path], object], words: str
) -> None:
    make(team.store)
    assert team.run().wait(10) == 1
    (line,) = team.logged().splitlines()
    assert line.startswith("otpushd: /")
    assert words in line
    assert "Errno" not in line


def test_a_folder_that_may_not_be_written_is_one_clear_line_and_exit_1(team: Team, bound: list[str]) -> None:
    team.store.parent.mkdir(mode=0o555)
    assert team.run(prefix=bound).wait(10) == 1
    (line,) = team.logged().splitlines()
    assert re.fullmatch(r"otpushd: /\S+: .*writ.*", line)


def test_prodigys_own_file_as_the_store_is_refused_and_untouched(team: Team) -> None:
    team.edit("otpushd.yaml", "store/otpushd.db", "prodigy.db")
    team.answer()
    team.prodigy.close()
    before = (team.folder / "prodigy.db").read_bytes()
    assert team.run().wait(10) in (1, 2)
    assert (team.folder / "prodigy.db").read_bytes() == before
    assert "Traceback" not in team.logged()


def test_a_disk_that_fills_up_loses_nothing_once_there_is_room(team: Team) -> None:
    """Here by a limit on the size of files, which the kernel lets be raised from outside."""
    team.prodigy.dataset("news")
    process = team.start()
    team.answer("before")
    team.await_titles("ann said accept on news")
    hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (32_768, hard))
    for number in range(40):
        team.answer(str(number))
    wait_for(lambda: [one for one in team.events("job_failed") if "disk" in one["mend"]], "a word about it", process)
    time.sleep(0.5)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    team.await_titles(*["ann said accept on news"] * 41)
    assert len(team.events("job_failed")) <= 4
    assert team.events("job_works_again")


def test_once_on_a_full_disk_says_so_and_exits_1_and_loses_nothing(team: Team) -> None:
    team.answer("history")
    assert team.once() == 0
    for number in range(40):
        team.answer(str(number))
    process = team.run("--once", prefix=["prlimit", "--fsize=32768"])
    assert process.wait(10) == 1
    (line,) = team.events("fatal")
    assert "disk" in line["mend"]
    assert team.once() == 0
    assert len(team.gateway.taken()) == 40


def test_a_store_that_another_process_holds_is_waited_for(team: Team) -> None:
    """Longer than the 5 s that each write waits: both the poll and the dispatch fail, and go on."""
    process = team.start()
    with closing(sqlite3.connect(team.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        team.answer()
        wait_for(lambda: team.events("job_failed"), "a word about it", process)
        other.execute("ROLLBACK")
    team.await_titles("ann said accept on news")
    assert "Traceback" not in team.logged()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for a small file system")
def test_a_small_disk_full_from_the_start_is_one_clear_line(team: Team) -> None:
    team.store.parent.mkdir()
    if os.system(f"mount -t tmpfs -o size=4k otpushd {team.store.parent} 2>/dev/null"):
        pytest.skip("may not mount here")
    try:
        assert team.run().wait(10) == 1
        (line,) = team.logged().splitlines()
        assert "make room" in line
    finally:
        os.system(f"umount {team.store.parent}")
