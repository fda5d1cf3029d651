"""Rates, means and paces against bounds: when they trigger, when they recover, and when they keep still."""

from datetime import timedelta

import pytest

from otpushd.derive.monitors.watch import Turn, thaw
from otpushd.model.monitor import Definition, Measure, filled

HOUR = timedelta(hours=1)
UP, BACK = Turn.TRIGGERED, Turn.RECOVERED


def rate(measure: Measure = Measure.REJECT_RATE, over: int | timedelta = 10, at_least: int = 10, **more: object):
    return Definition("m", measure, over, at_least, **more)


@pytest.mark.parametrize(
    ("measure", "bounds", "quiet", "loud"),
    [
        (Measure.REJECT_RATE, {}, "aaaaaaaarr", "aaaaaaarrr"),
        (Measure.IGNORE_RATE, {}, "aaaaaaaaai", "aaaaaaaaii"),
        (Measure.ACCEPT_RATE, {}, "arrrrrrrrr", "rrrrrrrrrr"),
        (Measure.ACCEPT_RATE, {"above": 0.9}, "raaaaaaaaa", "aaaaaaaaaa"),
        (Measure.REJECT_RATE, {"below": 0.1}, "raaaaaaaaa", "aaaaaaaaaa"),
    ],
    ids=str,
)
def test_a_rate_at_its_bound_is_quiet_beyond_it_loud(play, run, measure, bounds, quiet, loud):
    """The usual bounds are 20 % rejects, 10 % ignores, and not under 10 % accepts."""
    definition = rate(measure, **bounds)

    assert play(definition, run(quiet)) == []
    assert [(number, turn) for number, turn, _ in play(definition, run(loud))] == [(9, UP)]


def test_a_change_tells_value_bound_and_the_examples_behind_it(play, run):
    """The newest first."""
    ((_, _, change),) = play(rate(), run("raaarararar"[:10]))

    assert (change.value, change.bound, change.baseline, change.revision) == (0.4, 0.2, None, 1)
    assert change.examples == (8, 6, 4, 0)
    assert change.serial == 9


def test_too_few_accepted_names_those_that_were_not(play, run):
    """What pulls the rate down is what has to be looked at."""
    ((_, _, change),) = play(rate(Measure.ACCEPT_RATE, below=0.5), run("aaaarrirrr"))

    assert change.examples == (9, 8, 7, 6, 5, 4)


def test_answers_without_one_are_left_out_of_rates(play, run):
    """Nine have an answer: too few."""
    assert play(rate(), run("rrrrr-rrrr")) == []


def test_nothing_is_said_under_the_least_number_of_answers(play, run):
    """Not even where all are rejected; the tenth makes it."""
    assert [number for number, _, _ in play(rate(over=200), run("rrrrrrrrrrrr"))] == [9]


def test_fifty_answers_are_the_usual_least(play, run):
    """Unless the plan says otherwise."""
    assert [number for number, _, _ in play(Definition("m", Measure.REJECT_RATE), run("r" * 60))] == [49]


def test_it_recovers_below_the_bound_to_clear_at_and_not_before(play, run):
    """Above 20 %, clear below 15 %: of twenty, five trigger, four and three change nothing, two recover."""
    definition = rate(over=20, at_least=20, above=0.2, clear_below=0.15)

    changes = play(definition, run("r" * 5 + "a" * 15 + "a" * 10))

    assert [(number, turn, change.value) for number, turn, change in changes] == [(19, UP, 0.25), (22, BACK, 0.1)]
    assert (changes[1][2].bound, changes[1][2].examples, changes[1][2].revision) == (0.2, (), 1)


def test_a_lower_bound_is_cleared_above_it(play, run):
    """Below 50 %, clear above 60 %."""
    definition = rate(Measure.ACCEPT_RATE, below=0.5, clear_above=0.6)

    changes = play(definition, run("r" * 6 + "a" * 4 + "a" * 3))

    assert [(number, turn, change.value) for number, turn, change in changes] == [(9, UP, 0.4), (12, BACK, 0.7)]


