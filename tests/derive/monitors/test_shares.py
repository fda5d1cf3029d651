"""Label shares of two windows: when they drift apart, come together, and what is behind it."""

import random
from datetime import timedelta

import pytest

from otpushd.derive.monitors.shares import MOST_LABELS
from otpushd.derive.monitors.stability import critical
from otpushd.derive.monitors.watch import Turn, thaw
from otpushd.model.monitor import Baseline, Definition, Measure, filled

UP, BACK = Turn.TRIGGERED, Turn.RECOVERED
DRIFT = Definition("m", Measure.LABEL_DRIFT, 100)
HOUR = timedelta(hours=1)


@pytest.fixture
def labelled(seen):
    """Answers by the letters of their labels: `AB,A,` are three, the last without a label."""
    return lambda text: [seen(number, labels=tuple(one)) for number, one in enumerate(text.split(","))]


MIXED = "A,A,B,C,A,B,A,A,B,C," * 20
CHANGED = "C,A,C,C,A,B,C,C,B,C," * 20


def test_shares_that_change_have_drifted(play, labelled):
    """Told when a cell of five answers is over, with the index and the bound: the usual 0.25, above what is chance."""
    ((number, turn, change),) = play(DRIFT, labelled(MIXED + CHANGED[:200]))

    assert turn is UP and 200 < number < 300 and (number + 1) % 5 == 0
    assert change.value > change.bound >= 0.25
    assert change.baseline is None


def test_shares_that_stay_have_not_drifted(play, labelled):
    """However many answers come in."""
    assert play(DRIFT, labelled(MIXED * 5)) == []


def test_few_answers_that_differ_by_chance_are_no_drift(play, labelled):
    """Of fifty and fifty answers an index of 0.3 is nothing; the bound says so."""
    text = "A,A,B,C,A,B,A,A,B,C," * 5 + "C,A,B,C,A,B,C,A,B,C," * 5

    assert critical(50, 50, 3) > 0.5
    assert play(Definition("m", Measure.LABEL_DRIFT, 50), labelled(text)) == []


def test_nothing_is_said_before_both_windows_have_enough(play, labelled):
    """Under fifty answers in the window before there is no before."""
    early = labelled("A," * 100 + "B," * 48)
    late = labelled("A," * 100 + "B," * 100)

    assert play(DRIFT, early[:149]) == []
    assert [turn for _, turn, _ in play(DRIFT, late)] == [UP]


def test_the_examples_are_those_with_labels_that_became_more_frequent(play, labelled):
    """Of the window's, those whose label adds most come first."""
    answers = labelled(MIXED + CHANGED[:200])

    ((number, _, change),) = play(DRIFT, answers)

    assert {answers[example].labels for example in change.examples} == {("C",)}
    assert min(change.examples) > number - 100


def test_it_recovers_when_both_windows_agree_again(play, labelled):
    """The new shares have become what came before."""
    changes = play(DRIFT, labelled(MIXED + CHANGED * 2))

    assert [turn for _, turn, _ in changes] == [UP, BACK]
    assert changes[1][2].value < 0.75 * changes[1][2].bound


def test_its_bound_may_be_told(play, labelled):
    """Where only a landslide matters."""
    text = MIXED + CHANGED[:200]

    assert play(Definition("m", Measure.LABEL_DRIFT, 100, above=3.0), labelled(text)) == []


def test_answers_without_labels_are_a_share_too(play, labelled):
    """Labels that stop coming are drift."""
    assert [turn for _, turn, _ in play(DRIFT, labelled("A," * 100 + "," * 100))] == [UP]


def test_a_label_twice_in_one_answer_counts_once(play, labelled):
    """An answer with many spans of one label is one answer."""
    assert play(DRIFT, labelled("AB," * 100 + "AAAAAB," * 100)) == []


def test_labels_beyond_the_fiftieth_share_one_count(play, seen):
    """A hundred labels, many of them rare, are no drift, though only half of them are told apart."""
    rng = random.Random(1)
    answers = [seen(number, labels=(str(int(rng.expovariate(0.05))),)) for number in range(2000)]

    assert len({one.labels for one in answers}) > 1.5 * MOST_LABELS
    changes = play(Definition("m", Measure.LABEL_DRIFT, 200), answers)
    assert [turn for number, turn, _ in changes if number > 400] in ([], [BACK])


def test_against_a_fixed_time_it_stays_told_until_shares_are_as_they_were(play, labelled, minute):
    """A window that has become usual is still not what it was."""
    definition = Definition("m", Measure.LABEL_DRIFT, 100, drift=Baseline(minute(0), minute(200)))

    changes = play(definition, labelled(MIXED + CHANGED * 3 + MIXED))

    assert [turn for _, turn, _ in changes] == [UP, BACK]
    assert 249 <= changes[0][0] < 300 and changes[1][0] > 800


def test_windows_of_time_are_judged_when_a_cell_is_over(seen, minute):
    """After three minutes of an hour: though nothing more comes in, the fifty-first is judged."""
    watch = thaw(filled(Definition("m", Measure.LABEL_DRIFT, HOUR)), None)
    for number in range(111):
        assert watch.take(seen(number, labels="AB"[number // 60]), minute(number)) is None
    due = watch.due()

    assert minute(110) < due <= minute(113)
    assert watch.tick(due).turn is UP


def test_windows_of_time_that_run_empty_recover(seen, minute):
    """After which there is nothing to wait for."""
    watch = thaw(filled(Definition("m", Measure.LABEL_DRIFT, HOUR)), None)
    for number in range(130):
        watch.take(seen(number, labels="AB"[number // 60 % 2]), minute(number))
    changes = []
    while (due := watch.due()) is not None:
        changes.append(watch.tick(due))

    assert watch.side == 0
    assert [one.turn for one in changes if one] in ([BACK], [UP, BACK])


def test_answers_read_late_count_in_their_own_time(seen, minute):
    """Two hours of answers, read at once, are two windows."""
    watch = thaw(filled(Definition("m", Measure.LABEL_DRIFT, HOUR)), None)
    answers = [seen(number, labels="AAB"[number // 60 + 1]) for number in range(-60, 120)]
    *silent, change = [watch.take(one, minute(120), history=one is not answers[-1]) for one in answers]

    assert set(silent) == {None}
    assert change.turn is UP
    assert min(change.examples) >= 60
