"""`to`: who is meant by it."""

import pytest

from otpushd.routing.recipients import Directory, parse_target, resolve


@pytest.fixture
def who(fields, event, people, plan):
    def run(*to: str, **changed: object) -> tuple[list[str], list[str]]:
        targets = [parse_target(one, fields)[0] for one in to]
        one = event(**changed)
        found, faults = resolve(targets, one, Directory.of(people, plan), one.time)
        return [person.id for person in found], faults

    return run


@pytest.mark.parametrize(
    ("to", "changed", "found"),
    [
        (["ann"], {}, ["ann"]),
        (["group:reviewers"], {}, ["ann", "bob"]),
        (["bob", "group:reviewers", "field:annotator"], {}, ["bob", "ann"]),
        (["field:annotator"], {"annotator": "robert"}, ["bob"]),
        (["field:annotator"], {"annotator": "lea"}, ["lea"]),
        (["dataset.owners"], {}, ["ann"]),
        (["dataset.owners", "ann"], {"dataset": "invoices"}, ["lea", "ann"]),
        (["field:labels"], {"labels": ["am", "bob", "ann"]}, ["ann", "bob"]),
        (["field:meta.owner"], {"meta": {"owner": "robert"}}, ["bob"]),
    ],
    ids=str,
)
def test_people_are_found_once_and_in_order(who, to, changed, found):
    """By id, group, or whom a field names by id, session or annotator id."""
    assert who(*to, **changed) == (found, [])


@pytest.mark.parametrize(
    ("to", "changed", "fault"),
    [
        ("zoe", {}, "there is no person 'zoe'"),
        ("group:none", {}, "there is no group 'none'"),
        ("group:nobody", {}, "nobody is in group 'nobody'"),
        ("dataset.owners", {"dataset": None}, "`dataset.owners` names nobody: the event is about no dataset"),
        ("dataset.owners", {"dataset": "x"}, "`dataset.owners` names nobody: the plan says nothing of dataset 'x'"),
        (
            "dataset.annotators",
            {"dataset": "invoices"},
            "`dataset.annotators` names nobody: the plan names no annotators of dataset 'invoices'",
        ),
        ("dataset.annotators", {}, "the plan names 'zoe', who is no person"),
        ("field:annotator", {"annotator": None}, "field `annotator` names nobody: it has no value"),
        (
            "field:annotator",
            {"annotator": "zoe"},
            "field `annotator` names 'zoe', whom no person's id or session matches",
        ),
        ("field:meta.owner", {"meta": {"owner": "secret"}}, "field `meta.owner` names somebody, whom no"),
        ("field:labels", {"labels": [3]}, "field `labels` names somebody"),
    ],
    ids=str,
)
def test_whoever_cannot_be_resolved_is_a_fault(who, to, changed, fault):
    """Visible, without content, and the others still get theirs."""
    found, faults = who("ann", to, **changed)
    assert found[:1] == ["ann"]
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_a_name_in_a_fault_is_short_and_storable(who):
    """Session names come from anywhere."""
    _, (fault,) = who("field:annotator", annotator="\ud800" + "x" * 1000)
    assert len(fault.encode()) < 250


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "grop:reviewers",
            "`grop:reviewers` names nobody; write a person, group:NAME or field:NAME; did you mean 'group:'?",
        ),
        ("group:", "`group:` names nobody; write a person, group:NAME or field:NAME"),
        ("field:anotator", "unknown field `anotator`; did you mean 'annotator'?"),
        ("field:score", "`score` names nobody: it holds no text"),
        ("field:answer.x", "`answer` has no parts; write `answer` alone"),
        ("", "an empty name; write a person, group:NAME or field:NAME"),
    ],
)
def test_an_entry_that_names_nobody_is_refused(fields, text, problem):
    """With what was probably meant."""
    assert parse_target(text, fields) == (None, problem)


def test_without_a_plan_no_dataset_has_anybody(fields, event, people):
    """It is a fault, not an error."""
    target, _ = parse_target("dataset.owners", fields)
    found, faults = resolve([target], event(), Directory.of(people), event().time)
    assert (found, len(faults)) == ([], 1)
