"""Making outside values safe."""

from datetime import UTC, datetime

import pytest

from otpushd.routing.plain import Limits, TooLarge, integer, number, one_line, plain, shown, text


def _limits(**changed: int) -> Limits:
    return Limits(**({"values": 100, "characters": 100, "longest": 10} | changed))


def test_a_lone_surrogate_is_replaced_and_other_text_is_kept():
    """UTF-8 cannot hold a lone surrogate."""
    assert text("a\ud800é😀") == "a?é😀"


@pytest.mark.parametrize(("value", "expected"), [(1.0, 1), (1.5, None), (True, None), (2**63, None), ("1", None)])
def test_only_64_bit_whole_numbers_are_integers(value, expected):
    """True is no number."""
    assert integer(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(1, 1.0), (True, None), (10**400, None), ("1", None), (0.5, 0.5)])
def test_only_what_fits_is_a_number(value, expected):
    """An integer of 400 digits has no float."""
    assert number(value) == expected


def test_deep_nesting_ends_in_nothing():
    """CEL's own conversion recurses."""
    deep: object = "x"
    for _ in range(500):
        deep = [deep]
    shallow = plain(deep, _limits(values=1000))
    assert str(shallow).count("[") == 32


@pytest.mark.parametrize(
    "value", [["x"] * 11, "x" * 101, {str(i): [i] * 9 for i in range(10)}], ids=["list", "text", "many"]
)
def test_too_much_is_refused(value):
    """Rather than converted at any cost."""
    with pytest.raises(TooLarge):
        plain(value, _limits())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "null"),
        (True, "true"),
        (0.5, "0.5"),
        (3, "3"),
        ('a"b', '"a\\"b"'),
        (["a", None], '["a", null]'),
        ({"a": {1: 2}}, '{"a": {"1": 2}}'),
        (datetime(2026, 3, 2, 9, tzinfo=UTC), '"2026-03-02T09:00:00Z"'),
        (float("nan"), "nan"),
        (10**400, "null"),
        (object(), "something unreadable"),
        ("x" * 100, '"' + "x" * 78 + "…"),
        ("a\u202eb", '"a\ufffdb"'),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_a_value_is_shown_in_one_short_line(value, told):
    """For people, who need no more than its start."""
    assert shown(value) == told


@pytest.mark.parametrize(
    ("text", "line"),
    [("short", "short"), ("a\n  b", "a b"), ("abcdefghijk", "abcdefghi…"), ("a\x00b\ud800", "a\ufffdb\ufffd")],
    ids=ascii,
)
def test_a_text_becomes_one_line_that_prints(text, line):
    """No line break, nothing that turns the direction of writing."""
    assert one_line(text, 10) == line
