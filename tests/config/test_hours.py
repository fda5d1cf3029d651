"""Open hours as people write them."""

import pytest

from otpushd.config.hours import parse_hours
from otpushd.model.calendar import Span

DAY, MORNING, AFTERNOON, SHORT = Span(480, 1080), Span(480, 720), Span(780, 1020), Span(480, 900)
NIGHT = Span(22 * 60, 30 * 60)


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("Mon-Fri 08:00-18:00", [[DAY]] * 5 + [[]] * 2),
        (
            "Mon-Thu 08:00-12:00, 13:00-17:00; Fri 08:00-15:00",
            [[MORNING, AFTERNOON]] * 4 + [[SHORT]] + [[]] * 2,
        ),
        ("Mon-Thu 08:00-12:00,13:00-17:00, Fri 08:00-15:00", [[MORNING, AFTERNOON]] * 4 + [[SHORT]] + [[]] * 2),
        ("mon, wed, Friday 8:00 - 18:00", [[DAY], [], [DAY], [], [DAY], [], []]),
        ("Sat-Mon 08:00-18:00", [[DAY], [], [], [], [], [DAY], [DAY]]),
        ("Mon-Sun 00:00-24:00", [[Span(0, 1440)]] * 7),
        ("Mon-Sun 22:00-06:00", [[NIGHT]] * 7),
        ("Mon\N{EN DASH}Fri 08:00\N{EN DASH}18:00", [[DAY]] * 5 + [[]] * 2),
        ("Mon 13:00-17:00, 08:00-12:00", [[MORNING, AFTERNOON]] + [[]] * 6),
        ("Mon-Fri 08:00-12:00; Mon 13:00-17:00", [[MORNING, AFTERNOON]] + [[MORNING]] * 4 + [[]] * 2),
    ],
    ids=str,
)
def test_days_and_hours_are_read(text: str, week: list[list[Span]]) -> None:
    """Days hold for all spans up to the next days; a span may go on after midnight."""
    assert [list(spans) for spans in parse_hours(text)] == week


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not open hours"),
        ("Mon-Fri", "the hours are missing"),
        ("Mon 08:00-12:00; Tue", "the hours are missing"),
        ("08:00-18:00", "the days are missing"),
        ("Wednsday 08:00-18:00", "no day of the week is called .Wednsday.; did you mean .Wednesday."),
        ("Mon 8-18", "write the minutes too: 08:00-18:00"),
        ("Mon 08:00", "not a span"),
        ("Mon 24:00-25:00", "no such time of day"),
        ("Mon 08:00-08:00", "00:00-24:00"),
        ("Mon 08:00-12:00, 11:59-13:00", "overlap"),
        ("Sun 22:00-06:00, Mon 05:00-08:00", "overlap"),
        (None, "expected open hours"),
        (["Mon"], "expected open hours"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_with_the_mend(text: object, why: str) -> None:
    """No hour is guessed."""
    with pytest.raises(ValueError, match=why):
        parse_hours(text)