def test_it_triggers_once_while_it_lasts_and_again_after_it_recovered(play, run):
    """The second time with a revision of its own."""
    changes = play(rate(), run("r" * 30 + "a" * 10 + "r" * 10))

    assert [(number, turn, change.revision) for number, turn, change in changes] == [
        (9, UP, 1),
        (38, BACK, 1),
        (42, UP, 2),
    ]


def test_the_window_forgets_what_is_older_than_so_many_answers(play, run):
    """Rejects and the eleventh answer after them never share a window of ten."""
    assert play(rate(), run("rr" + "a" * 8 + "rr" + "a" * 8)) == []
    assert [number for number, _, _ in play(rate(), run("rr" + "a" * 7 + "r"))] == [9]


@pytest.mark.parametrize(("apart", "turns"), [(59, [UP]), (62, [])], ids=["within", "beyond"])
def test_the_window_forgets_what_is_older_than_so_long(play, seen, minute, apart, turns):
    """Five and five answers in a window of an hour that needs ten."""
    early = [seen(number, "reject", instant=minute(0)) for number in range(5)]
    late = [seen(number, "reject", instant=minute(apart)) for number in range(5, 10)]

    assert [turn for _, turn, _ in play(rate(over=HOUR), early + late)] == turns


def test_a_window_of_time_recovers_when_it_runs_empty(play, run):
    """Ten rejects until 9:09; by 10:10 all are gone, and nothing came in."""
    changes = play(rate(over=HOUR), run("r" * 10), looks=[60, 69, 69.5])

    assert [(number, turn) for number, turn, _ in changes] == [(9, UP), (69.5, BACK)]
    assert changes[1][2].value is None


def test_a_window_of_time_triggers_when_what_was_good_is_forgotten(play, run):
    """Three rejects are not enough among the last 16, but among the last 14."""
    changes = play(rate(over=HOUR), run("a" * 19 + "rrr"), looks=[66, 68])

    assert [(number, turn, change.value) for number, turn, change in changes] == [(68, UP, 3 / 14)]


@pytest.mark.parametrize(
    ("measure", "bounds", "quiet", "loud"),
    [
        (Measure.MEAN_SCORE, {"below": 0.5}, [0.5] * 10, [0.5] * 9 + [0.4]),
        (Measure.MEAN_SCORE, {"above": 0.5}, [0.5] * 10, [0.5] * 9 + [0.6]),
        (Measure.LOW_SCORE_SHARE, {"above": 0.2}, [0.4] * 2 + [0.5] * 8, [0.0] * 3 + [0.5] * 7),
        (Measure.LOW_SCORE_SHARE, {"above": 0.2, "low": 0.3}, [0.4] * 10, [0.2] * 3 + [0.4] * 7),
    ],
    ids=str,
)
def test_scores_at_their_bound_are_quiet_beyond_it_loud(play, seen, measure, bounds, quiet, loud):
    """A score of 0 is a low one; what counts as low may be told."""

    def answers(scores: list[float]):
        return [seen(number, score=score) for number, score in enumerate(scores)]

    assert play(rate(measure, **bounds), answers(quiet)) == []
    assert [turn for _, turn, _ in play(rate(measure, **bounds), answers(loud))] == [UP]


def test_a_low_mean_names_the_lowest_first(play, seen):
    """Those that are not low are not to blame."""
    scores = [0.9, 0.3, 0.1, 0.4, 0.2, 0.9, 0.3, 0.1, 0.8, 0.2]

    ((_, _, change),) = play(rate(Measure.MEAN_SCORE, below=0.5), [seen(n, score=one) for n, one in enumerate(scores)])

    assert change.examples == (7, 2, 9, 4, 6, 1, 3)


def test_answers_without_a_score_are_no_zeros(play, seen):
    """They are left out, so nine scores are too few for ten."""
    answers = [seen(number, score=None if number == 3 else 0.1) for number in range(11)]

    assert [number for number, _, _ in play(rate(Measure.MEAN_SCORE, below=0.5), answers)] == [10]


