"""Values as one text: equal where the values are, and nowhere else."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.joining import alike, joined

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EQUAL = [
    (1, 1.0),
    (0, -0.0),
    (2**60, float(2**60)),
    (NOON, NOON.astimezone(timezone(timedelta(hours=2)))),
    (NOON, NOON.replace(tzinfo=None)),
    ("\ud800", "?"),
    (["a", 1], ("a", 1.0)),
    ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}),
    (None, None),
]
DIFFERENT = [
    (1, True),
    (0, False),
    (1, "1"),
    (None, "None"),
    (None, ""),
    (2**53, 2**53 + 1),
    (1, 1.5),
    (10**5000, 10**5000 + 1),
    (float("nan"), "nan"),
    (NOON, NOON + timedelta(microseconds=1)),
    (NOON, NOON.isoformat()),
    (["a"], "a"),
    (["a", "b"], ["b", "a"]),
    ({"a": 1}, {"a": 2}),
    ([["a"], "b"], [["a", "b"]]),
]


@pytest.mark.parametrize(("one", "other"), EQUAL, ids=lambda value: type(value).__name__)
def test_equal_values_are_one_text(one, other):
    """As CEL has it."""
    assert joined((one, "x"), nulls=True) == joined((other, "x"), nulls=True)
    assert alike(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=lambda value: type(value).__name__)
def test_different_values_are_different_texts(one, other):
    """Else one message would stand for another."""
    assert joined((one,), nulls=True) != joined((other,), nulls=True)
    assert not alike(one, other)


def test_where_a_value_ends_is_told():
    """Two values are not one longer value."""
    assert joined(("ab", "c"), nulls=False) != joined(("a", "bc"), nulls=False)
    assert joined(("a", None), nulls=True) != joined(("a",), nulls=True)


@pytest.mark.parametrize("values", [(None,), ("a", None)], ids=str)
def test_null_has_no_text_unless_it_counts(values):
    """In a condition null equals nothing."""
    assert joined(values, nulls=False) is None
    assert joined(values, nulls=True) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=4))
def test_any_value_has_a_short_text(values):
    """32 hex digits whatever an event holds, the same each time."""
    text = joined(values, nulls=True)
    assert len(text) == 32 and int(text, 16) >= 0
    assert text == joined(tuple(values), nulls=True)
