"""Ids that are given out again, rows that are rewritten or gone, backups: between a real database and a real store."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.sqlite_source import SqliteSource
from tests.office import DECIDED, Office


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prodigy.db"


@pytest.fixture
def office(path: Path, tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, ProdigyDatabase(path), lambda: SqliteSource(path))
    yield office
    office.end()


def copy(path: Path, to: Path) -> None:
    """A backup, made or restored."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


away = pytest.mark.parametrize("away", [False, True], ids=["while watching", "while away"])


@away
@pytest.mark.parametrize("refill", [1, 3, 9], ids=["below the mark", "up to the mark", "beyond the mark"])
def test_ids_given_out_again_after_a_drop_are_new_answers(office: Office, away: bool, refill: int) -> None:
    office.save("news", "a", "b", "c")
    office.look()
    if away:
        office.restart()
    office.prodigy.drop("news")
    office.prodigy.dataset("news", created=20)
    texts = [f"again {number}" for number in range(refill)]
    office.save("news", *texts)
    office.look()
    assert sorted(office.told()) == sorted(["a", "b", "c", *texts])


@away
def test_the_ids_of_a_dropped_session_are_given_to_answers(office: Office, away: bool) -> None:
    """The main dataset stays, so that nothing falls: the new links only take the session's place."""
    office.prodigy.session("news-ann")
    office.save("news", "a", "b", session="news-ann")
    office.look()
    if away:
        office.restart()
    office.prodigy.drop("news-ann")
    office.save("news", "c", "d", "e")
    office.look()
    assert office.told() == ["a", "b", "c", "d", "e"]


@away
def test_the_same_answers_again_in_a_dataset_made_anew_in_the_same_second(office: Office, away: bool) -> None:
    """Ids, names, hashes: everything is the same but the moment of decision."""
    office.save("news", "a", "b")
    office.look()
    if away:
        office.restart()
    office.prodigy.drop("news")
    office.prodigy.execute("DELETE FROM example WHERE id > 1")
    office.prodigy.dataset("news", created=10)
    office.save("news", "a", "b")
    office.look()
    assert sorted(office.told()) == ["a", "a", "b", "b"]


def test_two_rows_with_equal_content_are_two_answers(office: Office) -> None:
    task = {"text": "a", "answer": "accept", "_timestamp": DECIDED}
    office.prodigy.save("news", [task, task])
    office.look()
    office.prodigy.save("news", [task])
    office.look()
    assert office.told() == ["a", "a", "a"]


def test_a_row_that_was_rewritten_is_a_problem_and_no_answer(office: Office) -> None:
    numbers = office.save("news", "a", "b", "c")
    office.look()
    for number in numbers[:2]:
        sql = "UPDATE example SET content = replace(content, 'accept', 'reject') WHERE id = ?"
        office.prodigy.execute(sql, (number,))
    office.look()
    assert office.told() == ["a", "b", "c"]
    assert office.told("integrity.problem") == ["rows rewritten after they were saved: 2"]


def test_rewriting_it_once_more_is_told_once_more(office: Office) -> None:
    (number,) = office.save("news", "a")
    office.look()
    for answer in ("reject", "ignore", "reject"):
        sql = "UPDATE example SET content = json_set(content, '$.answer', ?) WHERE id = ?"
        office.prodigy.execute(sql, (answer, number))
        office.look()
    assert len(office.told("integrity.problem")) == 3


def test_links_that_are_gone_are_told_once_where_their_dataset_is_still_there(office: Office) -> None:
    office.prodigy.dataset("other", created=10)
    office.save("news", "a", "b", "c", "d")
    office.save("other", "x")
    office.look()
    office.prodigy.execute("DELETE FROM link WHERE id IN (2, 4)")
    office.prodigy.drop("other")
    office.look()
    office.restart()
    office.look()
    assert office.told("integrity.problem") == ["links gone although the dataset is still there: 2"]
    assert office.told("dataset.dropped") == ["1 answers"]


@away
def test_a_restored_backup_says_nothing_twice_and_loses_nothing(
    office: Office, away: bool, path: Path, tmp_path: Path
) -> None:
    office.save("news", "a", "b")
    office.look()
    copy(path, tmp_path / "backup.db")
    office.save("news", "lost", "lost too")
    office.look()
    if away:
        office.restart()
    copy(tmp_path / "backup.db", path)
    office.save("news", "c", "d", "e")
    office.look()
    assert office.told() == ["a", "b", "lost", "lost too", "c", "d", "e"]


def test_a_backup_that_is_undone_brings_the_same_rows_back(office: Office, path: Path, tmp_path: Path) -> None:
    office.save("news", "a")
    office.look()
    copy(path, tmp_path / "old.db")
    office.save("news", "b", "c")
    office.look()
    copy(path, tmp_path / "new.db")
    copy(tmp_path / "old.db", path)
    office.look()
    copy(tmp_path / "new.db", path)
    office.look()
    assert office.told() == ["a", "b", "c"]
    assert office.poll.memory is not None
    assert [one.answers for one in office.poll.memory.datasets.values() if one.row.name == "news"] == [3]


def test_a_row_with_an_id_below_the_mark_is_found_by_the_sweep(office: Office) -> None:
    numbers = office.save("news", "a", "b")
    office.prodigy.execute("INSERT INTO link (id, example_id, dataset_id) VALUES (100, ?, 1)", (numbers[0],))
    office.look()
    office.prodigy.execute("INSERT INTO link (id, example_id, dataset_id) VALUES (50, ?, 1)", (numbers[1],))
    office.look()
    office.look()
    assert sorted(office.told()) == ["a", "a", "b", "b"]


def test_a_renamed_dataset_keeps_its_answers(office: Office) -> None:
    office.save("news", "a")
    office.look()
    office.prodigy.execute("UPDATE dataset SET name = 'fresh' WHERE name = 'news'")
    office.look()
    assert office.told() == ["a"]


def test_another_database_in_its_place_is_read_from_its_beginning(office: Office, path: Path, tmp_path: Path) -> None:
    office.save("news", *map(str, range(700)))
    office.look()
    other = ProdigyDatabase(tmp_path / "other.db")
    other.dataset("else", created=99)
    other.save("else", [{"text": f"other {number}", "answer": "accept"} for number in range(720)])
    other.close()
    shutil.move(tmp_path / "other.db", path)
    office.look()
    assert sum(body.startswith("other") for body in office.told("example.added")) == 720


@pytest.mark.parametrize("count", [50, 3000], ids=["a page", "many pages"])
def test_much_that_is_given_out_again_is_found_at_once(office: Office, count: int) -> None:
    """Not at the pace of the sweep: within a few looks at the same moment."""
    office.save("news", *map(str, range(count)))
    office.look()
    office.prodigy.drop("news")
    office.prodigy.dataset("news", created=20)
    office.save("news", *[f"again {number}" for number in range(count + 10)])
    for _ in range(30):
        office.now += timedelta(seconds=1)
        asyncio.run(office.poll.run())
    assert sum(body.startswith("again") for body in office.told()) == count + 10


def test_an_untouched_database_is_swept_once(office: Office) -> None:
    office.save("news", *map(str, range(20)))
    office.look()
    before = office.poll.sweeps
    office.look()
    assert office.poll.sweeps == before
    office.save("news", "more")
    office.look()
    assert office.poll.sweeps > before
