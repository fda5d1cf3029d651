"""Working time, beside a slow model that looks at the wall clock minute by minute."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from otpushd.model.calendar import LAST, Calendar, PlainTime, Span, no_holidays

ZURICH = ZoneInfo("Europe/Zurich")
MINUTE = timedelta(minutes=1)
EIGHT_TO_SIX = (Span(480, 1080),)
OFFICE = (*((EIGHT_TO_SIX,) * 5), (), ())
NIGHTS = (*(((Span(22 * 60, 30 * 60),),) * 7),)
CHANGES = {
    "Europe/Zurich": [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)],
    "America/New_York": [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)],
    "Australia/Lord_Howe": [datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)],
    "America/Havana": [datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)],
    "America/St_Johns": [datetime(2006, 4, 2, 3, 31, tzinfo=UTC), datetime(2006, 10, 29, 2, 31, tzinfo=UTC)],
    "Pacific/Apia": [datetime(2011, 12, 30, 10, tzinfo=UTC)],
    "UTC": [datetime(2026, 1, 1, tzinfo=UTC)],
}
"""By zone, instants at which the clock is changed: by an hour, half of one, at midnight, just behind it, by a day."""


def zurich(text: str, fold: int = 0) -> datetime:
    """That time on the clock in Zurich."""
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH, fold=fold)


def office(*free: date) -> Calendar:
    """Monday to Friday from 8 to 18 in Zurich but on the days given."""
    return Calendar(OFFICE, lambda year: free, ZURICH)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        pytest.param("2026-11-23T09:00", 2, "2026-11-23T11:00", id="within a day"),
        pytest.param("2026-11-23T16:00", 4, "2026-11-24T10:00", id="over a night"),
        pytest.param("2026-11-27T16:00", 4, "2026-11-30T10:00", id="over a weekend"),
        pytest.param("2026-11-28T12:00", 1, "2026-11-30T09:00", id="from a closed day"),
        pytest.param("2026-11-23T05:00", 1, "2026-11-23T09:00", id="from before opening"),
        pytest.param("2026-11-23T08:00", 10, "2026-11-23T18:00", id="until the end of the day, not the next morning"),
        pytest.param("2026-11-28T12:00", 0, "2026-11-28T12:00", id="nothing"),
        pytest.param("2026-11-23T08:00", 500, "2027-02-01T18:00", id="fifty days and a holiday"),
        pytest.param("2026-12-24T17:00", 2, "2026-12-28T09:00", id="over a holiday"),
    ],
)
def test_working_time_passes_only_while_it_is_open(start: str, hours: int, end: str) -> None:
    """Monday to Friday, 8 to 18, not on Christmas."""
    calendar = office(date(2026, 12, 25))

    assert calendar.add(zurich(start), timedelta(hours=hours)) == zurich(end)
    assert calendar.between(zurich(start), zurich(end)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("evening", "length"),
    [
        pytest.param("2026-03-28T22:00", 7, id="the night that loses an hour"),
        pytest.param("2026-10-24T22:00", 9, id="the night that gains an hour"),
        pytest.param("2026-11-24T22:00", 8, id="any other night"),
    ],
)
def test_a_night_shift_is_as_long_as_it_really_is(evening: str, length: int) -> None:
    """From 22 to 6, over midnight and over the change of the clocks."""
    nights, start = Calendar(NIGHTS, no_holidays, ZURICH), zurich(evening)
    morning = (start + timedelta(hours=8)).replace(fold=0)

    assert nights.between(start, morning) == timedelta(hours=length)
    assert nights.add(start, timedelta(hours=length)) == morning


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    """From 2 to 2:30 on the night when the clock goes from 3 back to 2."""
    early = Calendar(((Span(120, 150),),) * 7, no_holidays, ZURICH)
    first, second = zurich("2026-10-25T02:00"), zurich("2026-10-25T02:00", fold=1)

    assert [early.is_open(at + 29 * MINUTE) for at in (first.astimezone(UTC), second.astimezone(UTC))] == [True, True]
    assert not early.is_open(first.astimezone(UTC) + 30 * MINUTE)
    assert early.add(first, timedelta(minutes=45)) == second.astimezone(UTC) + 15 * MINUTE


def test_an_hour_that_is_skipped_is_never_open() -> None:
    """From 2 to 3 on the night when the clock goes from 2 to 3."""
    early = Calendar(((Span(120, 180),),) * 7, no_holidays, ZURICH)

    assert early.between(zurich("2026-03-29T00:00"), zurich("2026-03-30T00:00")) == timedelta()
    assert early.add(zurich("2026-03-29T00:00"), timedelta(hours=1)) == zurich("2026-03-30T03:00")


def test_a_holiday_takes_the_night_that_begins_on_it_and_not_the_one_before() -> None:
    """Christmas is a Friday: the shift of Thursday evening is worked to its end."""
    nights = Calendar(NIGHTS, lambda year: {date(year, 12, 25)}, ZURICH)

    assert nights.is_open(zurich("2026-12-25T05:00"))
    assert not nights.is_open(zurich("2026-12-25T23:00"))
    assert not nights.is_open(zurich("2026-12-26T05:00"))


@pytest.mark.parametrize(
    ("week", "why"),
    [
        pytest.param(((),) * 7, "there are no open hours", id="never open"),
        pytest.param(((Span(480, 600), Span(599, 700)), *((),) * 6), "overlap", id="within a day"),
        pytest.param(((Span(1320, 1800),), (Span(0, 700),), *((),) * 5), "overlap", id="a night and the next day"),
        pytest.param(((Span(0, 700),), *((),) * 5, (Span(1320, 1800),)), "overlap", id="Sunday night and Monday"),
    ],
)
def test_hours_that_make_no_sense_are_refused(week: tuple[tuple[Span, ...], ...], why: str) -> None:
    """Else time would stand still or run twice as fast."""
    with pytest.raises(ValueError, match=why):
        Calendar(week, no_holidays, UTC)


@pytest.mark.parametrize("calendar", [office(), PlainTime()], ids=["calendar", "plain time"])
def test_no_date_is_too_far(calendar: Calendar | PlainTime) -> None:
    """What would lie behind the last year is the last instant that there is."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    assert calendar.add(last, timedelta(days=1)) == LAST
    assert calendar.add(first, timedelta(days=1)).year == 3
    assert calendar.add(datetime(9998, 12, 1, tzinfo=UTC), timedelta(days=36500)) == LAST
    assert calendar.between(datetime(9998, 1, 1, tzinfo=UTC), last) > timedelta(days=100)


