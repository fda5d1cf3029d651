"""A mean or rate against a fixed time: the baseline is made of that time's answers and of no others."""

import random
from datetime import timedelta

import pytest

from otpushd.derive.monitors.adwin import epsilon
from otpushd.derive.monitors.watch import Turn, thaw
from otpushd.model.monitor import Baseline, Definition, Measure, filled

UP, BACK = Turn.TRIGGERED, Turn.RECOVERED


@pytest.fixture
def anchored(minute):
    """A monitor against the first two hundred minutes."""
    return lambda over=100, measure=Measure.SCORE_DRIFT: Definition(
        "m", measure, over, drift=Baseline(minute(0), minute(200))
    )


@pytest.fixture
def around(seen):
    """Answers with scores around so many means, one a minute."""

    def made(*parts: tuple[float, int], seed: int = 1):
        rng = random.Random(seed)
        values = [rng.gauss(mean, 0.1) for mean, times in parts for _ in range(times)]
        return [seen(number, score=value) for number, value in enumerate(values)]

    return made


@pytest.mark.parametrize(("after", "side"), [(0.4, -1), (0.9, 1)], ids=["falls", "rises"])
def test_a_mean_away_from_the_baseline_has_drifted(play, anchored, around, after, side):
    """Told once the window has enough answers; the bound is on the side where it went."""
    ((number, turn, change),) = play(anchored(), around((0.7, 200), (after, 100)))

    assert turn is UP and 249 <= number < 300
    assert change.baseline == pytest.approx(0.7, abs=0.03)
    assert side * (change.value - change.bound) > 0 and side * (change.bound - change.baseline) > 0
    assert len(change.examples) >= 0.9 * (number - 199) and min(change.examples) >= 200


def test_a_mean_like_the_baseline_has_not_drifted(play, anchored, around):
    """Of two thousand answers."""
    assert play(anchored(), around((0.7, 2200))) == []


def test_the_bound_is_the_one_of_adwin(play, anchored, seen):
    """Of 200 zeros and 50 ones: variance 0.16, 1/m = 1/196 + 1/46, ln(2 ln 250 / 0.002) = 8.616."""
    answers = [seen(number, score=float(number >= 200)) for number in range(250)]

    ((_, _, change),) = play(anchored(), answers)

    assert change.bound == pytest.approx(epsilon(200, 50, 0.16))
    assert change.bound == pytest.approx(0.4262, abs=1e-4)


def test_slow_drift_is_told_however_slow(play, anchored, around):
    """What ADWIN beside the previous window may come to take for granted."""
    parts = [(0.7 - 0.002 * step, 10) for step in range(100)]

    assert [turn for _, turn, _ in play(anchored(), around((0.7, 200), *parts))] == [UP]


def test_it_recovers_when_it_comes_back(play, anchored, around):
    """A quarter of the bound nearer."""
    changes = play(anchored(), around((0.7, 200), (0.3, 100), (0.7, 150)))

    assert [turn for _, turn, _ in changes] == [UP, BACK]
    assert 320 < changes[1][0] < 400


def test_without_enough_answers_in_the_baseline_nothing_is_said(play, anchored, around):
    """Forty-nine are too few, as they are in a window."""
    late = around((0.9, 200), (0.2, 150))[151:]

    assert play(anchored(), late) == []


def test_what_came_before_the_baseline_counts_nowhere(play, minute, around):
    """Neither in it nor in the window."""
    definition = Definition("m", Measure.SCORE_DRIFT, 100, drift=Baseline(minute(100), minute(200)))

    ((_, _, change),) = play(definition, around((0.1, 100), (0.9, 100), (0.5, 60)))

    assert change.baseline == pytest.approx(0.9, abs=0.03)


def test_a_window_of_time_that_runs_empty_recovers(seen, minute, anchored, around):
    """And then there is nothing to wait for."""
    definition = filled(anchored(timedelta(hours=2)))
    watch = thaw(definition, None)
    changes = [watch.take(one, one.instant) for one in around((0.7, 200), (0.3, 60))]
    while (due := watch.due()) is not None:
        changes.append(watch.tick(due))
        latest = due

    assert [(one.turn, one.value is None) for one in changes if one] == [(UP, False), (BACK, True)]
    assert minute(259 + 120) < latest <= minute(259 + 121)


def test_a_rate_may_be_anchored_too(play, anchored, seen):
    """One reject in ten becomes five in ten."""
    answers = [seen(n, "reject" if n % 10 < (1 if n < 200 else 5) else "accept") for n in range(400)]

    ((_, _, change),) = play(anchored(measure=Measure.REJECT_RATE), answers)

    assert change.baseline == 0.1 and change.value > change.bound
