"""What is told of an import command: codes, paths and counts, and no word that may be a secret."""

import pytest

from otpushd.model.import_run import HIDDEN, Ending, Rows, failure, shown

FINE, FAILED = Ending(0), Ending(3, "exit status 3")


@pytest.mark.parametrize(
    ("ending", "rows", "detail"),
    [
        pytest.param(FINE, None, None, id="fine"),
        pytest.param(FINE, Rows(5, 5), None, id="all arrived"),
        pytest.param(FINE, Rows(5, 7), None, id="more arrived"),
        pytest.param(FINE, Rows(5, None), None, id="nobody knows"),
        pytest.param(FINE, Rows(5, 4), "rows expected: 5, arrived: 4", id="too few"),
        pytest.param(FAILED, Rows(5, 5), "exit status 3", id="failed with all"),
        pytest.param(FAILED, Rows(5, 0), "exit status 3; rows expected: 5, arrived: 0", id="both"),
    ],
)
def test_what_went_wrong(ending: Ending, rows: Rows | None, detail: str | None) -> None:
    assert failure(ending, rows) == detail


@pytest.mark.parametrize(
    ("command", "text"),
    [
        pytest.param("prodigy db-in news in.jsonl", "prodigy db-in news in.jsonl", id="an import"),
        pytest.param("/opt/bin/prodigy db-in news other.jsonl", "prodigy db-in news …", id="a file that is not there"),
        pytest.param("load --password=hunter2 --verbose", "load --password… --verbose", id="a value in an option"),
        pytest.param("load --password hunter2 -phunter2", "load --password … -p…", id="a value behind an option"),
        pytest.param("load postgresql://u:hunter2@db/x", "load …", id="a URL"),
        pytest.param("env PGPASSWORD=hunter2 load news", "env … … news", id="an assignment"),
        pytest.param("prodigy db-in hunter2", "prodigy db-in …", id="only the first plain word, behind Prodigy"),
        pytest.param("true", "true", id="a program alone"),
    ],
)
def test_of_the_command_only_what_is_no_value_is_shown(command: str, text: str) -> None:
    found = shown(command.split(), "news", lambda word: word == "in.jsonl")
    assert found == text
    assert "hunter2" not in found


def test_it_is_one_short_printable_line() -> None:
    found = shown(["a\nb", *["--option"] * 100], "news", lambda word: False)
    assert found.isprintable() and len(found) == 200


def test_a_variable_in_the_place_of_the_program_keeps_its_name_alone() -> None:
    assert (
        shown(["PGPASSWORD=hunter2", "prodigy", "db-in"], "news", lambda _: False)
        == f"PGPASSWORD={HIDDEN} {HIDDEN} {HIDDEN}"
    )
    assert shown(["load", "hunter2"], "news", lambda _: False) == f"load {HIDDEN}"
