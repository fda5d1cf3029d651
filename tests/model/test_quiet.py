"""Quiet time: until when, beside a slow model that looks at each span of each day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from otpushd.model.calendar import Span
from otpushd.model.delivery import Priority
from otpushd.model.quiet import Quiet

ZURICH = ZoneInfo("Europe/Zurich")
NIGHT = (Span(20 * 60, 31 * 60 + 30),)
WEEKEND = frozenset({5, 6})
CHANGES = {
    "Europe/Zurich": [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)],
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


@pytest.mark.parametrize(
    ("at", "end"),
    [
        pytest.param("2026-11-23T19:59:59", None, id="before"),
        pytest.param("2026-11-23T20:00", "2026-11-24T07:30", id="from its first moment"),
        pytest.param("2026-11-24T07:29:59", "2026-11-24T07:30", id="to its last"),
        pytest.param("2026-11-24T07:30", None, id="not when it ends"),
        pytest.param("2026-11-27T20:00", "2026-11-30T07:30", id="a night, a weekend and a night are one"),
        pytest.param("2026-11-29T23:00", "2026-11-30T07:30", id="in the last of them"),
        pytest.param("2026-12-31T23:00", "2027-01-01T07:30", id="over the new year"),
        pytest.param("2026-03-28T12:00", "2026-03-30T07:30", id="over an hour that is skipped"),
        pytest.param("2026-10-24T12:00", "2026-10-26T07:30", id="over an hour that comes twice"),
    ],
)
def test_quiet_ends_when_no_span_goes_on(at: str, end: str | None) -> None:
    """Every night from 20:00 to 07:30 and all weekend."""
    quiet = Quiet(NIGHT, WEEKEND, False, ZURICH)

    assert quiet.ends(zurich(at)) == (end and zurich(end))


@pytest.mark.parametrize(
    ("start", "end", "night", "until"),
    [
        pytest.param(60, 150, "2026-03-29T00:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), id="a skipped end"),
        pytest.param(60, 150, "2026-10-25T00:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="a repeated end"),
        pytest.param(150, 240, "2026-10-25T00:00", datetime(2026, 10, 25, 3, tzinfo=UTC), id="a repeated start"),
    ],
)
def test_a_change_of_clocks_is_read_as_everywhere(start: int, end: int, night: str, until: datetime) -> None:
    """RFC 5545: skipped times with the offset from before, the first of two."""
    quiet = Quiet((Span(start, end),), frozenset(), False, ZURICH)
    begins = zurich(night).astimezone(UTC) + timedelta(minutes=start)

    assert quiet.ends(begins - timedelta(seconds=1)) is None
    assert quiet.ends(begins) == until
    assert quiet.ends(until) is None


@pytest.mark.parametrize(
    ("passes", "priority", "is_held"),
    [
        (False, Priority.CRITICAL, True),
        (True, Priority.CRITICAL, False),
        (True, Priority.HIGH, True),
    ],
)
def test_only_what_is_critical_may_pass(passes: bool, priority: Priority, is_held: bool) -> None:
    """And only where the person allows it."""
    quiet = Quiet(NIGHT, frozenset(), passes, ZURICH)

    assert (quiet.holds(priority, zurich("2026-11-23T21:00")) is not None) == is_held


@pytest.mark.parametrize(
    ("daily", "days", "said"),
    [
        pytest.param((), (), "there is no quiet time in it", id="nothing"),
        pytest.param((), range(7), "never ends", id="all days"),
        pytest.param((Span(0, 1440),), (), "never ends", id="all hours"),
        pytest.param((Span(0, 720), Span(720, 1440)), (), "never ends", id="all hours in parts"),
        pytest.param((Span(480, 1380),), (0, 1, 2, 3, 4, 5, 6), "never ends", id="days and hours"),
        pytest.param((Span(720, 2159), Span(719, 720)), (), "never ends", id="over midnight"),
    ],
)
def test_what_is_never_or_always_quiet_is_refused(daily: tuple[Span, ...], days: tuple[int, ...], said: str) -> None:
    """The one does nothing, the other keeps messages for ever."""
    with pytest.raises(ValueError, match=said):
        Quiet(daily, frozenset(days), False, UTC)


def test_a_minute_in_the_week_is_enough() -> None:
    """Quiet lasts for a week then."""
    quiet = Quiet((Span(1, 1440),), frozenset({0, 1, 2, 3, 5, 6}), False, UTC)

    assert quiet.ends(datetime(2026, 11, 27, 0, 1, tzinfo=UTC)) == datetime(2026, 12, 4, tzinfo=UTC)


spans = st.builds(
    lambda start, length: Span(start, start + length), st.integers(0, 1439), st.sampled_from([1, 30, 90, 690, 1440])
)
instants = st.sampled_from(sorted(CHANGES)).flatmap(
    lambda zone: st.tuples(
        st.just(ZoneInfo(zone)),
        st.builds(
            lambda change, minutes: change + timedelta(minutes=minutes),
            st.sampled_from(CHANGES[zone]),
            st.integers(-12000, 12000),
        ),
    )
)


def is_quiet(daily: list[Span], days: frozenset[int], zone: ZoneInfo, at: datetime) -> bool:
    """Whether one of the spans that begin on some day around holds the instant."""
    today = at.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(-3, 3)):
        for span in [*daily, *([Span(0, 1440)] if day.weekday() in days else [])]:
            if shown(day, span.start, zone) <= at < shown(day, span.end, zone):
                return True
    return False


def shown(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """When clocks show that time, the first time if they do so twice."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)


@settings(max_examples=150, deadline=None)
@given(st.lists(spans, max_size=3), st.frozensets(st.integers(0, 6), max_size=6), instants)
def test_it_is_quiet_until_the_end_and_not_then(
    daily: list[Span], days: frozenset[int], zone_and_instant: tuple[ZoneInfo, datetime]
) -> None:
    """At every instant sampled before it, in whatever zone, whenever its clocks are changed."""
    zone, at = zone_and_instant
    try:
        quiet = Quiet(tuple(daily), days, False, zone)
    except ValueError:
        assume(False)
    end = quiet.ends(at)

    assert (end is not None) == is_quiet(daily, days, zone, at)
    if end is not None:
        assert quiet.ends(end) is None and not is_quiet(daily, days, zone, end)
        for step in range(24):
            between = at + (end - at) * step / 24
            assert quiet.ends(between) == end and is_quiet(daily, days, zone, between)
