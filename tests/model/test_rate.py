"""Rates: when one more may go, and what has to be remembered for that."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.rate import Rate, free_at, kept

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIERS = (Rate(2, 10 * MINUTE), Rate(3, 60 * MINUTE))


@pytest.mark.parametrize(
    ("ago", "ahead"),
    [
        pytest.param([], 0, id="nothing went"),
        pytest.param([1], 0, id="below both"),
        pytest.param([1, 3], 7, id="the short window is full"),
        pytest.param([10, 1], 0, id="the oldest has just left it"),
        pytest.param([59, 30, 20], 1, id="the long window is full"),
        pytest.param([50, 3, 1], 10, id="both are, the later end holds"),
        pytest.param([1, 50, 3], 10, id="in any order"),
        pytest.param([-5, -5], 15, id="two are yet to come"),
    ],
)
def test_one_more_may_go_when_every_tier_allows_it(ago: list[int], ahead: int) -> None:
    """Two in ten minutes and three in an hour."""
    assert free_at(TIERS, [NOON - minutes * MINUTE for minutes in ago], NOON) == NOON + ahead * MINUTE


def test_without_rates_all_may_go() -> None:
    """And nothing is remembered."""
    assert (free_at((), [NOON] * 9, NOON), kept((), [NOON] * 9, NOON)) == (NOON, ())


minutes = st.integers(0, 300)
tiers = st.lists(st.builds(lambda count, per: Rate(count, per * MINUTE), st.integers(1, 6), st.integers(1, 90)))
steps = st.lists(st.integers(0, 40), max_size=40)


@given(tiers, steps)
def test_no_window_ever_holds_more_than_its_count(rates: list[Rate], waits: list[int]) -> None:
    """Each goes when it is asked for, or as soon as it may."""
    now, sent = NOON, list[datetime]()
    for wait in waits:
        now = free_at(rates, sent, now + wait * MINUTE)
        sent.append(now)

    for rate in rates:
        assert all(sum(end - rate.per < time <= end for time in sent) <= rate.count for end in sent)


@given(tiers, st.lists(minutes, max_size=20))
def test_none_waits_longer_than_it_must(rates: list[Rate], ago: list[int]) -> None:
    """A moment before, some window would hold too many."""
    times = [NOON - one * MINUTE for one in ago]
    free = free_at(rates, times, NOON)
    before = free - timedelta(microseconds=1)

    full = [rate for rate in rates if sum(time > before - rate.per for time in times) >= rate.count]
    assert free == NOON or full


@given(tiers, st.lists(minutes, max_size=20), minutes)
def test_what_is_kept_is_enough_and_bounded(rates: list[Rate], ago: list[int], later: int) -> None:
    """At any later instant it says the same as all times do."""
    times = [NOON - one * MINUTE for one in ago]
    left = kept(rates, times, NOON)
    then = NOON + later * MINUTE

    assert free_at(rates, left, then) == free_at(rates, times, then)
    assert len(left) <= max((rate.count for rate in rates), default=0)
