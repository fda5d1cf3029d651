"""What is left, and where the pace of the last week leads."""

from datetime import timedelta

import pytest

from otpushd.derive.pace import Course, course_of, forecast, left
from otpushd.model.instants import to_micros
from otpushd.model.ledger import HOUR as MICROS
from otpushd.model.ledger import Tally
from otpushd.model.plan import AnswerTarget, InputTarget
from tests.days import DAY, HOUR, NINE

NOW = to_micros(NINE)


def course(remaining: int, answers: int, since: timedelta, before: int = 0) -> Course:
    """`answers` in the hour before now, of a dataset begun so long ago, with `before` eight days ago."""
    hours = {NOW // MICROS - 1: answers, NOW // MICROS - 8 * 24: before}
    return Course(
        10, 10 + remaining, remaining, hours if answers or before else {}, NOW - since // timedelta(microseconds=1)
    )


@pytest.mark.parametrize(
    ("what", "deadline", "said"),
    [
        pytest.param(course(10, 10, DAY), DAY, "at this pace just in time", id="as much again"),
        pytest.param(course(40, 10, DAY), DAY, "at this pace 3 days late", id="three days too slow"),
        pytest.param(course(11, 10, 10 * HOUR), 10 * HOUR, "at this pace 1 hour late", id="an hour too slow"),
        pytest.param(course(10, 10, DAY), 4 * DAY, "at this pace 3 days early", id="faster than needed"),
        pytest.param(course(70, 70, 20 * DAY, 7000), 10 * DAY, "at this pace 3 days early", id="only the last week"),
        pytest.param(course(5, 0, 20 * DAY, 50), DAY, "nothing was done in the last 7 days", id="at rest"),
        pytest.param(course(5, 0, DAY), DAY, "nothing was done in the last 7 days", id="nothing yet"),
        pytest.param(course(0, 5, DAY), DAY, "done", id="done"),
        pytest.param(course(10**9, 1, DAY), DAY, "at this pace more than 10 years late", id="hopeless"),
        pytest.param(Course(5, None), DAY, "nobody said how much there is to do", id="no target"),
    ],
)
def test_the_forecast_reads_as_somebody_would_say_it(what: Course, deadline: timedelta, said: str) -> None:
    assert forecast(what, NINE + deadline, NINE) == said


def test_inputs_that_were_begun_are_finished_before_new_ones() -> None:
    tally = Tally("main", "news")
    tally.inputs[1:4] = [3, 2, 1]
    assert left(tally, InputTarget(annotations_per_input=3, inputs=1)) == 0
    assert left(tally, InputTarget(annotations_per_input=3, inputs=2)) == 1
    assert left(tally, InputTarget(annotations_per_input=3, inputs=4)) == 1 + 1 + 2
    assert left(tally, InputTarget(annotations_per_input=3, inputs=10)) == 1 + 1 + 2 * 3 + 3 * 4


def test_a_share_is_never_rounded_up_to_the_whole() -> None:
    tally = Tally("main", "news", accepted=99_999)
    assert course_of(tally, AnswerTarget(100_000)).percent == 99.9
    assert course_of(tally, AnswerTarget(99_999)).percent == 100.0
    assert course_of(tally, None).percent is None
