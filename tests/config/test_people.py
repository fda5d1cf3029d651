"""The people file: who there is, and what is said about the rest."""

from pathlib import Path

import pytest

from otpushd.config.people import load_people
from otpushd.files.problem import Severity

GOOD = """
people:
  ann:
    name: Ann Meyer
    sessions: [ann, ann-m]
    push: ann@acme.example
    timezone: Europe/Zurich
  bob: {push: bob@acme.example}
groups:
  reviewers: [ann, bob, ann]
"""


def test_people_and_groups_are_read(tmp_path: Path) -> None:
    """A name defaults to the id; a group holds nobody twice."""
    (tmp_path / "p.yaml").write_text(GOOD)
    people, problems = load_people(tmp_path / "p.yaml", ["push"])
    assert problems == []
    assert people is not None
    ann, bob = people.people["ann"], people.people["bob"]
    assert (ann.name, ann.sessions, ann.addresses) == ("Ann Meyer", ("ann", "ann-m"), {"push": "ann@acme.example"})
    assert (bob.name, bob.sessions) == ("bob", ())
    assert people.groups == {"reviewers": ("ann", "bob")}


@pytest.fixture
def problem_at(tmp_path: Path, marked):
    """Loads a people file with a « in it and returns its only problem, which must be at the mark."""

    def at_mark(text: str):
        clean, place = marked(text)
        (tmp_path / "p.yaml").write_text(clean)
        people, problems = load_people(tmp_path / "p.yaml", ["push", "pager"], "people.yaml")
        assert [(one.file, one.line, one.column) for one in problems] == [("people.yaml", *place)], problems
        return people, problems[0]

    return at_mark


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("«groups: {}", "`people` is missing", id="no people"),
        pytest.param("people: «null", "expected a mapping, got nothing", id="nobody"),
        pytest.param("people: {ann: {push: «+4179000}}", "an address is a text; write it in quotes", id="a number"),
        pytest.param("people: {ann: {sms: «+4179000, push: a}}", "write it in quotes", id="a number, unknown channel"),
        pytest.param("people: {ann: {push: «''}}", "the address is empty", id="an empty address"),
        pytest.param("people: {ann: {push: a, «session: [x]}}", "did you mean 'sessions'?", id="a mistyped key"),
        pytest.param("people: {«ann b: {push: a}}", "an id is made of", id="id"),
        pytest.param("people: {ann: «null}", "expected a mapping, got nothing", id="an empty person"),
        pytest.param("people: {ann: {push: a, timezone: «Mars}}", "no such time zone", id="zone"),
        pytest.param("people: {ann: {push: a, sessions: «ann}}", "expected a list of texts, got a text", id="sessions"),
        pytest.param(
            "people: {ann: {push: a, sessions: [«7]}}", "expected a text, got a number", id="a number session"
        ),
        pytest.param(
            "people: {ann: {push: a, sessions: [x]}, bob: {push: b, sessions: [y, «x]}}",
            "the session `x` would be both ann and bob",
            id="one session, two people",
        ),
        pytest.param(
            "people: {ann: {push: a, sessions: [«bob]}, bob: {push: b}}",
            "the session `bob` would be both bob and ann",
            id="another's id as session",
        ),
        pytest.param(
            "people: {ann: {push: a}}\ngroups: {r: [«an]}", "nobody has the id `an`; did you mean 'ann'?", id="member"
        ),
        pytest.param("people: {ann: {push: a}}\ngroups: {r: [«3]}", "an id is a text", id="a number for a member"),
        pytest.param("people: {ann: {push: a}}\ngroups: {r: «ann}", "a group is a list of people's ids", id="no list"),
        pytest.param(
            "people: {ann: {push: a}}\n«group: {}", "unknown key `group`; did you mean 'groups'?", id="unknown key"
        ),
    ],
)
def test_a_bad_people_file_says_what_is_wrong_and_where(problem_at, text: str, said: str) -> None:
    """One mistake, one error at its character, and no people; no address is shown."""
    people, problem = problem_at(text)
    assert people is None
    assert problem.severity is Severity.ERROR
    assert said in problem.text
    assert "4179" not in problem.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "people: {ann: {push: a, «pagr: b}, bob: {push: a, pagr: c}}", "did you mean 'pager'?", id="channel"
        ),
        pytest.param("people: {ann: {push: a, «nmae: Ann}}", "did you mean 'name'?", id="a mistyped name"),
        pytest.param("people: {«ann: {name: Ann}}", "`ann` has no address", id="no address"),
        pytest.param("people: {ann: {push: a}}\ngroups: {«r: []}", "the group is empty", id="an empty group"),
    ],
)
def test_what_has_no_effect_is_one_warning(problem_at, text: str, said: str) -> None:
    """One for each name, not for each person, and the people can be used."""
    people, problem = problem_at(text)
    assert people is not None
    assert problem.severity is Severity.WARNING
    assert said in problem.text


def test_an_address_under_a_name_that_is_no_channel_is_left_out(tmp_path: Path) -> None:
    """Configurations may share a people file."""
    (tmp_path / "p.yaml").write_text("people: {ann: {push: a, sms: '+41'}}")
    people, _ = load_people(tmp_path / "p.yaml", ["push"])
    assert people is not None
    assert people.people["ann"].addresses == {"push": "a"}
