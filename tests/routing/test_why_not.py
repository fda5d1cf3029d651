"""Why a rule did not match: the part that failed, the values seen, and no content that may not leave."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.model.glob import fits
from otpushd.routing.route import matches
from otpushd.routing.why_not import why_not

SECRET = "Zürich-Altstetten 7"
EXPOSE = ("meta.doc_id", "task.shown")
HIDDEN = "something that `expose` does not name"
NO_PART = "when: ? could not be decided: it looks for a part of an object that is not there, "
TOLD = [
    ({"on": "dataset.created"}, "on: dataset.created, was answer.saved"),
    ({"datasets": "[invoices, x-*]"}, 'datasets: invoices, x-*, was "contracts-a"'),
    ({"match": "{answer: accept}"}, 'answer: "accept", was "reject"'),
    ({"match": "{answer: [accept, ignore]}"}, 'answer: ["accept", "ignore"], was "reject"'),
    ({"match": "{score: {at_least: 0.8}}"}, "score: at_least 0.8, was 0.5"),
    ({"match": "{score: {at_least: 0.2, below: 0.4}}"}, "score: below 0.4, was 0.5"),
    ({"match": "{answer: reject, flagged: false}"}, "flagged: false, was true"),
    ({"match": "{labels: {not: ORG}}"}, 'labels: not "ORG", was ["ORG", "PER"]'),
    ({"match": "{score: {exists: false}}"}, "score: exists false, was 0.5"),
    ({"match": "{decided_at: {exists: true}}"}, "decided_at: exists true, was null"),
    ({"match": "{decided_at: {above: 2026-01-01T00:00Z}}"}, 'decided_at: above "2026-01-01T00:00Z", was null'),
    ({"match": "{time: {above: 2027-01-01T00:00Z}}"}, 'time: above "2027-01-01T00:00Z", was "2026-03-02T09:00:00Z"'),
    ({"match": "{meta.doc_id: x}"}, 'meta.doc_id: "x", was "d-1"'),
    ({"match": "{meta.page: {above: 7}}"}, f"meta.page: above 7, was {HIDDEN}"),
    ({"match": "{meta.nothing: x}"}, 'meta.nothing: "x", was null'),
    ({"match": "{task.text: x}"}, f'task.text: "x", was {HIDDEN}'),
    ({"when": "'annotator in [\"bob\"]'"}, 'when: annotator in ["bob"] failed, annotator was "ann-m"'),
    ({"when": "score < 1 && (example > 3 && score > 0.9)"}, "when: score > 0.9 failed, score was 0.5"),
    ({"when": "score > 1 || example == 1"}, "when: score > 1 || example == 1 failed, score was 0.5, example was 12"),
    ({"when": "flagged && !present(meta.doc_id)"}, 'when: !present(meta.doc_id) failed, meta.doc_id was "d-1"'),
    ({"when": "meta.page > 7 && flagged"}, f"when: meta.page > 7 failed, meta.page was {HIDDEN}"),
    ({"when": "'meta.doc_id.size() > 7'"}, 'when: meta.doc_id.size() > 7 failed, meta.doc_id was "d-1"'),
    ({"when": '''"'x' in meta"'''}, f"when: 'x' in meta failed, meta was {HIDDEN}"),
    (
        {"when": "'decided_at > time && flagged'"},
        'when: decided_at > time could not be decided: `decided_at` has no value, time was "2026-03-02T09:00:00Z"',
    ),
    ({"when": "flagged && meta.sec > 3.0"}, f"{NO_PART}meta.sec is not there".replace("?", "meta.sec > 3.0")),
    ({"when": "meta.a.b > 3.0"}, f"{NO_PART}meta.a is not there".replace("?", "meta.a.b > 3.0")),
    (
        {"when": "meta.page > 7 || meta.sec > 3.0"},
        f"{NO_PART}meta.page was {HIDDEN}, meta.sec is not there".replace("?", "meta.page > 7 || meta.sec > 3.0"),
    ),
    (
        {"when": "meta.doc_id > 3.0"},
        "when: meta.doc_id > 3.0 could not be decided: it compares or calculates with values of kinds that do not go "
        'together, meta.doc_id was "d-1"',
    ),
    ({"when": "'decided_at > time && !flagged'"}, "when: !flagged failed, flagged was true"),
    ({"when": "'!flagged && decided_at > time'"}, "when: !flagged failed, flagged was true"),
]
RULES = [
    {"match": "{answer: reject, score: {at_least: 0.2, below: 0.7}}"},
    {"match": "{meta.page: {exists: false}, labels: ORG}"},
    {"match": "{annotator: {not: [ann-m]}}"},
    {"when": "score < 0.7 && (annotator == 'bob' && meta.page > 2) && !present(task.text)"},
    {"when": "score < 0.7 && meta.doc_id == 'x' || flagged && decided_at > time"},
    {"datasets": "contracts-*", "match": "{task.text: x}", "when": "example > 3"},
]
ANY = st.none() | st.booleans() | st.integers(0, 5) | st.floats() | st.sampled_from(["reject", "bob", "x", SECRET])
ODD = ["x" * 10_000, "a\nb\u202ec\x00", "\ud800", [["y" * 500] * 500] * 500, 10**6000, {"a": {"b": [[[["z"]]]]}}]
NUMBER, NAME = st.none() | st.floats(0, 1), st.sampled_from([None, "bob", "ann-m"])
META = st.none() | st.dictionaries(st.sampled_from(["doc_id", "page"]), ANY | st.just({"a": SECRET}))


@pytest.mark.parametrize(("keys", "told"), TOLD, ids=lambda value: str(value)[:60])
def test_the_part_that_failed_is_told_with_what_was_seen(load_rule, event, keys, told):
    """In the order of the rule's keys, and only the first."""
    (rule,) = load_rule(**keys).rules
    assert why_not(rule, event(), EXPOSE) == told


