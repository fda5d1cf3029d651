"""A store that is damaged, removed, exchanged or short of room under a running daemon, or was when it starts."""

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from world import Team, wait_for

MESSAGE = "ann said accept on news"


def damage(store: Path, after: float = 0.5) -> None:
    """Nonsense in the file from a share of it on; what was not yet in the file itself is put there before."""
    with closing(sqlite3.connect(store)) as database:
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    size = store.stat().st_size
    with store.open("r+b") as file:
        file.seek(int(size * after) // 4096 * 4096)
        file.write(random.Random(1).randbytes(size - file.tell()))


def answers(team: Team, count: int) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(count)], session="news-ann")


def accepted(team: Team) -> dict[str, set[str]]:
    """The bodies that were accepted, and the ids of each: the same message again has the same one."""
    found: dict[str, set[str]] = {}
    for one in team.gateway.received("accepted"):
        found.setdefault(one["document"]["notification"]["body"], set()).add(one["filename"])
    return found


@pytest.mark.parametrize("after", [0.0, 0.5])
def test_a_store_that_is_damaged_while_running_ends_the_daemon_and_is_refused_from_then_on(
    team: Team, after: float
) -> None:
    process = team.start()
    answers(team, 300)
    wait_for(lambda: len(team.gateway.taken()) == 300, "the first answers", process)
    damage(team.store, after)
    answers(team, 200)
    assert process.wait(15) == 1
    (fatal,) = team.events("fatal")
    assert "restore a backup" in fatal["mend"]
    assert team.run().wait(10) == 1
    last = team.logged().splitlines()[-1]
    assert last.startswith(f"otpushd: {team.store}: ")
    assert "restore a backup" in last


def test_damage_that_nobody_came_by_yet_is_found_at_the_start(team: Team) -> None:
    process = team.start()
    answers(team, 300)
    wait_for(lambda: len(team.gateway.taken()) == 300, "the first answers", process)
    team.stop(process)
    damage(team.store)
    assert team.run().wait(10) == 1
    assert "damaged" in team.logged().splitlines()[-1]


@pytest.mark.parametrize("what", ["the file", "the folder"])
def test_a_store_that_is_removed_while_running_is_put_back(team: Team, what: str) -> None:
    process = team.start()
    team.answer("before")
    team.await_titles(MESSAGE)
    shutil.rmtree(team.store.parent) if what == "the folder" else team.store.unlink()
    team.answer("meanwhile")
    wait_for(lambda: team.events("store_put_back"), "a word about it", process)
    assert team.run().wait(10) == 1, "a second daemon is kept out as before"
    team.stop(process)
    team.answer("after")
    team.start()
    team.await_titles(*[MESSAGE] * 3)
    assert sorted(each.name for each in team.store.parent.iterdir() if "again" in each.name) == []


def moved_there(backup: Path, store: Path) -> None:
    backup.rename(store)


def moved_there_alone(backup: Path, store: Path) -> None:
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).unlink()
    backup.rename(store)


def copied_over_it(backup: Path, store: Path) -> None:
    shutil.copyfile(backup, store)


@pytest.mark.parametrize("restore", [moved_there, moved_there_alone, copied_over_it])
def test_a_backup_that_is_restored_under_the_daemon_ends_it_and_nothing_is_lost(
    team: Team, restore: Callable[[Path, Path], None]
) -> None:
    """What came after the backup was made is told once more, with the same ids; nobody can know that it was."""
    assert team.once() == 0
    backup = shutil.copytree(team.store.parent, team.folder / "backup") / team.store.name
    process = team.start()
    team.answer("after the backup")
    team.await_titles(MESSAGE)
    restore(backup, team.store)
    assert process.wait(10) == 1
    assert "next start" in team.events("fatal")[0]["mend"]
    team.answer("after the end")
    team.start()
    wait_for(lambda: len(accepted(team)) == 2, "both answers")
    assert {len(ids) for ids in accepted(team).values()} == {1}


def test_another_programs_file_in_its_place_ends_the_daemon_and_is_left_alone(team: Team) -> None:
    process = team.start()
    with closing(sqlite3.connect(team.folder / "other.db")) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")
    (team.folder / "other.db").rename(team.store)
    theirs = team.store.read_bytes()
    assert process.wait(10) == 1
    assert team.run().wait(10) == 1
    assert "another program" in team.logged().splitlines()[-1]
    assert team.store.read_bytes() == theirs


def test_a_lock_that_was_left_over_keeps_nobody_out(team: Team) -> None:
    team.store.parent.mkdir()
    team.store.with_name(team.store.name + ".lock").write_text("1\n")
    team.stop(team.start())


def test_a_lock_that_somebody_removes_is_taken_again(team: Team) -> None:
    process = team.start()
    lock = team.store.with_name(team.store.name + ".lock")
    lock.unlink()
    wait_for(lock.exists, "the lock", process)
    assert team.run().wait(10) == 1
    assert f"process {process.pid}" in team.logged().splitlines()[-1]
    team.stop(process)


def test_a_folder_that_cannot_be_made_again_is_said_and_the_store_put_back_once_it_can(team: Team) -> None:
    process = team.start()
    shutil.rmtree(team.store.parent)
    team.store.parent.write_text("a file in its place")
    (gone,) = wait_for(lambda: team.events("job_failed"), "a word about it", process)
    assert "cannot be put back" in gone["mend"]
    team.answer("meanwhile")
    team.await_titles(MESSAGE)
    team.store.parent.unlink()
    wait_for(lambda: team.events("store_put_back"), "it to be put back", process)
    team.stop(process)
    assert team.stored("SELECT count(*) FROM notification") == [(1,)]


def test_a_store_that_is_removed_just_before_the_end_is_put_back(team: Team) -> None:
    process = team.start()
    team.answer()
    team.await_titles(MESSAGE)
    team.store.unlink()
    team.stop(process)
    assert team.stored("SELECT count(*) FROM notification") == [(1,)]


def newer(store: Path) -> None:
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("INSERT INTO schema_migration (name, applied) VALUES ('0999_future', '2031-01-01')")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(newer, "newer otpushd", id="a newer version's"),
        pytest.param(lambda store: store.chmod(0o444), "write rights", id="read-only"),
        pytest.param(lambda store: store.parent.chmod(0o555), "write", id="in a read-only folder"),
    ],
)
def test_a_store_that_cannot_be_used_any_more_is_one_clear_line_and_left_as_it_is(
    team: Team, bound: list[str], change: Callable[[Path], object], words: str
) -> None:
    assert team.once() == 0
    change(team.store)
    before, said = team.store.read_bytes(), len(team.logged().splitlines())
    assert team.run(prefix=bound).wait(10) == 1
    (line,) = team.logged().splitlines()[said:]
    assert words in line
    assert team.store.read_bytes() == before


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "otpushd", folder]).returncode
    ):
        pytest.skip("needs the right to mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill_the_disk(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_a_disk_without_room_is_said_once_and_work_goes_on_when_there_is_some(team: Team) -> None:
    with small_disk(team.store.parent, "4m"):
        process = team.start()
        filling = team.store.with_name("somebody-elses")
        fill_the_disk(filling)
        answers(team, 100)
        (failed,) = wait_for(lambda: team.events("job_failed")[:1], "a word about it", process)
        assert "disk" in failed["mend"]
        filling.unlink()
        team.await_titles(*[MESSAGE] * 100)
        assert {len(ids) for ids in accepted(team).values()} == {1}
        assert len(team.events("job_failed")) <= 4
        team.stop(process)
