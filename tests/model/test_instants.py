"""Instants go into the store and come back as they were, to the microsecond."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.instants import from_micros, to_micros

zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones))
def test_any_instant_comes_back_in_utc(instant: datetime) -> None:
    found = from_micros(to_micros(instant))
    assert found == instant
    assert found.tzinfo is UTC


def test_nothing_stays_nothing() -> None:
    assert (to_micros(None), from_micros(None)) == (None, None)


def test_the_epoch_is_zero() -> None:
    assert to_micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 1, 1))
