"""What is said of the files that people wrote."""

from pathlib import Path

import pytest

from otpushd.doctor.files import FileFacts, judge_files, judge_machine, judge_people, judge_plain, judge_problems
from otpushd.doctor.finding import Severity
from otpushd.files.problem import Problem
from otpushd.files.problem import Severity as Gravity
from otpushd.model.people import Person

CONFIG = Path("otpushd.yaml")
ERROR = Problem("rules.yaml", 3, 5, "there is no field `scor`")
WARNING = Problem("people.yaml", 2, 1, "the group is empty", Gravity.WARNING)


@pytest.mark.parametrize(
    ("file", "severity", "words"),
    [
        pytest.param(FileFacts(CONFIG, 0o644, False), Severity.OK, "1 file", id="as the README installs it"),
        pytest.param(FileFacts(CONFIG, 0o664, False), Severity.OK, "1 file", id="its group's"),
        pytest.param(FileFacts(Path("secret"), 0o600, True), Severity.OK, "1 file", id="a secret's"),
        pytest.param(FileFacts(Path("secret"), 0o644, True), Severity.PROBLEM, "may read secret", id="an open secret"),
        pytest.param(FileFacts(CONFIG, 0o646, False), Severity.PROBLEM, "may change otpushd.yaml", id="an open file"),
    ],
)
def test_who_may_read_and_change_a_file(file: FileFacts, severity: Severity, words: str) -> None:
    (found,) = judge_files([file])

    assert found.severity is severity
    assert words in found.what


def test_a_secret_in_the_configuration_is_discouraged_by_its_key() -> None:
    key, url = judge_plain(["channels.push.auth.basic.password"], ["source main"])

    assert key.severity is url.severity is Severity.WARNING
    assert "channels.push.auth.basic.password" in key.what
    assert "source main" in url.what and ".pgpass" in url.mend


def test_problems_of_the_files_are_told_in_brief() -> None:
    error, warning = judge_problems([ERROR, WARNING, ERROR], CONFIG)

    assert error.what == "rules.yaml:3:5: there is no field `scor`, the first of 2 errors"
    assert (warning.severity, warning.what) == (Severity.WARNING, "people.yaml:2:1: the group is empty")
    assert error.mend == warning.mend == "otpushd check-rules --config otpushd.yaml"


def test_good_files_are_good() -> None:
    (found,) = judge_problems([], CONFIG)

    assert found.severity is Severity.OK


def test_people_without_an_address_are_named_and_no_address_is_shown() -> None:
    people = {"ann": Person("ann", "Ann", (), {"push": "ann@example.org"}), "bob": Person("bob", "Bob")}

    (found,) = judge_people(people, ["push"])
    (good,) = judge_people({"ann": people["ann"]}, ["push"])

    assert (found.severity, found.what) == (
        Severity.WARNING,
        "1 person of 2 without an address on any channel: bob",
    )
    assert (good.severity, good.what) == (Severity.OK, "1 person, each with an address")


def test_a_machine_without_time_zones_is_a_problem_and_root_is_noted() -> None:
    found = list(judge_machine(zones=False, root=True))

    assert [one.severity for one in found] == [Severity.PROBLEM, Severity.NOTE]
    assert all(one.mend for one in found)
