"""Tasks by their ids, in both storages of both databases."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.prodigy.source import Source
from otpushd.prodigy.sqlite_rows import PAGE_BYTES
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.prodigy.stored_task import MOST_TASKS
from otpushd.prodigy.unavailable import SourceUnavailable
from tests.prodigy_structured import StructuredProdigy, envelope


class Shelf:
    """Somebody who writes and somebody who reads."""

    def __init__(self, writer: Any, source: Source, *, postgres: bool = False) -> None:
        self.writer, self.source, self.postgres = writer, source, postgres

    def structured(self) -> StructuredProdigy:
        return StructuredProdigy(self.writer, postgres=self.postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    if request.param == "sqlite":
        writer = ProdigyDatabase(tmp_path / "prodigy.db")
        shelf = Shelf(writer, SqliteSource(tmp_path / "prodigy.db"))
    else:
        cluster = request.getfixturevalue("cluster")
        parameters = cluster.parameters(request.getfixturevalue("postgres_database"))
        shelf = Shelf(request.getfixturevalue("prodigy_on_postgres"), PostgresSource(parameters), postgres=True)
    yield shelf
    shelf.source.close()
    if request.param == "sqlite":
        writer.close()


def test_what_is_there_is_found_with_its_hashes_and_what_is_not_is_not(shelf: Shelf) -> None:
    one, two = shelf.writer.save("news", [{"text": "one"}, {"text": "two", "_input_hash": 5, "_task_hash": 6}])
    stored = shelf.source.tasks([two, 999, one, -one])
    assert (set(stored.found), stored.looked) == ({one, two}, 4)
    assert stored.found[two][:3] == (two, 5, 6)
    assert json.loads(stored.found[one].content or b"")["text"] == "one"


def test_structured_examples_have_negative_places(shelf: Shelf) -> None:
    (classic,) = shelf.writer.save("news", [{"text": "classic"}])
    (example,) = shelf.structured().save("news", [envelope("structured")], "news-ann")
    stored = shelf.source.tasks([-example, classic])
    assert json.loads(stored.found[-example].content or b"")["input"]["text"] == "structured"
    assert set(stored.found) == {-example, classic}


def test_one_look_holds_so_many_bytes_and_at_least_one_task(shelf: Shelf) -> None:
    places = shelf.writer.save("news", [{"text": "x" * (PAGE_BYTES // 3), "n": n} for n in range(4)])
    stored = shelf.source.tasks([999, *places])
    assert (list(stored.found), stored.looked) == (places[:2], 3)
    (large,) = shelf.writer.save("news", [{"text": "x" * (PAGE_BYTES + 1)}])
    assert set(shelf.source.tasks([large, *places]).found) == {large}


def test_more_are_left_for_the_next_look(shelf: Shelf) -> None:
    assert shelf.source.tasks(range(1, 1000)).looked == MOST_TASKS
    assert shelf.source.tasks([]).looked == 0


def test_a_source_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable):
        SqliteSource(tmp_path / "nowhere.db").tasks([1])
