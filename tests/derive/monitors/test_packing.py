"""Memory as bytes: it comes back as it was, or not at all."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.derive.monitors.packing import floats, ints, pack, unpack

WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20)


@given(st.integers(0, 2**32 - 1), WHOLE, st.lists(st.floats(allow_nan=False), max_size=20), st.binary(max_size=20))
def test_sections_come_back_as_they_were(shape, whole, numbers, small):
    """To the last bit."""
    sections = [ints(whole), floats(numbers), array("B", small)]

    assert unpack(shape, pack(shape, sections)) == sections


def test_memory_of_another_shape_is_none():
    """It means something else."""
    assert unpack(2, pack(1, [ints([1])])) is None


@pytest.mark.parametrize("cut", range(1, 22))
def test_memory_that_was_cut_off_is_none(cut):
    """Whatever is left of it; without any section it is empty."""
    packed = pack(1, [ints([1])])

    assert not unpack(1, packed[:-cut])


@given(st.binary(max_size=60))
def test_no_bytes_make_it_raise(noise):
    """A store may hold anything."""
    head = pack(1, [])

    assert unpack(1, noise) is None or noise.startswith(head)
    unpack(1, head + noise)


def test_it_is_little_endian_everywhere():
    """A store may be carried to another machine."""
    assert pack(7, [ints([1])]).hex() == "01" + "07000000" + "71" + "01000000" + "01" + "00" * 7