def test_time_does_not_run_backwards() -> None:
    """Between two instants in the wrong order lies less than nothing, and nothing is added backwards."""
    assert office().between(zurich("2026-11-24T10:00"), zurich("2026-11-23T16:00")) == -timedelta(hours=4)
    with pytest.raises(ValueError, match="backwards"):
        office().add(zurich("2026-11-24T10:00"), -MINUTE)


def test_without_a_calendar_working_time_is_plain_time() -> None:
    """Weekends and nights count, and an hour is an hour when the clocks are changed."""
    start = zurich("2026-10-24T22:00")

    assert PlainTime().add(start, timedelta(hours=9)) == zurich("2026-10-25T06:00")
    assert PlainTime().between(start, zurich("2026-10-25T06:00")) == timedelta(hours=9)
    assert PlainTime().is_open(start)


def test_each_year_asks_for_its_holidays_and_is_worked_out_once() -> None:
    """A daemon asks for thousands of due times a second."""
    asked: list[int] = []
    calendar = Calendar(OFFICE, lambda year: asked.append(year) or (), ZURICH)  # type: ignore[func-returns-value]
    for day in range(300):
        calendar.add(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day), timedelta(hours=48))

    assert asked == [2025, 2026, 2027]


# --- against the slow model


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[Span, ...], ...]:
    """Hours that do not overlap, also over midnight: an even number of times of the week, in quarters of an hour."""
    quarters = draw(st.lists(st.integers(0, 7 * 96 - 1), min_size=2, max_size=12, unique=True))
    times = [quarter * 15 for quarter in sorted(quarters[: len(quarters) // 2 * 2])]
    days: list[list[Span]] = [[] for _ in range(7)]
    for start, end in zip(times[::2], times[1::2], strict=True):
        midnight = start // 1440 * 1440
        days[start // 1440].append(Span(start - midnight, min(end - midnight, start - midnight + 1440)))
    return tuple(tuple(spans) for spans in days)


def open_by_the_clock(week: tuple[tuple[Span, ...], ...], free: set[date], zone: ZoneInfo) -> Callable[..., bool]:
    """Whether a minute is open, from the wall clock alone."""

    def is_open(at: datetime) -> bool:
        wall = at.astimezone(zone).replace(tzinfo=None)
        for back in (0, 1):
            day = wall.date() - timedelta(days=back)
            minute = (wall - datetime(day.year, day.month, day.day)) // MINUTE
            if day not in free and any(span.start <= minute < span.end for span in week[day.weekday()]):
                return True
        return False

    return is_open


@settings(max_examples=150, deadline=None)
@example("Europe/Zurich", 0, NIGHTS, -200, 600, set())
@example("Europe/Zurich", 1, NIGHTS, -200, 600, set())
@given(
    zone=st.sampled_from(sorted(CHANGES)),
    change=st.integers(0, 1),
    week=weeks(),
    offset=st.integers(-1500, 1500),
    length=st.integers(0, 4000),
    free=st.sets(st.integers(-3, 3), max_size=2),
)
def test_the_calendar_agrees_with_the_clock_minute_by_minute(
    zone: str, change: int, week: tuple[tuple[Span, ...], ...], offset: int, length: int, free: set[int]
) -> None:
    """Around every kind of change of the clocks, over midnight, over holidays and over New Year."""
    at, name = CHANGES[zone][change % len(CHANGES[zone])], ZoneInfo(zone)
    days = {(at + timedelta(days=day)).date() for day in free}
    calendar = Calendar(week, lambda year: {day for day in days if day.year == year}, name)
    slow = open_by_the_clock(week, days, name)
    start = at + offset * MINUTE
    minutes = [slow(start + number * MINUTE) for number in range(length)]
    worked = sum(minutes) * MINUTE

    assert calendar.between(start, start + length * MINUTE) == worked
    assert [calendar.is_open(start + number * MINUTE) for number in range(0, length, 7)] == minutes[::7]
    if worked:
        last = max(number for number, is_open in enumerate(minutes) if is_open)
        assert calendar.add(start, worked) == start + (last + 1) * MINUTE


@settings(max_examples=100, deadline=None)
@given(
    week=weeks(),
    start=st.datetimes(datetime(1900, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)),
    working=st.timedeltas(timedelta(microseconds=1), timedelta(days=30)),
)
def test_what_was_added_lies_between(week: tuple[tuple[Span, ...], ...], start: datetime, working: timedelta) -> None:
    """To the microsecond, and the instant before was too early."""
    calendar = Calendar(week, no_holidays, ZURICH)
    end = calendar.add(start, working)

    assert calendar.between(start, end) == working
    assert calendar.between(start, end - timedelta(microseconds=1)) < working


def test_what_takes_more_than_a_hundred_years_is_as_good_as_never() -> None:
    """A calendar that is open for a minute a week must not be reckoned with for ten thousand years."""
    sliver = Calendar(((Span(0, 1),), *[()] * 6), no_holidays, UTC)
    assert sliver.add(datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=3650)) == LAST
