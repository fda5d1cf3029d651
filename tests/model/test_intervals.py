"""Pauses, all alike or growing."""

from datetime import timedelta

import pytest

from otpushd.model.intervals import Intervals

MINUTE = timedelta(minutes=1)
HUNDRED_YEARS = timedelta(days=36_500)


@pytest.mark.parametrize(
    ("pauses", "minutes"),
    [
        pytest.param(Intervals(MINUTE), [1, 1, 1], id="all alike"),
        pytest.param(Intervals(MINUTE, 2), [1, 2, 4], id="growing"),
        pytest.param(Intervals(MINUTE, 1.5), [1, 1.5, 2.25], id="by less than twice"),
        pytest.param(Intervals(MINUTE, 3, 5 * MINUTE), [1, 3, 5, 5], id="never longer than"),
        pytest.param(Intervals(9 * MINUTE, 1, 5 * MINUTE), [5, 5], id="not even the first"),
    ],
)
def test_each_pause(pauses: Intervals, minutes: list[float]) -> None:
    assert [pauses.after(number) / MINUTE for number in range(len(minutes))] == minutes


@pytest.mark.parametrize("number", [60, 5000, 10**9], ids=["long", "too long", "beyond floats"])
def test_it_never_grows_beyond_all_bounds(number: int) -> None:
    assert Intervals(timedelta(days=1), 2.0).after(number) == HUNDRED_YEARS
    assert Intervals(timedelta(days=1), 2.0, MINUTE).after(number) == MINUTE
