"""Which fields a rule may name, and how they are read."""

import pytest

from otpushd.model.event import Kind
from otpushd.routing.fields import follow, known_fields, reader


def test_a_rule_for_two_types_knows_the_fields_of_both(catalogue):
    """A field is known if any of the types has it."""
    fields = known_fields([catalogue["answer.saved"], catalogue["dataset.created"]])
    assert fields["answers"].kind is Kind.INTEGER
    assert fields["answer"].values == ("accept", "reject", "ignore")
    assert fields["dataset"].kind is Kind.STRING


def test_a_field_on_whose_kind_two_types_disagree_may_hold_anything(catalogue):
    """`score` is a number in one type and a text in the other."""
    fields = known_fields([catalogue["answer.saved"], catalogue["contract.signed"]])
    assert fields["score"].kind is None


def test_the_event_type_is_a_field_with_the_rules_types_as_its_values(catalogue):
    """So that `event_type == …` is checked like any closed set."""
    assert known_fields([catalogue["answer.saved"]])["event_type"].values == ("answer.saved",)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("answer",), "reject"),
        (("dataset",), "contracts-a"),
        (("event_type",), "answer.saved"),
        (("meta", "doc_id"), "d-1"),
        (("task", "text"), "hi"),
        (("task", "text", "more"), None),
        (("labels", 1), "PER"),
        (("labels", 9), None),
        (("nothing",), None),
    ],
    ids=str,
)
def test_a_path_reads_its_value_or_nothing(event, path, value):
    """Whatever is not there is None, never an exception."""
    assert reader(path)(event()) == value


def test_a_negative_index_reads_nothing():
    """Python would count from the end."""
    assert follow(["a"], (-1,)) is None
