"""Rules that can never match: found where that is cheap, and never said of a rule that can."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.model.delivery import Priority
from otpushd.model.event import Event, EventType, Field, Kind
from otpushd.routing.condition import compile_condition
from otpushd.routing.fields import known_fields
from otpushd.routing.impossible import why_never
from otpushd.routing.match import compile_match
from otpushd.routing.route import matches
from otpushd.routing.rule import Rule

KIND = EventType(
    "answer.saved",
    {
        "answer": Field(Kind.STRING, ("accept", "reject", "ignore")),
        "annotator": Field(Kind.STRING),
        "example": Field(Kind.INTEGER),
        "score": Field(Kind.NUMBER),
        "flagged": Field(Kind.BOOLEAN),
        "decided_at": Field(Kind.INSTANT),
    },
)
FIELDS = known_fields([KIND])


def rule_of(match: dict[str, Any], when: str | None, datasets: tuple[str, ...] = ()) -> Rule:
    """A rule that asks for no more than this."""
    matchers, misfits = compile_match(match, FIELDS)
    condition, flaws = compile_condition(when, FIELDS) if when else (None, [])
    assert not misfits and not flaws
    on = frozenset({KIND.name})
    return Rule("r", "f:1:1", on, datasets, matchers, condition, (), (), Priority.NORMAL, None, None, None, None)


def said(match: dict[str, Any], when: str | None = None, datasets: tuple[str, ...] = ()) -> list[str]:
    return [one.text for one in why_never(rule_of(match, when, datasets), match, FIELDS)]


@pytest.mark.parametrize(
    ("match", "when", "datasets"),
    [
        ({"score": {"at_least": 0.8, "at_most": 0.7}}, None, ()),
        ({"score": {"above": 0.8, "at_most": 0.8}}, None, ()),
        ({"example": {"above": 3, "below": 4}}, None, ()),
        ({"decided_at": {"above": "2026-03-02T09:00Z", "below": "2026-03-01T09:00Z"}}, None, ()),
        ({"answer": {"not": ["accept", "reject", "ignore"]}}, None, ()),
        ({"answer": {"not": "*"}}, None, ()),
        ({"flagged": {"not": [True, False]}}, None, ()),
        ({"dataset": "invoices"}, None, ("contracts-*",)),
        ({"dataset": {"not": "*"}}, None, ("contracts-*", "b")),
        ({"dataset": {"exists": False}}, None, ("b",)),
        ({"answer": "reject"}, 'answer == "accept"', ()),
        ({"answer": {"not": "reject"}}, 'answer == "reject" && score > 0.5', ()),
        ({"annotator": ["ann", "bob"]}, 'annotator == "cid"', ()),
        ({"annotator": ["ann", "bob"]}, 'annotator in ["cid", "dora"]', ()),
        ({"score": {"at_least": 0.8}}, "score < 0.5", ()),
        ({}, "score < 0.5 && (score > 0.6 && flagged)", ()),
        ({}, 'annotator == "ann" && annotator == "bob"', ()),
        ({}, "flagged && !flagged", ()),
        ({}, 'event_type == "answer.saved" && flagged && answer == "reject" && !flagged', ()),
        ({"flagged": {"exists": False}}, "flagged", ()),
    ],
    ids=str,
)
def test_a_rule_that_nothing_can_match_is_told(match, when, datasets):
    """With its reason."""
    (text,) = said(match, when, datasets)
    assert text.endswith("so that this rule never matches")


@pytest.mark.parametrize(
    ("match", "when", "datasets"),
    [
        ({"score": {"at_least": 0.8, "at_most": 0.8}}, None, ()),
        ({"example": {"above": 3, "below": 5}}, None, ()),
        ({"example": {"above": float("-inf"), "below": float("inf")}}, None, ()),
        ({"dataset": "*-a"}, None, ("contracts-*",)),
        ({"dataset": {"not": "*-a"}}, None, ("contracts-*",)),
        ({"annotator": "a*"}, 'annotator != "bob"', ()),
        ({"annotator": {"not": "ann"}}, 'annotator in ["ann", "bob"]', ()),
        ({}, 'annotator.startsWith("x") && annotator != "y"', ()),
        ({}, "score > 0.5 || score < 0.2", ()),
        ({}, "score * 2.0 > 0.5 && score < 0.4", ()),
        ({}, "present(annotator) || flagged", ()),
    ],
    ids=str,
)
def test_a_rule_that_something_can_match_is_not(match, when, datasets):
    """Nor is one of which that is not known."""
    assert said(match, when, datasets) == []


NUMBERS = st.sampled_from([0, 1, 2, 3, 0.5])
ANNOTATORS = ["ann", "abe", "bob", "cid", "x"]
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "answer": st.sampled_from(["reject", ["accept", "ignore"], {"not": ["accept", "reject"]}, {"exists": False}]),
        "annotator": st.sampled_from(["ann", "a*", ["ann", "bob"], {"not": "ann"}, {"exists": True}]),
        "flagged": st.sampled_from([True, False, {"not": True}, {"exists": False}]),
        "score": st.dictionaries(st.sampled_from(["at_least", "above", "at_most", "below"]), NUMBERS, min_size=1),
        "example": st.dictionaries(st.sampled_from(["at_least", "above", "at_most", "below"]), NUMBERS, min_size=1),
    },
)
PARTS = st.sampled_from(
    [
        'answer == "reject"', 'answer != "accept"', 'annotator == "ann"', 'annotator != "ann"', "flagged", "!flagged",
        'annotator in ["bob", "cid"]', "score > 1", "score <= 0.5", "example < 2", "example >= 3", "present(flagged)",
        '(answer == "ignore" || flagged)', 'annotator == "ann" || flagged', "!present(annotator)", "0.5 < score",
    ]
)  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {
        "answer": st.sampled_from(["accept", "reject", "ignore", None]),
        "annotator": st.sampled_from([*ANNOTATORS, None]),
        "flagged": st.sampled_from([True, False, None]),
        "score": st.sampled_from([None, 0.0, 0.2, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0]),
        "example": st.sampled_from([None, 0, 1, 2, 3, 4]),
    }
)


@settings(deadline=None, max_examples=150)
@given(match=MATCHES, parts=st.lists(PARTS, min_size=1, max_size=3), events=st.lists(EVENTS, min_size=20, max_size=60))
def test_no_event_matches_a_rule_of_which_it_is_said(match, parts, events):
    """Whatever stands beside each other."""
    rule = rule_of(match, " && ".join(f"({part})" for part in parts))
    never = list(why_never(rule, match, FIELDS))
    at = datetime(2026, 3, 2, tzinfo=UTC)
    found = any(matches(rule, Event(KIND.name, "e", "main", at, "d", data)) for data in events)
    assert not (never and found)
