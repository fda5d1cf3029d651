"""Candidates by type, dataset and one field: never fewer rules than match."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.model.glob import glob
from otpushd.routing.index import Index
from otpushd.routing.route import matches

RULES = """
rules:
  - {name: a, on: answer.saved, to: ann, title: t, match: {answer: reject}}
  - {name: b, on: answer.saved, to: ann, title: t, match: {answer: [reject, accept], annotator: ann-m}}
  - {name: c, on: answer.saved, to: ann, title: t, datasets: ["contracts-*", other]}
  - {name: d, on: answer.saved, to: ann, title: t, match: {annotator: bob}}
  - {name: e, on: "dataset.*", to: ann, title: t}
  - {name: f, on: [answer.saved, dataset.created], to: ann, title: t, match: {dataset: other}}
  - {name: g, on: answer.saved, to: ann, title: t, match: {answer: {not: ignore}}}
"""


@pytest.fixture
def rules(load):
    loaded = load(RULES)
    assert not loaded.said
    return loaded.rules


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, "abcdg"),
        ({"answer": "accept"}, "bcdg"),
        ({"answer": None, "dataset": None}, "dg"),
        ({"answer": "ignore", "dataset": "other"}, "cdfg"),
        ({"answer": ["odd"]}, "cdg"),
    ],
    ids=str,
)
def test_only_rules_that_may_match_are_tried(rules, event, changed, names):
    """In the order of the files."""
    found = "".join(rule.name for rule in Index(rules).candidates(event(**changed)))
    assert set(found) <= set(names) | set("df")
    assert found == "".join(sorted(found))


def test_the_index_never_leaves_out_a_rule_that_matches(rules, event):
    """Compared with trying every rule."""
    index = Index(rules)
    text = (
        st.sampled_from(["reject", "accept", "ignore", "ann-m", "bob", "other", "contracts-a"]) | st.none() | st.text()
    )

    @settings(max_examples=200, deadline=None)
    @given(answer=text, annotator=text, dataset=text)
    def check(answer, annotator, dataset):
        one = event(answer=answer, annotator=annotator, dataset=dataset)
        globs = {rule.name: [glob(pattern) for pattern in rule.datasets] for rule in rules}
        fit = [rule for rule in rules if one.type in rule.on and matches(rule, one)]
        fit = [r for r in fit if not r.datasets or (dataset is not None and any(g(dataset) for g in globs[r.name]))]
        assert [rule.name for rule in index.candidates(one) if matches(rule, one)] == [rule.name for rule in fit]

    check()