def test_conflicts_are_counted_among_those_that_could_conflict(play, seen):
    """An input that nobody else answered says nothing."""
    conflicts = [None] * 20 + [True] * 3 + [False] * 7

    ((number, _, change),) = play(
        rate(Measure.CONFLICT_RATE), [seen(number, conflicts=one) for number, one in enumerate(conflicts)]
    )

    assert (number, change.value, change.examples) == (29, 0.3, (22, 21, 20))


def pace(**bounds: float) -> Definition:
    return rate(Measure.ANSWERS_PER_HOUR, HOUR, **bounds)


def test_a_pace_above_its_bound_triggers_with_all_its_examples(play, seen, minute):
    """Thirty-one within half an hour are more than thirty an hour."""
    answers = [seen(number, instant=minute(number)) for number in range(31)]

    ((number, _, change),) = play(pace(above=30), answers)

    assert (number, change.value, len(change.examples)) == (30, 31, 31)


def test_a_pace_below_its_bound_triggers_when_nothing_comes_in(play, run):
    """One a minute until 11:00; at 11:31 there were fewer than thirty within the hour."""
    changes = play(pace(below=30), run("a" * 121), looks=[149, 152, 200, 999])

    assert [(number, turn) for number, turn, _ in changes] == [(152, UP)]
    assert changes[0][2].examples == ()


def test_a_pace_recovers_when_work_goes_on(play, run, seen, minute):
    """Above the bound by a quarter."""
    slow = [seen(number, instant=minute(10 * number)) for number in range(12)]
    fast = [seen(number, instant=minute(120 + number)) for number in range(60)]

    changes = play(pace(below=20), slow + fast)

    assert [turn for _, turn, _ in changes] == [UP, BACK]
    assert changes[1][2].value > 25


def test_a_pace_is_not_low_before_a_whole_window_has_passed(play, run):
    """Nobody can have given thirty answers in ten minutes."""
    assert play(pace(below=30), run("a" * 10), looks=[59]) == []
    assert [turn for _, turn, _ in play(pace(below=30), run("a" * 10), looks=[61])] == [UP]


def test_a_pace_after_a_long_rest_is_given_a_window_to_get_going(seen, minute):
    """History of last week and the first answer of today are no slow work."""
    definition = filled(pace(below=30))
    watch = thaw(definition, None)
    for number in range(20):
        watch.take(seen(number), minute(10_000), history=True)

    assert watch.take(seen(99, instant=minute(10_000)), minute(10_000)) is None
    assert watch.tick(minute(10_061)).turn is UP


def test_due_is_when_time_alone_may_change_something(seen, minute):
    """By then, and not before, the window has lost its first answer; a window of answers never waits."""
    definition = filled(rate(over=HOUR))
    watch = thaw(definition, None)
    for number in range(10):
        watch.take(seen(number, "reject"), minute(number))

    due = watch.due()

    assert minute(60) < due <= minute(60.5)
    assert watch.tick(due) is None and watch.due() > due
    assert thaw(filled(rate()), None).due() is None


def test_looking_only_when_due_misses_nothing(seen, minute):
    """From due to due it recovers when the last answer has left the window, and then there is nothing to wait for."""
    watch = thaw(filled(rate(over=HOUR)), None)
    for number in range(10):
        watch.take(seen(number, "reject"), minute(number))
    looks = []
    while (due := watch.due()) is not None:
        looks.append((due, watch.tick(due)))

    assert [change.turn for _, change in looks if change] == [BACK]
    assert minute(69) < looks[-1][0] <= minute(69.5)
    assert len(looks) <= 10


def test_a_lost_bound_ends_what_hung_on_it(seen, minute):
    """The plan was changed from `above` to `below` while it was triggered: memory is kept, the alarm is not."""
    watch = thaw(filled(rate()), None)
    for number in range(10):
        watch.take(seen(number, "reject"), minute(number))
    now = filled(rate(below=0.05))

    change = thaw(now, watch.freeze(filled(rate()))).take(seen(10, "reject"), minute(10))

    assert (change.turn, change.value, change.bound) == (BACK, 1.0, None)