def test_nothing_is_told_of_a_rule_that_matches(load_rule, event):
    """Every part holds."""
    (rule,) = load_rule(datasets="contracts-*", match="{answer: reject}", when="score < 1 && flagged").rules
    assert why_not(rule, event(), EXPOSE) is None


@pytest.mark.parametrize("expose", [("meta",), ("task", "meta.page"), ("meta.page",)], ids=str)
def test_what_is_exposed_is_shown_with_all_its_parts(load_rule, event, expose):
    """By its own path or by what it is a part of."""
    (rule,) = load_rule(match="{meta.page: 7}").rules
    assert why_not(rule, event(), expose) == "meta.page: 7, was 3"


@pytest.mark.parametrize("expose", [(), ("meta.pages",), ("meta.page.x",), ("page",)], ids=str)
def test_what_only_looks_exposed_is_not_shown(load_rule, event, expose):
    """A longer path, a similar one, a part's own name."""
    (rule,) = load_rule(match="{meta.page: 7}").rules
    assert why_not(rule, event(), expose) == f"meta.page: 7, was {HIDDEN}"


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_what_is_told_is_one_short_line(load_rule, event, value):
    """Whatever a task or a script put there."""
    (rule,) = load_rule(match="{meta.doc_id: x}").rules
    told = why_not(rule, event(meta={"doc_id": value}), EXPOSE)
    assert told.isprintable()
    assert len(told.partition("was ")[2]) <= 80


@pytest.mark.parametrize("keys", RULES, ids=str)
def test_a_reason_is_given_exactly_where_a_rule_does_not_match(load_rule, event, keys):
    """And never with content."""
    (rule,) = load_rule(**keys).rules

    @settings(max_examples=100, deadline=None)
    @given(score=NUMBER, annotator=NAME, meta=META, text=ANY, dataset=st.sampled_from([None, "contracts-a", "x"]))
    def check(dataset, text, **fields):
        happened = event(dataset=dataset, task=json.dumps({"text": text}).encode(), **fields)
        told = why_not(rule, happened, ())
        in_datasets = not rule.datasets or (dataset is not None and any(fits(dataset, one) for one in rule.datasets))
        assert (told is None) == (in_datasets and matches(rule, happened))
        assert told is None or SECRET not in told

    check()
