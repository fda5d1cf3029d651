"""Windows of so many answers and of so long: what is in them, to the edge, and how much memory that takes."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.derive.monitors.window import CELLS, STEPS, CountWindow, TimeWindow, window_over

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
CELL = HOUR / CELLS


@pytest.mark.parametrize("over", [1, 2, 50, 200, 1000])
def test_the_last_so_many_are_exact_up_to_a_thousand(over):
    """Count and total, from the first answer on."""
    window, values = CountWindow(over, squared=True), [float(number % 7) for number in range(1200)]
    for number, value in enumerate(values, 1):
        window.add(value, NINE, NINE)
        last = values[max(0, number - over) : number]
        assert (window.n, window.total) == (len(last), sum(last))
    assert window.squares == sum(value * value for value in last)


@pytest.mark.parametrize("over", [1001, 5000, 100_000])
def test_longer_ones_are_a_thousandth_too_long_at_most(over):
    """Never too short."""
    window = CountWindow(over)
    for number in range(over + 5000):
        window.add(1.0, NINE, NINE)
        assert min(number + 1, over) <= window.n <= over + 2 * over // STEPS + 2
    assert window.total == window.n


def test_a_place_is_in_the_window_as_long_as_its_answer():
    """`since` tells."""
    window = CountWindow(3)
    places = [window.add(1.0, NINE, NINE) for _ in range(5)]

    assert [place >= window.since for place in places] == [False, False, True, True, True]


@given(st.lists(st.integers(0, 4 * 3600), min_size=1, max_size=60))
def test_the_last_so_long_is_never_too_short_and_a_cell_too_long_at_most(seconds):
    """At each instant, whatever the gaps."""
    window = TimeWindow(HOUR)
    instants = [NINE + timedelta(seconds=second) for second in sorted(seconds)]
    for number, now in enumerate(instants, 1):
        window.add(1.0, now, now)
        exact = sum(now - one <= HOUR for one in instants[:number])
        at_most = sum(now - one <= HOUR + CELL for one in instants[:number])
        assert exact <= window.n <= at_most
        assert window.total == window.n


@given(st.permutations(range(0, 7200, 240)))
def test_the_order_of_answers_does_not_matter(seconds):
    """They count in their own time."""
    now = NINE + timedelta(hours=2)
    window, sorted_window = TimeWindow(HOUR), TimeWindow(HOUR)
    for mine, theirs in zip(seconds, sorted(seconds), strict=True):
        window.add(float(mine), NINE + timedelta(seconds=mine), now)
        sorted_window.add(float(theirs), NINE + timedelta(seconds=theirs), now)

    assert (window.n, window.total, window.squares) == (sorted_window.n, sorted_window.total, sorted_window.squares)
    assert window.n == 15


def test_what_is_from_before_the_window_is_not_taken():
    """It has no place there."""
    window = TimeWindow(HOUR)

    assert window.add(1.0, NINE - HOUR - CELL, NINE) is None
    assert window.n == 0


def test_due_is_the_moment_the_oldest_is_forgotten():
    """Not a microsecond later."""
    window = TimeWindow(HOUR)
    window.add(1.0, NINE + timedelta(seconds=7), NINE + timedelta(seconds=7))
    due = window.due()

    assert NINE + HOUR + timedelta(seconds=7) < due <= NINE + HOUR + timedelta(seconds=7) + CELL
    assert not window.forget(due - timedelta(microseconds=1)) and window.n == 1
    assert window.forget(due) and (window.n, window.due()) == (0, None)


def test_a_clock_that_was_set_back_stops_nothing():
    """What then lies in the future counts until it is past; what lies a window ahead is dropped."""
    window = TimeWindow(HOUR)
    window.add(1.0, NINE, NINE)
    window.add(1.0, NINE - HOUR / 2, NINE - HOUR / 2)
    assert window.n == 2

    window.add(1.0, NINE - timedelta(days=1), NINE - timedelta(days=1))

    assert (window.n, window.total) == (1, 1.0)


@pytest.mark.parametrize("over", [1000, 1_000_000, HOUR, timedelta(days=30)], ids=str)
def test_memory_is_bounded_whatever_the_traffic(over):
    """Packed, 20 kB at most."""
    window, rng, now = window_over(over, squared=True), random.Random(1), NINE
    for _ in range(30_000):
        now += timedelta(seconds=rng.expovariate(1))
        window.add(rng.random(), now, now)

    assert sum(len(section) * section.itemsize for section in window.pack()) <= 20_000


@pytest.mark.parametrize("over", [7, 3000, HOUR], ids=str)
def test_what_was_packed_goes_on_the_same_to_the_last_bit(over):
    """At whatever point."""
    rng, now = random.Random(2), NINE
    window = window_over(over, squared=True)
    for _ in range(400):
        again = window_over(over, squared=True)
        again.unpack(window.pack())
        value, now = rng.random(), now + timedelta(seconds=rng.expovariate(0.02))
        assert window.add(value, now, now) == again.add(value, now, now)
        assert [one.tobytes() for one in window.pack()] == [one.tobytes() for one in again.pack()]
        window = again


def test_sums_do_not_drift_away_from_their_values():
    """After 200,000 scores the total is that of the last thousand."""
    rng, window = random.Random(3), CountWindow(1000)
    values = [rng.random() * rng.choice([1, 1e6]) for _ in range(200_000)]
    for value in values:
        window.add(value, NINE, NINE)

    assert window.total == pytest.approx(sum(values[-1000:]), abs=1e-3)


def test_cells_are_kept_in_order():
    """Answers of a page may come in any."""
    window, rng = TimeWindow(HOUR), random.Random(4)
    for _ in range(500):
        window.add(1.0, NINE - HOUR * rng.random(), NINE)
    places = list(window.pack()[0])[1::2]

    assert all(one < other for one, other in pairwise(places))
