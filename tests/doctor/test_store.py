"""What is said of the store."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from otpushd.doctor.finding import Finding, Severity
from otpushd.doctor.store import judge_shared_store, judge_sqlite_store
from otpushd.store.facts import SharedFacts, StoreFacts

GB = 1_000_000_000
GOOD = StoreFacts(
    Path("/var/lib/otpushd/otpushd.db"),
    Path("/var/lib/otpushd"),
    exists=True,
    writable=True,
    mode=0o600,
    owner="otpushd:otpushd",
    folder_mode=0o700,
    free=50 * GB,
    size=100 * GB,
    newer=(),
    older=(),
)
ABSENT = replace(GOOD, exists=False, mode=0, newer=None, older=None)


def bad(facts: StoreFacts) -> list[Finding]:
    return [one for one in judge_sqlite_store(facts) if one.severity is not Severity.OK]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param(GOOD, "of this version", id="there"),
        pytest.param(replace(GOOD, older=("0003_x",)), "brings it up to date", id="older"),
        pytest.param(replace(GOOD, holder=4711), "process 4711", id="running"),
        pytest.param(ABSENT, "not there yet", id="not there yet"),
        pytest.param(replace(ABSENT, folder_mode=0o1777), "not there yet", id="in a folder like /tmp"),
    ],
)
def test_what_is_good_is_said_briefly(facts: StoreFacts, words: str) -> None:
    assert bad(facts) == []
    assert any(words in one.what for one in judge_sqlite_store(facts))


@pytest.mark.parametrize(
    ("facts", "severity", "words"),
    [
        pytest.param(replace(GOOD, free=GB // 2), Severity.WARNING, "0.5 GB (0%) free", id="little room"),
        pytest.param(replace(GOOD, free=4 * GB), Severity.WARNING, "4.0 GB (4%)", id="a small share"),
        pytest.param(replace(GOOD, network="nfs"), Severity.PROBLEM, "(nfs)", id="network"),
        pytest.param(replace(GOOD, mode=0o644), Severity.WARNING, "everybody may open", id="open"),
        pytest.param(replace(GOOD, mode=0o640), Severity.WARNING, "its group may open", id="open to the group"),
        pytest.param(replace(GOOD, folder_mode=0o777), Severity.WARNING, "take them away", id="open folder"),
        pytest.param(replace(GOOD, writable=False), Severity.PROBLEM, "may not be written", id="read-only"),
        pytest.param(replace(ABSENT, writable=False), Severity.PROBLEM, "cannot be made", id="no folder for it"),
        pytest.param(replace(GOOD, newer=("9999_x",)), Severity.PROBLEM, "newer otpushd", id="newer"),
        pytest.param(replace(GOOD, newer=None, older=None), Severity.NOTE, "-wal and -shm", id="half open"),
        pytest.param(replace(GOOD, trouble="it is damaged; move it"), Severity.PROBLEM, "it is damaged", id="damaged"),
    ],
)
def test_what_should_be_mended_is_said_with_its_mend(facts: StoreFacts, severity: Severity, words: str) -> None:
    (found,) = bad(facts)

    assert found.severity is severity
    assert words in found.what
    assert found.mend


SHARED = SharedFacts("postgresql://db/otpushd", exists=True, may_make=True, ahead=timedelta(0))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param(SHARED, "of this version", id="there"),
        pytest.param(replace(SHARED, may_make=False), "of this version", id="nothing to be made"),
        pytest.param(replace(SHARED, behind=True), "brings it up to date", id="older"),
        pytest.param(replace(SHARED, exists=False, behind=True), "no tables yet", id="empty"),
        pytest.param(replace(SHARED, daemons=3), "use it now: 3", id="in use"),
    ],
)
def test_what_is_good_of_a_shared_store_is_said_briefly(facts: SharedFacts, words: str) -> None:
    found = list(judge_shared_store(facts))
    assert {one.severity for one in found} == {Severity.OK}
    assert any(words in one.what for one in found)


@pytest.mark.parametrize(
    ("facts", "severity", "words"),
    [
        pytest.param(replace(SHARED, trouble="it is down; start it"), Severity.PROBLEM, "is down", id="trouble"),
        pytest.param(replace(SHARED, behind=True, may_make=False), Severity.PROBLEM, "may not make", id="no rights"),
        pytest.param(replace(SHARED, ahead=timedelta(minutes=9)), Severity.WARNING, "clock", id="another clock"),
    ],
)
def test_what_is_wrong_with_a_shared_store_is_told_with_its_mend(
    facts: SharedFacts, severity: Severity, words: str
) -> None:
    (found,) = [one for one in judge_shared_store(facts) if one.severity is not Severity.OK]
    assert (found.severity, words in found.what) == (severity, True)
    assert found.mend
