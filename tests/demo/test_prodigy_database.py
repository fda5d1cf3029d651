"""The made-up database is written as Prodigy writes: its schema, three commits a save, hashes, sessions, drops."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prodigy.db"


@pytest.fixture
def prodigy(path: Path) -> Iterator[ProdigyDatabase]:
    database = ProdigyDatabase(path)
    yield database
    database.close()


def commits(path: Path) -> int:
    """SQLite's own count of committed write transactions, in the file's header."""
    return int.from_bytes(path.read_bytes()[24:28], "big")


def test_making_it_and_every_dataset_and_save_are_as_many_commits_as_prodigys(
    path: Path, prodigy: ProdigyDatabase
) -> None:
    """Six of the schema, one a dataset, three a save (prodigy.md 1.3)."""
    assert commits(path) == 6
    prodigy.dataset("news")
    prodigy.session("news-ann")
    assert commits(path) == 6 + 2
    prodigy.save("news", [{"text": "a"}, {"text": "b"}], session="news-ann")
    assert commits(path) == 6 + 2 + 3


def test_a_save_is_a_block_of_main_links_and_an_equal_one_of_session_links(prodigy: ProdigyDatabase) -> None:
    assert prodigy.save("news", [{"text": "a"}, {"text": "b"}], session="news-ann") == [1, 2]
    assert prodigy.execute("SELECT * FROM link") == [(1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 2, 2)]
    assert prodigy.execute("SELECT id, name, session FROM dataset") == [(1, "news", 0), (2, "news-ann", 1)]


def test_hashes_are_32_bit_and_stand_in_columns_and_content(prodigy: ProdigyDatabase) -> None:
    prodigy.save("news", [{"text": "a", "answer": "accept"}, {"text": "a", "answer": "reject"}, {"text": "b"}])
    rows = prodigy.execute("SELECT input_hash, task_hash, content FROM example")
    found = [json.loads(content) for _, _, content in rows]
    assert [(one["_input_hash"], one["_task_hash"]) for one in found] == [(one, other) for one, other, _ in rows]
    assert rows[0][:2] == rows[1][:2] != rows[2][:2]
    assert all(-(2**31) <= number < 2**31 for row in rows for number in row[:2])


def test_what_the_task_says_goes_before_what_is_made_up(prodigy: ProdigyDatabase) -> None:
    prodigy.save("news", [{"text": "a", "_input_hash": 5}])
    assert prodigy.execute("SELECT input_hash FROM example") == [(5,)]


def test_a_servers_session_has_meta_and_an_imports_has_none(prodigy: ProdigyDatabase) -> None:
    prodigy.session("2026-03-02_09-00-00")
    prodigy.import_rows("news", [{"text": "a"}, {"text": "b", "answer": "ignore"}])
    metas = [json.loads(meta) for (meta,) in prodigy.execute("SELECT meta FROM dataset WHERE session ORDER BY id")]
    assert (list(metas[0]), metas[1]) == (["created"], {})
    answers = [json.loads(content)["answer"] for (content,) in prodigy.execute("SELECT content FROM example")]
    assert answers == ["accept", "ignore"]


def test_a_drop_takes_dataset_and_links_and_leaves_examples(prodigy: ProdigyDatabase) -> None:
    prodigy.save("news", [{"text": "a"}], session="news-ann")
    prodigy.drop("news")
    prodigy.drop("never there")
    assert prodigy.execute("SELECT name FROM dataset") == [("news-ann",)]
    assert prodigy.execute("SELECT * FROM link") == [(2, 1, 2)]
    assert prodigy.execute("SELECT count(*) FROM example") == [(1,)]


def test_opening_it_again_keeps_what_is_there(path: Path, prodigy: ProdigyDatabase) -> None:
    prodigy.save("news", [{"text": "a"}])
    again = ProdigyDatabase(path)
    assert (again.dataset("news"), commits(path)) == (1, 6 + 1 + 2)
    again.close()
