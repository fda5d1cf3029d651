"""A mean or rate against what came before: drift is told once, names what came after the change, and passes."""

import random
from datetime import timedelta

import pytest

from otpushd.derive.monitors.watch import Turn, thaw
from otpushd.model.monitor import Definition, Measure, Previous, filled

UP, BACK = Turn.TRIGGERED, Turn.RECOVERED
DRIFT = Definition("m", Measure.SCORE_DRIFT)


def scores(seed: int, *parts: tuple[float, int]) -> list[float]:
    """So many scores around each mean, with a deviation of a tenth."""
    rng = random.Random(seed)
    return [rng.gauss(mean, 0.1) for mean, times in parts for _ in range(times)]


@pytest.fixture
def answers(seen):
    return lambda values: [seen(number, score=value) for number, value in enumerate(values)]


@pytest.mark.parametrize(("after", "side"), [(0.4, -1), (0.9, 1)], ids=["falls", "rises"])
def test_a_mean_that_changes_has_drifted(play, answers, after, side):
    """Told within a window, with both means, and bounded on the side where it went."""
    changes = play(DRIFT, answers(scores(1, (0.7, 400), (after, 150))))

    ((number, turn, change),) = changes
    assert turn is UP and 400 < number < 500
    assert change.baseline == pytest.approx(0.7, abs=0.03)
    assert side * (change.value - change.bound) > 0 and side * (change.bound - change.baseline) > 0


def test_the_examples_are_those_after_the_change_the_most_extreme_first(play, answers):
    """None from before it."""
    values = scores(1, (0.7, 400), (0.4, 150))

    ((number, _, change),) = play(DRIFT, answers(values))

    assert set(change.examples) == set(range(400, number + 1))
    assert [values[example] for example in change.examples] == sorted(values[example] for example in change.examples)


@pytest.mark.parametrize("seed", range(5))
def test_a_mean_that_does_not_change_has_not_drifted(play, answers, seed):
    """Of 2,000 scores each."""
    assert play(DRIFT, answers(scores(seed, (0.7, 2000)))) == []


def test_a_change_too_small_for_the_window_is_no_drift(play, answers):
    """A fiftieth of the range, over 200 answers, is chance."""
    assert play(DRIFT, answers(scores(3, (0.7, 300), (0.72, 150)))) == []


def test_nothing_is_said_under_the_least_number_of_answers(play, answers):
    """A hundred are looked at; with a least of 200 they are not."""
    values = scores(2, (0.9, 50), (0.1, 50))

    assert [turn for _, turn, _ in play(DRIFT, answers(values))] == [UP]
    assert play(Definition("m", Measure.SCORE_DRIFT, at_least=200), answers(values)) == []


def test_it_recovers_when_the_mean_comes_back(play, answers):
    """A change in the other direction."""
    changes = play(DRIFT, answers(scores(4, (0.7, 400), (0.4, 100), (0.7, 150))))

    assert [turn for _, turn, _ in changes] == [UP, BACK]
    assert 500 < changes[1][0] < 650
    assert changes[1][2].value > changes[1][2].bound


def test_it_recovers_when_the_new_level_has_lasted_for_a_window(play, answers):
    """Two hundred answers without another change: by then it is what came before."""
    changes = play(DRIFT, answers(scores(5, (0.7, 400), (0.4, 400))))

    assert [turn for _, turn, _ in changes] == [UP, BACK]
    assert 200 <= changes[1][0] - changes[0][0] <= 232
    assert changes[1][2].value == pytest.approx(0.4, abs=0.05)


def test_with_a_window_of_time_it_recovers_though_nothing_comes_in(seen, minute):
    """A window after the last change, and `due` says when."""
    definition = filled(Definition("m", Measure.SCORE_DRIFT, timedelta(hours=5)))
    watch = thaw(definition, None)
    for number, value in enumerate(scores(6, (0.7, 200), (0.3, 56))):
        watch.take(seen(number, score=value), minute(number))
    assert watch.side == -1
    due = watch.due()

    assert watch.tick(due - timedelta(minutes=1)) is None
    assert watch.tick(due).turn is BACK
    assert minute(200 + 300) < due <= minute(256 + 301) and watch.due() is None


def test_what_is_older_than_two_windows_of_time_is_forgotten(play, seen, minute):
    """Last month's level is no past to drift from."""
    old = [seen(number, score=0.9) for number in range(320)]
    new = [seen(number, score=0.1, instant=minute(50_000 + number)) for number in range(320, 640)]

    assert play(Definition("m", Measure.SCORE_DRIFT, timedelta(hours=5)), old + new) == []


def test_a_rate_may_drift_too(play, seen):
    """Rejects of a tenth become half; those rejected are named."""
    rng = random.Random(7)
    names = [rng.random() < (0.1 if number < 400 else 0.5) for number in range(550)]
    answers = [seen(number, "reject" if rejected else "accept") for number, rejected in enumerate(names)]

    ((_, turn, change),) = play(Definition("m", Measure.REJECT_RATE, drift=Previous.WINDOW), answers)

    assert turn is UP and change.value > change.baseline
    assert all(names[example] for example in change.examples)


def test_one_stray_score_does_not_blunt_it_for_ever(play, answers):
    """After a score of a million and 10,000 good ones a drift is told again."""
    values = [1e6, *scores(8, (0.7, 11_000), (0.4, 150))]

    changes = play(DRIFT, answers(values))

    assert [turn for number, turn, _ in changes if number > 11_000] == [UP]


def test_history_becomes_the_past_and_is_no_news(seen, minute):
    """A drift within history is silent; one from history to today is told."""
    watch = thaw(filled(DRIFT), None)
    values = scores(9, (0.9, 300), (0.7, 300))
    silent = [watch.take(seen(number, score=one), minute(0), history=True) for number, one in enumerate(values)]
    news = [watch.take(seen(600 + number, score=one), minute(1)) for number, one in enumerate(scores(9, (0.4, 100)))]

    (change,) = [one for one in news if one]
    assert set(silent) == {None}
    assert change.baseline == pytest.approx(0.7, abs=0.05)
