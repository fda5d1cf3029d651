"""What is found out about a SQLite file: everything that decides how it can be read, and nothing is left beside it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.sqlite_beside import Beside
from otpushd.prodigy.sqlite_probe import probe_sqlite
from tests.prodigy_structured import Names, StructuredProdigy, envelope

CREATED = 1_700_000_000


@pytest.fixture
def filled(path: Path) -> Path:
    database = ProdigyDatabase(path)
    database.dataset("news", created=CREATED)
    database.save("news", [{"text": str(n)} for n in range(3)])
    database.close()
    return path


def test_a_good_file_is_told_with_owner_rows_and_the_time_of_a_page(filled: Path) -> None:
    filled.chmod(0o640)

    facts = probe_sqlite(filled)

    assert facts.trouble is None
    assert (facts.mode, facts.highest, facts.datasets, facts.beside) == (0o640, 3, 1, Beside.ROLLBACK)
    assert facts.newest and facts.newest.timestamp() == CREATED
    assert facts.page and facts.page.total_seconds() < 1


@pytest.mark.parametrize(("connected", "beside"), [(True, Beside.OPEN), (False, Beside.ALONE)])
def test_a_file_in_wal_mode_is_told_and_nothing_is_made_beside_it(
    filled: Path, connected: bool, beside: Beside
) -> None:
    writer = sqlite3.connect(filled)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("SELECT count(*) FROM link").fetchone()
    if not connected:
        writer.close()
    before = sorted(one.name for one in filled.parent.iterdir())

    facts = probe_sqlite(filled)

    assert (facts.trouble, facts.beside, facts.highest) == (None, beside, 3)
    assert sorted(one.name for one in filled.parent.iterdir()) == before
    writer.close()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda path: None, "missing", id="missing"),
        pytest.param(lambda path: path.touch(), "empty", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"x" * 9000), "not_a_database", id="no database"),
        pytest.param(lambda path: path.mkdir(), "not_a_database", id="a folder"),
        pytest.param(lambda path: os.mkfifo(path), "not_a_database", id="a pipe"),
        pytest.param(lambda path: sqlite3.connect(path).execute("CREATE TABLE a (b)"), "not_prodigy", id="other"),
    ],
)
def test_why_it_cannot_be_read_is_told(path: Path, spoil: Callable[[Path], object], code: str) -> None:
    spoil(path)

    facts = probe_sqlite(path)

    assert facts.trouble and facts.trouble.code == code
    assert str(path) in facts.trouble.text


def test_structured_tables_that_the_daemon_reads_are_told(filled: Path) -> None:
    with closing(ProdigyDatabase(filled)) as prodigy:
        StructuredProdigy(prodigy, Names(example="v2_rows", link="v2_links")).save("news", [envelope()], "news-ann")

    facts = probe_sqlite(filled)

    assert (facts.structured, facts.notes) == (("v2_rows", "v2_links"), ())
    assert facts.page


def test_what_only_looks_like_structured_storage_is_told_as_not_read(filled: Path) -> None:
    with sqlite3.connect(filled) as database:
        database.execute("CREATE TABLE structured_link (id INTEGER, example_id INTEGER, dataset_id INTEGER)")

    facts = probe_sqlite(filled)

    assert facts.structured == ()
    assert "structured_link looks like structured storage" in facts.notes[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_beside_it_of_another_user_is_told(filled: Path) -> None:
    """As a reader under another name leaves it, or a backup put back by root."""
    stranger = filled.with_name(filled.name + "-journal")
    stranger.touch()
    os.chown(stranger, 54321, 54321)

    assert probe_sqlite(filled).strangers == (stranger.name,)
