"""What ends an event where the rule says no more than a type."""

import pytest

from otpushd.derive.catalogue import CATALOGUE
from otpushd.model.event import Event
from otpushd.routing.counterparts import SAME, counterpart, matches_joins
from otpushd.routing.fields import known_fields
from otpushd.routing.pairing import compile_pairing

ANYWHERE = (("source",), ("dataset",))


@pytest.mark.parametrize(
    ("triggers", "on", "names"),
    [
        (["monitor.triggered"], ["monitor.recovered"], ["monitor", "annotator", "label"]),
        (["input.disagreement"], ["input.settled"], ["input_hash"]),
        (["annotator.idle"], ["answer.saved"], ["annotator"]),
        (["dataset.stalled"], ["answer.saved"], []),
        (["source.unavailable"], ["source.recovered"], []),
        (["annotator.idle", "dataset.stalled"], ["answer.saved"], []),
        (["monitor.triggered", "monitor.recovered"], ["monitor.recovered", "monitor.triggered"], []),
        (["monitor.triggered"], ["monitor.recovered", "dataset.completed"], []),
        (["contract.signed"], ["contract.paid"], []),
    ],
    ids=str,
)
def test_without_a_condition_events_are_joined_by_what_they_are_about(triggers, on, names):
    """Always source and dataset; more only where every pair of types agrees on it."""
    found = counterpart(frozenset(on), frozenset(triggers), None)
    assert found.condition is None
    assert [ours for ours, _ in found.joins] == [*ANYWHERE, *((name,) for name in names)]
    assert all(ours == theirs for ours, theirs in found.joins)


@pytest.mark.parametrize("pair", SAME, ids=str)
def test_what_says_that_events_are_about_the_same_is_a_field_of_both(pair):
    """A name that a type lacks would be null, and null equals null."""
    assert all(set(SAME[pair]) <= CATALOGUE[name].fields.keys() for name in pair)


def test_with_a_condition_that_alone_counts():
    """A condition may be about another dataset on purpose."""
    fields = known_fields([CATALOGUE["answer.saved"]])
    pairing, _ = compile_pairing("event.annotator == trigger.annotator", fields, fields)
    found = counterpart(frozenset({"answer.saved"}), frozenset({"annotator.idle"}), pairing)
    assert found.condition is pairing
    assert found.joins == ((("annotator",), ("annotator",)),)


@pytest.mark.parametrize(
    ("changed", "matches"),
    [
        ({}, True),
        ({"label": "ORG"}, False),
        ({"monitor": "other"}, False),
        ({"dataset": "b"}, False),
        ({"dataset": None}, False),
        ({"source": "second"}, False),
        ({"value": 0.9}, True),
        ({"type": "monitor.changed"}, False),
    ],
    ids=str,
)
def test_nothing_equals_nothing_where_there_is_no_condition(event, changed, matches):
    """A monitor without labels recovers as one without labels."""

    def make(type="monitor.recovered", source="main", dataset="a", **data):
        return Event(type, "e", source, event().time, dataset, {"monitor": "m", "value": 0.1, **data})

    found = counterpart(frozenset({"monitor.recovered"}), frozenset({"monitor.triggered"}), None)
    assert matches_joins(found, make(**changed), make("monitor.triggered")) is matches
