"""What arrived between two counts, and how a command ended. The running itself is shown with the real command (e2e)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.importing import arrived, count, ending
from otpushd.model.examples import Counted
from otpushd.model.import_run import Ending
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.prodigy.unavailable import SourceUnavailable

NONE, TWO, FIVE, ANEW = Counted(None, 0), Counted((1, 10), 2), Counted((1, 10), 5), Counted((1, 20), 4)


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        pytest.param({"a": TWO}, {"a": FIVE}, 3, id="more than before"),
        pytest.param({"a": NONE}, {"a": FIVE}, 5, id="the dataset is new"),
        pytest.param({"a": FIVE}, {"a": ANEW}, 4, id="dropped and made again"),
        pytest.param({"a": FIVE}, {"a": NONE}, 0, id="dropped"),
        pytest.param({"a": TWO, "b": NONE}, {"a": FIVE, "b": ANEW}, 7, id="in several sources"),
    ],
)
def test_what_arrived(before: Mapping[str, Counted], after: Mapping[str, Counted], rows: int) -> None:
    assert arrived(before, after) == rows


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, Ending(0)),
        (7, Ending(7, "exit status 7")),
        (-15, Ending(143, "killed by signal SIGTERM", 15)),
        (-64, Ending(192, "killed by signal SIGRTMAX", 64)),
    ],
)
def test_how_it_ended(code: int, expected: Ending) -> None:
    assert ending(code) == expected


def test_a_database_that_is_not_made_yet_holds_nothing(tmp_path: Path) -> None:
    assert count({"main": SqliteSource(tmp_path / "prodigy.db")}, "news") == {"main": NONE}


def test_a_database_that_is_none_cannot_be_counted(tmp_path: Path) -> None:
    (tmp_path / "prodigy.db").write_text("no database" * 100)
    with pytest.raises(SourceUnavailable):
        count({"main": SqliteSource(tmp_path / "prodigy.db")}, "news")


def test_a_dataset_is_counted_without_its_sessions(tmp_path: Path) -> None:
    prodigy = ProdigyDatabase(tmp_path / "prodigy.db")
    prodigy.dataset("news", created=10)
    prodigy.import_rows("news", [{"text": "a"}, {"text": "b"}])
    assert count({"main": SqliteSource(tmp_path / "prodigy.db")}, "news") == {"main": TWO}
    prodigy.close()
