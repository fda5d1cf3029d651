"""What is said of a Prodigy database in SQLite."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from otpushd.doctor.finding import Severity
from otpushd.doctor.sqlite_source import judge_sqlite
from otpushd.prodigy.facts import SqliteFacts, Trouble
from otpushd.prodigy.sqlite_beside import Beside

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GOOD = SqliteFacts(
    Path("/srv/prodigy.db"),
    owner="prodigy:prodigy",
    mode=0o640,
    beside=Beside.ROLLBACK,
    highest=6000,
    datasets=2,
    newest=NOW - timedelta(days=3),
    page=timedelta(milliseconds=3),
)


def test_a_good_one_is_good() -> None:
    found = list(judge_sqlite("main", GOOD, NOW))

    assert {one.severity for one in found} == {Severity.OK}
    assert {one.area for one in found} == {"source main"}
    assert "6,000 links in 2 datasets; of prodigy:prodigy, mode 0640" in found[0].what


@pytest.mark.parametrize(
    ("change", "severity", "words"),
    [
        pytest.param({"network": "nfs4"}, Severity.WARNING, "network file system (nfs4)", id="network"),
        pytest.param({"mode": 0o666}, Severity.WARNING, "everybody", id="open to all"),
        pytest.param({"strangers": ("prodigy.db-shm",)}, Severity.WARNING, "prodigy.db-shm", id="another user's"),
        pytest.param({"newest": NOW + timedelta(hours=1)}, Severity.WARNING, "60 min in the future", id="clock"),
        pytest.param({"page": timedelta(seconds=1)}, Severity.WARNING, "for 1 s", id="slow"),
        pytest.param({"notes": ("rows are hidden",)}, Severity.WARNING, "rows are hidden", id="note of the reader"),
        pytest.param({"beside": Beside.ALONE, "folder_ours": True}, Severity.NOTE, "may write in /srv", id="folder"),
    ],
)
def test_what_should_be_mended_is_said_with_its_mend(change: dict[str, object], severity: Severity, words: str) -> None:
    facts = replace(GOOD, **change)  # type: ignore[arg-type]

    (found,) = [one for one in judge_sqlite("main", facts, NOW) if one.severity is not Severity.OK]

    assert found.severity is severity
    assert words in found.what
    assert found.mend


@pytest.mark.parametrize("code", ["missing", "locked", "corrupt", "a code of tomorrow"])
def test_one_that_cannot_be_read_is_a_problem_with_a_mend(code: str) -> None:
    facts = SqliteFacts(Path("/srv/prodigy.db"), Trouble(code, "/srv/prodigy.db: no; trying again"))

    (found,) = judge_sqlite("main", facts, NOW)

    assert (found.severity, found.what) == (Severity.PROBLEM, "/srv/prodigy.db: no")
    assert found.mend


def test_structured_storage_is_told() -> None:
    found = judge_sqlite("main", replace(GOOD, structured=("structured_link",)), NOW)

    assert any("structured_link" in one.what for one in found)


def test_wal_with_somebody_connected_is_told() -> None:
    found = judge_sqlite("main", replace(GOOD, beside=Beside.OPEN), NOW)

    assert any("somebody has it open" in one.what for one in found)
