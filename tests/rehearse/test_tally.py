"""How many messages, in which hours of which wall clock."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.rehearse.tally import DAYS, HOURS, Busiest, busiest, days, hour_of, local, week

ZURICH, KATHMANDU = ZoneInfo("Europe/Zurich"), ZoneInfo("Asia/Kathmandu")
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "begins"),
    [
        (NINE + timedelta(minutes=59), UTC, NINE),
        (NINE + timedelta(minutes=10), KATHMANDU, NINE - timedelta(minutes=45)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ZURICH, datetime(2026, 10, 25, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), ZURICH, datetime(2026, 10, 25, 1, tzinfo=UTC)),
        (datetime.max.replace(tzinfo=UTC), ZURICH, datetime(9999, 12, 31, 23, tzinfo=UTC)),
    ],
    ids=["UTC", "a quarter of an hour off", "two o'clock", "two o'clock again", "the end of the calendar"],
)
def test_an_hour_is_one_of_the_wall_clock(at: datetime, zone: tzinfo, begins: datetime) -> None:
    """An hour that daylight saving has twice is two hours."""
    assert hour_of(at, zone) == begins


@given(st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), min_size=1))
def test_a_week_has_every_message_once_where_the_wall_clock_says(instants: list[datetime]) -> None:
    """In any zone with whole hours or without."""
    for zone in (UTC, ZURICH, KATHMANDU):
        hours: dict[datetime, int] = {}
        for at in instants:
            hours[hour_of(at, zone)] = hours.get(hour_of(at, zone), 0) + 1
        expected = [[0] * HOURS for _ in range(DAYS)]
        for at in instants:
            expected[local(at, zone).weekday()][local(at, zone).hour] += 1

        assert week(hours, zone) == expected


def test_the_first_of_several_busiest_hours_is_named() -> None:
    """So that the answer is always the same."""
    later = NINE + timedelta(hours=1)

    assert busiest({later: 2, NINE: 2, later + timedelta(hours=1): 1}) == Busiest(NINE, 2)


def test_days_are_those_of_the_zone() -> None:
    """An evening is the next morning elsewhere."""
    late = NINE.replace(hour=23)

    assert days([late, NINE], ZURICH) == (date(2026, 3, 2), date(2026, 3, 3))
