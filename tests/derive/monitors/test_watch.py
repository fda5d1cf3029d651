"""Every kind of figure alike: what was frozen goes on the same, memory stays small, history is silent."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.derive.monitors.reading import Observation
from otpushd.derive.monitors.watch import Turn, thaw
from otpushd.model.monitor import Baseline, By, Definition, Measure, Previous, faults, filled

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIXED = Baseline(NINE, NINE + 2 * HOUR)
OVER = {"count": 40, "long count": 3000, "time": 2 * HOUR}
FIGURES = {
    "rate": Definition("m", Measure.REJECT_RATE, at_least=10),
    "low rate": Definition("m", Measure.ACCEPT_RATE, at_least=10, below=0.5),
    "conflicts": Definition("m", Measure.CONFLICT_RATE, at_least=10),
    "mean": Definition("m", Measure.MEAN_SCORE, at_least=10, above=0.6, below=0.4),
    "low scores": Definition("m", Measure.LOW_SCORE_SHARE, at_least=10, above=0.6),
    "pace": Definition("m", Measure.ANSWERS_PER_HOUR, at_least=10, above=30, below=5),
    "drift": Definition("m", Measure.SCORE_DRIFT, at_least=10),
    "rate drift": Definition("m", Measure.REJECT_RATE, at_least=10, drift=Previous.WINDOW),
    "drift from then": Definition("m", Measure.SCORE_DRIFT, at_least=10, drift=FIXED),
    "labels": Definition("m", Measure.LABEL_DRIFT, at_least=10),
    "labels from then": Definition("m", Measure.LABEL_DRIFT, at_least=10, drift=FIXED),
}
DEFINITIONS = {
    f"{name} over {length}": told
    for name, figure in FIGURES.items()
    for length, over in OVER.items()
    if length != "long count" or name in {"mean", "labels", "drift from then"}
    if not faults(told := filled(replace(figure, over=over)))
}
every_figure = pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS.keys())


def answers(seed: int, count: int, pause: float = 60.0) -> list[Observation]:
    """Random ones whose habits change every hundred; some are given before the one that precedes them."""
    rng, now, found = random.Random(seed), NINE, []
    for number in range(count):
        if number % 100 == 0:
            wrong, centre, labels = rng.random(), rng.random(), rng.sample("ABCDEFGH", 3)
        now += timedelta(seconds=rng.expovariate(1 / pause))
        answer = "reject" if rng.random() < wrong else "accept"
        score = None if rng.random() < 0.1 else min(1.0, max(0.0, rng.gauss(centre, 0.1)))
        chosen = tuple(rng.sample(labels, rng.randint(0, 2)))
        early = now - timedelta(seconds=rng.choice([0, 0, 0, 300]))
        conflict = rng.choice([None, rng.random() < wrong])
        found.append(Observation(early, number, answer, score, chosen, "ann", conflict, number))
    return found


@every_figure
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_a_watch_that_was_frozen_and_thawed_goes_on_the_same(definition, data):
    """At whatever points, with looks in between: the same changes, the same bytes."""
    page = answers(data.draw(st.integers(0, 999)), 400, data.draw(st.sampled_from([5.0, 60.0, 600.0])))
    history = data.draw(st.integers(0, 150))
    stops = data.draw(st.sets(st.integers(0, 399), max_size=30))
    looks = data.draw(st.sets(st.integers(0, 399), max_size=30))
    whole, pieces, now = thaw(definition, None), thaw(definition, None), NINE
    for number, one in enumerate(page):
        now = max(now, one.instant)
        assert whole.take(one, now, history=number < history) == pieces.take(one, now, history=number < history)
        if number in stops:
            pieces = thaw(definition, pieces.freeze(definition))
        if number in looks:
            assert whole.due() == pieces.due()
            assert whole.tick(now + HOUR / 10) == pieces.tick(now + HOUR / 10)
    assert whole.freeze(definition) == pieces.freeze(definition)


@every_figure
def test_every_figure_triggers_and_recovers_in_turn(definition):
    """Over 4,000 answers whose habits change, and a long silence: never twice the same, numbered from one."""
    watch, changes = thaw(definition, None), []
    for one in answers(1, 4000, pause=90):
        changes.append(watch.take(one, one.instant))
    for hour in range(48):
        changes.append(watch.tick(one.instant + hour * HOUR / 4))
    found = [change for change in changes if change]

    assert [change.turn for change in found] == [(Turn.TRIGGERED, Turn.RECOVERED)[n % 2] for n in range(len(found))]
    assert [change.revision for change in found] == [1 + n // 2 for n in range(len(found))]
    assert found or definition.over == OVER["long count"]


@every_figure
def test_memory_is_at_most_80_kilobytes_whatever_the_traffic(definition):
    """Ten thousand answers with long labels, from one a second to one an hour."""
    watch, rng, now, most = thaw(definition, None), random.Random(3), NINE, 0
    for number in range(10_000):
        now += timedelta(seconds=rng.choice([1, 1, 1, 60, 3600]) * rng.random())
        labels = tuple(f"{rng.randrange(200)}-{chr(0x1F600 + number % 50) * 300}" for _ in range(5))
        watch.take(Observation(now, number, "reject", rng.random(), labels, "ann", True, number), now)
        if number % 1000 == 999:
            most = max(most, len(watch.freeze(definition)))

    assert most <= 80_000


@every_figure
def test_looking_when_due_is_enough(definition):
    """A watch looked at every minute tells nothing that one looked at when due does not tell within its cell."""
    often, seldom = thaw(definition, None), thaw(definition, None)
    for one in answers(5, 150):
        assert often.take(one, one.instant) == seldom.take(one, one.instant)
    seen_often = [often.tick(one.instant + timedelta(minutes=minute)) for minute in range(60 * 6)]
    seen_seldom = []
    while (due := seldom.due()) is not None and due < one.instant + 6 * HOUR:
        seen_seldom.append(seldom.tick(due))

    assert [change.turn for change in seen_often if change] == [change.turn for change in seen_seldom if change]


@every_figure
def test_history_is_silent_and_time_alone_does_not_wake_it(definition):
    """Datasets that nobody works on any more say nothing, whatever they were like."""
    watch = thaw(definition, None)
    page = answers(6, 500)
    now = page[-1].instant + HOUR

    assert {watch.take(one, now, history=True) for one in page} == {None}
    assert watch.due() is None
    assert {watch.tick(now + number * HOUR) for number in range(50)} == {None}
    assert thaw(definition, watch.freeze(definition)).due() is None


def test_what_history_has_come_to_is_judged_with_the_first_answer_after_it(seen, minute):
    """An accept; the rejects before it are history."""
    definition = filled(Definition("m", Measure.REJECT_RATE))
    watch = thaw(definition, None)
    for number in range(60):
        watch.take(seen(number, "reject"), minute(60), history=True)

    change = watch.take(seen(60), minute(60))

    assert (change.turn, change.value, change.serial) == (Turn.TRIGGERED, 60 / 61, 60)


@pytest.mark.parametrize(
    "changes",
    [
        {"measure": Measure.IGNORE_RATE},
        {"over": 30},
        {"over": HOUR},
        {"by": By.ANNOTATOR},
        {"drift": Previous.WINDOW, "above": None, "clear_below": None},
    ],
    ids=str,
)
def test_memory_of_another_meaning_starts_anew(seen, minute, changes):
    """The plan has changed what is measured."""
    definition = filled(Definition("m", Measure.REJECT_RATE))
    watch = thaw(definition, None)
    for number in range(60):
        watch.take(seen(number, "reject"), minute(number))
    other = filled(replace(definition, **changes))

    assert thaw(other, watch.freeze(definition)).freeze(other) == thaw(other, None).freeze(other)


@pytest.mark.parametrize("changes", [{"above": 0.9, "clear_below": 0.8}, {"at_least": 20}, {"name": "n"}], ids=str)
def test_another_bound_goes_on_with_what_was_measured(seen, minute, changes):
    """The plan has changed what is too much, not what is counted."""
    definition = filled(Definition("m", Measure.REJECT_RATE))
    watch = thaw(definition, None)
    for number in range(49):
        watch.take(seen(number, "reject"), minute(number))

    change = thaw(replace(definition, **changes), watch.freeze(definition)).take(seen(49, "reject"), minute(49))

    assert (change.turn, change.value) == (Turn.TRIGGERED, 1.0)


@every_figure
def test_memory_that_was_damaged_starts_anew(definition):
    """Cut off anywhere, it is either nothing or refused."""
    watch = thaw(definition, None)
    for one in answers(7, 300):
        watch.take(one, one.instant)
    whole = watch.freeze(definition)

    for cut in range(1, len(whole), 97):
        thaw(definition, whole[:-cut]).take(one, one.instant)
