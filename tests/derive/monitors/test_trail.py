"""The examples behind a figure: which are named, in which order, and how many are kept."""

import pytest

from otpushd.derive.monitors.trail import MOST, Trail


@pytest.fixture
def trail():
    """Examples 0 to 5, one a place, with these values."""
    made = Trail()
    for place, value in enumerate([0.5, 0.9, 0.1, 0.9, 0.3, 0.5]):
        made.add(place, value, place, since=0)
    return made


def test_the_heaviest_come_first_then_the_newest(trail):
    """Those of no weight are left out."""
    assert trail.named(0, lambda value: value - 0.3) == (3, 1, 5, 0)


def test_those_from_before_the_window_are_not_named(trail):
    """Though they are still there."""
    assert trail.named(3, lambda value: 1.0) == (5, 4, 3)


def test_an_example_is_named_once(trail):
    """However many answered it."""
    trail.add(6, 0.9, 3, since=0)

    assert trail.named(0, lambda value: value) == (3, 1, 5, 0, 4, 2)


def test_an_example_without_an_id_is_not_kept(trail):
    """There is nothing to name it by."""
    trail.add(6, 1.0, None, since=0)

    assert len(trail.examples) == 6


def test_the_newest_five_hundred_are_kept():
    """And of those only what is in the window."""
    trail = Trail()
    for number in range(2 * MOST):
        trail.add(number, 1.0, number, since=0)
    assert trail.named(0, lambda value: 1.0) == tuple(range(2 * MOST - 1, MOST - 1, -1))

    trail.add(2 * MOST, 1.0, 7, since=2 * MOST - 3)

    assert list(trail.examples) == [997, 998, 999, 7]


def test_what_was_packed_is_the_same(trail):
    """In order."""
    again, sections = Trail(), trail.pack()
    again.unpack(sections)

    assert sections == []
    assert [list(one) for one in again.pack()] == [list(one) for one in trail.pack()]
