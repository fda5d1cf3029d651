"""Answers as monitors look at them: what an event gives, under which keys it counts, what each measure reads."""

from datetime import UTC, datetime, timedelta

import pytest

from otpushd.derive.monitors.reading import LARGEST, LONGEST_KEY, keys_of, observed, reading
from otpushd.model.event import Event, event_id
from otpushd.model.fact import Fact
from otpushd.model.monitor import By, Definition, Measure

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def saved(kind: str = "answer.saved", at: datetime = NINE, number: str | None = None, **data: object) -> Fact:
    number = event_id("main", kind) if number is None else number
    return Fact(Event(kind, number, "main", NINE, "contracts-a", data), 7, at)


def test_an_answer_is_taken_with_all_that_monitors_measure():
    """As `answer.saved` carries it."""
    one = observed(
        saved(answer="reject", example=7, score=0.25, labels=["A", "B"], annotator="ann", at=NINE - HOUR),
        conflicts=True,
    )

    assert one is not None
    assert one[:7] == (NINE - HOUR, 7, "reject", 0.25, ("A", "B"), "ann", True)
    assert one.serial == int(event_id("main", "answer.saved")[:15], 16)


@pytest.mark.parametrize("number", ["", "e1", "not hexadecimal"], ids=["history", "test", "words"])
def test_an_event_may_have_any_id(number):
    """In history none, in the test of a rule whatever its author wrote."""
    assert observed(saved(number=number)).serial in range(2**60)


@pytest.mark.parametrize("kind", ["example.added", "input.settled", "dataset.created"])
def test_what_nobody_answered_is_left_out(kind):
    """Imports above all: their rows may hold answers."""
    assert observed(saved(kind, answer="reject", example=7)) is None


def test_an_event_of_a_test_may_lack_every_field():
    """Then it was given when it was seen."""
    assert observed(saved())[:7] == (NINE, None, None, None, (), None, None)


@pytest.mark.parametrize(
    ("decided", "since", "expected"),
    [
        pytest.param(NINE - HOUR, None, NINE - HOUR, id="in history the browser is believed"),
        pytest.param(NINE + HOUR, None, NINE, id="not if it says the future"),
        pytest.param(NINE - HOUR, NINE - 2 * HOUR, NINE - HOUR, id="nor after a pause doubted"),
        pytest.param(NINE - HOUR, NINE - HOUR / 60, NINE - HOUR / 60, id="a clock that is slow has no say"),
    ],
)
def test_when_an_answer_was_given(decided, since, expected):
    """Between the last look and this one."""
    assert observed(saved(at=decided), since=since).instant == expected


@pytest.mark.parametrize(
    ("score", "expected"), [(0, 0), (None, None), (float("nan"), None), (1e300, LARGEST), (-1e300, -LARGEST)], ids=str
)
def test_scores_that_would_drown_all_others_are_cut(score, expected):
    """And those that are none are none."""
    assert observed(saved(score=score)).score == expected


def test_an_example_beyond_63_bits_has_no_id():
    """No database gives it out, but a rule's test may."""
    assert observed(saved(example=2**63)).example is None


@pytest.mark.parametrize(
    ("by", "keys"),
    [(None, ("",)), (By.ANNOTATOR, ("ann",)), (By.LABEL, ("B", "A"))],
    ids=["dataset", "person", "label"],
)
def test_an_answer_counts_under_its_keys(seen, by, keys):
    """Under each label once."""
    one = seen(1, annotator="ann", labels=("B", "A", "B"))

    assert keys_of(Definition("m", Measure.REJECT_RATE, by=by), one.annotator, one.labels) == keys


@pytest.mark.parametrize("by", list(By), ids=str)
def test_an_answer_of_nobody_or_without_a_label_counts_under_no_key(by):
    """It has nothing to be kept apart by."""
    assert keys_of(Definition("m", Measure.REJECT_RATE, by=by), None, ()) == ()


def test_long_keys_are_cut():
    """A label may be a whole text."""
    (key,) = keys_of(Definition("m", Measure.REJECT_RATE, by=By.LABEL), None, ["x" * 10_000])

    assert len(key) == LONGEST_KEY


@pytest.mark.parametrize(
    ("measure", "readings"),
    [
        (Measure.REJECT_RATE, [0, 1, 0, None]),
        (Measure.IGNORE_RATE, [0, 0, 1, None]),
        (Measure.ACCEPT_RATE, [1, 0, 0, None]),
        (Measure.CONFLICT_RATE, [None, 1, 0, None]),
        (Measure.MEAN_SCORE, [0, 0.5, None, 0.9]),
        (Measure.SCORE_DRIFT, [0, 0.5, None, 0.9]),
        (Measure.LOW_SCORE_SHARE, [1, 0, None, 0]),
        (Measure.ANSWERS_PER_HOUR, [1, 1, 1, 1]),
    ],
    ids=str,
)
def test_what_each_measure_reads(seen, measure, readings):
    """None is left out of the figure."""
    answers = [
        seen(0, "accept", score=0.0),
        seen(1, "reject", score=0.5, conflicts=True),
        seen(2, "ignore", conflicts=False),
        seen(3, None, score=0.9),
    ]

    assert [reading(Definition("m", measure))(one) for one in answers] == readings
