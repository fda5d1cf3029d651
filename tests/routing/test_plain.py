"""Making outside values safe."""

import pytest

from otpushd.routing.plain import Limits, TooLarge, integer, number, plain, text


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
