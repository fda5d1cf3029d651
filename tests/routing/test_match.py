"""`match:`: what passes and what is refused at load time."""

from datetime import UTC, datetime, timedelta

import pytest

from otpushd.model.event import EventType, Field, Kind
from otpushd.routing.fields import known_fields
from otpushd.routing.match import compile_match

PASSES = [
    ({"answer": "reject"}, {}),
    ({"answer": ["accept", "reject"]}, {}),
    ({"answer": "re*"}, {}),
    ({"dataset": "contracts-[ab]"}, {}),
    ({"labels": "ORG"}, {}),
    ({"labels": ["DATE", "P*"]}, {}),
    ({"labels": {"not": "DATE"}}, {}),
    ({"flagged": True}, {}),
    ({"example": 12}, {"example": 12.0}),
    ({"score": [0, 1]}, {"score": 1.0}),
    ({"score": {"at_least": 0.5, "below": 1}}, {}),
    ({"score": {"above": 0, "at_most": 0.5}}, {}),
    ({"score": {"not": [0.1, 0.2]}}, {}),
    ({"score": {"exists": True}}, {"score": 0}),
    ({"score": {"exists": False}}, {"score": None}),
    ({"meta.doc_id": "d-*"}, {}),
    ({"meta.page": {"above": 2}}, {}),
    ({"meta.empty": {"exists": False}}, {}),
    ({"task.text": "hi"}, {}),
    ({"decided_at": {"below": "2026-03-02T10:00Z"}}, {"decided_at": datetime(2026, 3, 2, 9, tzinfo=UTC)}),
    ({"annotator": "[lead]"}, {"annotator": "[lead]"}),
    ({"meta.tags": "x"}, {"meta": {"tags": ["x", "y"]}}),
]
FAILS = [
    ({"answer": "accept"}, {}),
    ({"answer": "reject"}, {"answer": None}),
    ({"answer": {"not": "accept"}}, {"answer": None}),
    ({"score": {"at_least": 0}}, {"score": None}),
    ({"score": {"at_least": 0}}, {"score": True}),
    ({"score": {"at_least": 0}}, {"score": "0.9"}),
    ({"score": {"at_least": 0}}, {"score": float("nan")}),
    ({"example": 1}, {"example": True}),
    ({"flagged": True}, {"flagged": 1}),
    ({"labels": "ORG"}, {"labels": []}),
    ({"labels": {"not": "ORG"}}, {}),
    ({"labels": "O"}, {}),
    ({"dataset": "Contracts-*"}, {}),
    ({"score": {"exists": False}}, {"score": 0}),
    ({"answer": "reject", "score": 1}, {}),
    ({"meta.nothing.here": "x"}, {}),
    ({"meta.doc_id": "x"}, {"meta": "not an object"}),
    ({"decided_at": {"below": "2026-03-02T10:00Z"}}, {"decided_at": "2026"}),
]
WRONG = [
    ({"answr": "x"}, "unknown field `answr`; did you mean 'answer'?"),
    ({"answer": "rejct"}, "`answer` is never 'rejct'; did you mean 'reject'?"),
    ({"answer": ["accept", "nope*"]}, "`answer` is never like 'nope*'; it is one of accept, reject, ignore"),
    ({"answer": 1}, "`answer` is a text; put the value in quotes"),
    ({"answer": None}, "null matches nothing"),
    ({"answer": []}, "an empty list"),
    ({"answer": {}}, "an empty test"),
    ({"answer.x": "a"}, "`answer` has no parts"),
    ({"score": "high"}, "`score` is a number, got a text"),
    ({"score": True}, "`score` is a number, got true or false"),
    ({"score": {"at_leest": 1}}, "unknown test `at_leest`; did you mean 'at_least'?"),
    ({"score": {"at_least": "x"}}, "`at_least` takes a number, got a text"),
    ({"score": {"exists": "yes"}}, "`exists` takes true or false"),
    ({"score": {"exists": False, "above": 1}}, "cannot stand beside"),
    ({"answer": {"above": 1}}, "compares numbers and instants, but `answer` is a text"),
    ({"example": 1.5}, "`example` is a whole number"),
    ({"flagged": 1}, "`flagged` is true or false"),
    ({"meta": "x"}, "`meta` is an object"),
    ({"decided_at": "2026-03-02T10:00Z"}, "compare it with at_least"),
    ({"decided_at": {"above": "later"}}, "not an instant"),
    ({"answer": {"not": "rejct"}}, "did you mean 'reject'?"),
    ({"answer": [["accept"]]}, "expected a value, got a list"),
]


@pytest.mark.parametrize(("wanted", "changed"), PASSES, ids=str)
def test_an_event_passes(fields, event, wanted, changed):
    """All fields of `match` hold."""
    matchers, misfits = compile_match(wanted, fields)
    assert not misfits
    assert all(matcher.holds(event(**changed)) for matcher in matchers)


@pytest.mark.parametrize(("wanted", "changed"), FAILS, ids=str)
def test_an_event_does_not_pass(fields, event, wanted, changed):
    """At least one field of `match` does not hold; null passes nothing but `exists: false`."""
    matchers, misfits = compile_match(wanted, fields)
    assert not misfits
    assert not all(matcher.holds(event(**changed)) for matcher in matchers)


@pytest.mark.parametrize(("wanted", "text"), WRONG, ids=str)
def test_a_match_that_can_never_be_meant_is_refused(fields, wanted, text):
    """The words say what was probably meant."""
    _, misfits = compile_match(wanted, fields)
    assert len(misfits) == 1
    assert text in misfits[0].text


def test_plain_texts_are_offered_to_the_index_and_globs_are_not(fields):
    """The index may skip a rule only where nothing else can pass."""
    matchers, _ = compile_match({"answer": ["accept", "reject"], "dataset": "a*", "score": 1}, fields)
    assert [matcher.texts for matcher in matchers] == [{"accept", "reject"}, None, None]


def test_an_instant_without_zone_counts_as_utc(fields, event):
    """Python refuses to compare an aware with a naive datetime."""
    (matcher,), _ = compile_match({"decided_at": {"at_least": "2026-03-02T09:00"}}, fields)
    naive = datetime(2026, 3, 2, 9)
    assert matcher.holds(event(decided_at=naive))
    assert not matcher.holds(event(decided_at=naive - timedelta(seconds=1)))


def test_a_value_matches_a_list_of_whole_numbers_if_it_is_a_member(event):
    """And only whole numbers are ever members."""
    fields = known_fields([EventType("m", {"examples": Field(Kind.INTEGERS)})])
    (matcher,), misfits = compile_match({"examples": [12, 99]}, fields)
    assert not misfits
    assert [matcher.holds(event(examples=each)) for each in ([11, 12], [11], None)] == [True, False, False]
    texts = [misfit.text for wrong in ("x", 1.5) for misfit in compile_match({"examples": wrong}, fields)[1]]
    assert texts == [
        "`examples` is a list of whole numbers, got a text",
        "`examples` is a whole number, which 1.5 is not",
    ]
