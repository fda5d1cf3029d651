"""A read of Prodigy's SQLite file lets go of its lock soon: slow pages end early, many datasets come in parts."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.row import DatasetRow
from otpushd.prodigy.sqlite_rows import COLUMNS, DATASETS_AT_ONCE, PAGE_BYTES
from otpushd.prodigy.sqlite_source import SqliteSource

MANY = 2 * DATASETS_AT_ONCE + 1
NEW = "INSERT INTO dataset (name, created, meta, session) VALUES (?, 100, '{}', 0)"
WRITER = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA synchronous = off")
for number in range(100):
    database.execute("BEGIN IMMEDIATE")
    database.execute(sys.argv[2], [f"new{number}"])
    database.execute("INSERT INTO link (example_id, dataset_id) VALUES (1, 1)")
    database.execute("COMMIT")
    time.sleep(number % 10 / 300)  # now faster than datasets are read, now slower
"""


@pytest.fixture
def many(prodigy: ProdigyDatabase) -> ProdigyDatabase:
    prodigy.execute("BEGIN")
    for number in range(MANY):
        prodigy.execute(NEW, [f"d{number}"])
    prodigy.execute("COMMIT")
    return prodigy


@pytest.fixture
def slow(path: Path) -> Iterator[SqliteSource]:
    """A source that has no time at all for a page."""
    source = SqliteSource(path, links_seconds=0)
    yield source
    source.close()


def test_a_page_that_takes_long_ends_with_what_it_has_and_the_next_goes_on(
    prodigy: ProdigyDatabase, slow: SqliteSource
) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(3)])
    pages = [slow.read(mark, (), None) for mark in range(4)]
    assert [[link.id for link in page.links] for page in pages] == [[1], [2], [3], []]
    assert [page.mark for page in pages] == [1, 2, 3, 3]
    assert [page.last for page in pages][0::3] == [False, True]


def test_a_page_of_the_sweep_that_takes_long_says_how_far_it_came(prodigy: ProdigyDatabase, slow: SqliteSource) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(3)])
    reread = slow.reread(0, 3, None)
    assert ([link.id for link in reread.links], reread.upto) == ([1], 1)


def test_datasets_are_all_read_however_many_there_are(many: ProdigyDatabase, source: SqliteSource) -> None:
    page = source.read(0, (), None)
    assert page.datasets == tuple(DatasetRow(n + 1, f"d{n}", 100, False, True) for n in range(MANY))
    assert source.read(0, (), page.fingerprint).datasets is None


def test_datasets_that_are_made_while_they_are_read_come_as_of_the_moment_of_the_links(
    path: Path, many: ProdigyDatabase, source: SqliteSource
) -> None:
    """Each comes with a link in one commit, so that in any moment there are as many new ones as links."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), NEW])
    found = []
    while writer.poll() is None:
        page = source.read(0, (), None)
        found.append((page.highest, len(page.datasets or ()) - MANY))
    assert writer.returncode == 0
    assert len(set(found)) > 3
    assert all(links == datasets for links, datasets in found), found


@pytest.mark.parametrize("value", ["9223372036854775807", "-9223372036854775808", "'text'", "1e300", "x'00'"])
def test_numbers_of_datasets_may_be_anything(prodigy: ProdigyDatabase, source: SqliteSource, value: str) -> None:
    for number in range(3):
        prodigy.dataset(f"d{number}")
    before = source.read(0, (), None)
    prodigy.execute(f"UPDATE dataset SET created = {value}, session = {value}")
    after = source.read(0, (), before.fingerprint)
    assert after.datasets is not None
    assert after.datasets != before.datasets


@pytest.mark.parametrize("number", [2**63 - 1, -5])
def test_ids_of_datasets_may_be_anything(prodigy: ProdigyDatabase, source: SqliteSource, number: int) -> None:
    prodigy.dataset("one")
    prodigy.execute("INSERT INTO dataset VALUES (?, 'two', 1, '{}', 0)", [number])
    assert {row.id for row in source.read(0, (), None).datasets or ()} == {1, number}


@pytest.mark.parametrize("values", ["NULL, 5, NULL, NULL", "'a', NULL, NULL, 0", "NULL, NULL, NULL, NULL"])
def test_a_dataset_without_name_or_time_is_noticed_whatever_its_id(tmp_path: Path, values: str) -> None:
    with closing(sqlite3.connect(tmp_path / "loose.db", isolation_level=None)) as other:
        for table, columns in COLUMNS.items():
            other.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {', '.join(sorted(columns - {'id'}))})")
        other.execute("INSERT INTO dataset (id, name, created, meta, session) VALUES (9, 'last', 1, NULL, 0)")
        source = SqliteSource(tmp_path / "loose.db")
        before = source.read(0, (), None)
        other.execute(f"INSERT INTO dataset (id, name, created, meta, session) VALUES (3, {values})")
        found = source.read(0, (), before.fingerprint).datasets or ()
        source.close()
    assert [row.id for row in found] == [3, 9]


def test_two_datasets_that_exchange_their_times_are_noticed(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.dataset("one", created=100)
    prodigy.dataset("two", created=200)
    before = source.read(0, (), None)
    prodigy.execute("UPDATE dataset SET created = 300 - created")
    assert source.read(0, (), before.fingerprint).datasets is not None


@pytest.mark.parametrize("stored", ["?", "CAST(? AS TEXT)"], ids=["a blob", "a text"])
def test_a_row_larger_than_a_page_comes_whole_and_alone(
    prodigy: ProdigyDatabase, source: SqliteSource, stored: str
) -> None:
    prodigy.save("news", [{"text": "before"}, {"text": "large"}, {"text": "after"}])
    large = b"x" * (PAGE_BYTES + 1)
    prodigy.execute(f"UPDATE example SET content = {stored} WHERE id = 2", [large])
    pages = [source.read(mark, (), None) for mark in range(3)]
    assert [[link.id for link in page.links] for page in pages] == [[1], [2], [3]]
    assert pages[1].links[0].content == large
    assert pages[2].below[-1].content == large
