"""Durations, instants and zones as people write them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.files.duration import parse_duration, parse_instant, parse_zone

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("4h", 14_400_000), ("2d", 172_800_000), ("0s", 0)],
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, milliseconds: int) -> None:
    """All five units."""
    assert parse_duration(text) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param("30", "write 30s", id="no unit"),
        pytest.param(30, "write 30s", id="a number"),
        pytest.param("1.5h", "take a smaller unit", id="a fraction"),
        pytest.param(1.5, "not a duration", id="a fraction without unit"),
        pytest.param("1h30m", "not a duration", id="two units"),
        pytest.param("-5m", "not a duration", id="negative"),
        pytest.param("5 minutes", "not a duration", id="a word"),
        pytest.param(True, "expected a duration", id="a truth value"),
        pytest.param(None, "expected a duration", id="nothing"),
        pytest.param("99999999d", "too long", id="too long"),
        pytest.param("٣s", "not a duration", id="digits of another script"),
    ],
)
def test_another_duration_is_refused_with_its_mend(value: object, said: str) -> None:
    """The reader learns what to write."""
    with pytest.raises(ValueError, match=said):
        parse_duration(value)


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_any_value_is_a_duration_or_refused(value: object) -> None:
    """Never another exception, and never negative."""
    with suppress(ValueError):
        assert parse_duration(value) >= timedelta(0)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02T09:00", "2026-03-02T08:00"),
        ("2026-03-02 09:00:30.5", "2026-03-02T08:00:30.500"),
        ("2026-07-02T09:00", "2026-07-02T07:00"),
        ("2026-03-02", "2026-03-01T23:00"),
        ("2026-03-02T09:00Z", "2026-03-02T09:00"),
        ("2026-03-02T09:00+05:30", "2026-03-02T03:30"),
        ("2026-03-02T09:00-0500", "2026-03-02T14:00"),
        ("2026-03-02T09:00 America/New_York", "2026-03-02T14:00"),
        ("2026-03-02T09:00[America/New_York]", "2026-03-02T14:00"),
        pytest.param("2026-03-29T02:30", "2026-03-29T01:30", id="skipped: the offset before the gap"),
        pytest.param("2026-10-25T02:30", "2026-10-25T00:30", id="twice: the first"),
    ],
)
def test_an_instant_is_read_in_its_own_zone_or_the_given_one(text: str, utc: str) -> None:
    """And comes out in UTC; gaps and repetitions of local time as in RFC 5545."""
    instant = parse_instant(text, ZURICH)
    assert instant == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow", "not an instant; write 2026-03-02T09:00"),
        ("2026-02-30T09:00", "no such day or time"),
        ("2026-03-02T25:00", "no such day or time"),
        ("2026-03-02T09:00+25:00", "no offset is 24 hours"),
        ("2026-03-02T09:00 Europe/Zürich", "not an instant"),
        ("2026-03-02T09:00 Europe/Zurch", "no such time zone; did you mean 'Europe/Zurich'"),
        ("0001-01-01T00:00+10:00", "outside the years"),
    ],
)
def test_another_instant_is_refused_with_its_mend(text: str, said: str) -> None:
    """The reader learns what to write."""
    with pytest.raises(ValueError, match=said.replace("+", r"\+")):
        parse_instant(text, ZURICH)


@given(st.text() | st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d([+-]\d\d:\d\d| \w+)?\Z"))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    """Never another exception."""
    with suppress(ValueError):
        assert parse_instant(text, ZURICH).tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Europe/Zurch", "did you mean 'Europe/Zurich'"),
        ("zurich", "did you mean 'Zurich'"),
        ("Europe", "no such time zone"),
        ("../etc/passwd", "no such time zone"),
        ("", "no such time zone"),
        (3, "expected a time zone's name"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(name: object, said: str) -> None:
    """Folders of the zone database and paths out of it are no zones."""
    with pytest.raises(ValueError, match=said):
        parse_zone(name)


def test_utc_needs_no_zone_database() -> None:
    """The default zone works on the barest machine."""
    assert parse_zone("UTC") is UTC
