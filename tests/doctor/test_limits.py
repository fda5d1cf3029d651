"""Whether rates keep people within what push services let through."""

from datetime import timedelta

import pytest

from otpushd.doctor.finding import Severity
from otpushd.doctor.limits import judge_limits
from otpushd.model.people import Person
from otpushd.model.rate import Rate

TEN_MINUTES, HOUR = timedelta(minutes=10), timedelta(hours=1)
ENOUGH, LOOSE = Rate(20, HOUR), Rate(5, TEN_MINUTES)


def person(id: str, *rates: Rate, channel: str = "push") -> Person:
    return Person(id, id, addresses={channel: "a"}, rates=rates)


@pytest.mark.parametrize(
    ("rates", "people", "words"),
    [
        pytest.param((), [person("ann"), person("bob")], "no `rates` limit what anybody may get", id="none"),
        pytest.param((), [person("ann"), person("bob", ENOUGH)], "no `rates` limit what ann may get", id="one without"),
        pytest.param((LOOSE,), [person("ann")], "`rates` do not limit enough what anybody", id="too many an hour"),
        pytest.param((Rate(21, HOUR * 9),), [person("ann")], "do not limit enough", id="too many at once"),
        pytest.param((), [person(f"p{n}") for n in range(9)] + [person("z", ENOUGH)], "p4 and 4 more may", id="many"),
    ],
)
def test_who_may_get_more_than_a_phone_is_given_is_named_with_the_mend(
    rates: tuple[Rate, ...], people: list[Person], words: str
) -> None:
    (found,) = judge_limits("push", rates, people)

    assert (found.area, found.severity) == ("channel push", Severity.NOTE)
    assert words in found.what
    assert "rates: [5 per 10m, 20 per 1h]" in found.mend


@pytest.mark.parametrize(
    ("rates", "people"),
    [
        pytest.param((LOOSE, ENOUGH), [person("ann")], id="one tier is slow enough"),
        pytest.param((), [person("ann", ENOUGH)], id="the person's own"),
    ],
)
def test_where_all_are_limited_it_is_good(rates: tuple[Rate, ...], people: list[Person]) -> None:
    (found,) = judge_limits("push", rates, people)

    assert found.severity is Severity.OK


def test_of_a_channel_that_reaches_nobody_nothing_is_said() -> None:
    assert list(judge_limits("push", (), [person("ann", channel="sms")])) == []
