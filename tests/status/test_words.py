"""Lengths and instants as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from otpushd.status.words import ago, instant, span

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"), (3600, "1 h 0 min"), (93_784, "1 d 2 h"), (-4, "0 s")],
)
def test_a_length_has_two_units_at_most(seconds: float, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


def test_an_instant_and_how_far_it_is() -> None:
    assert instant(NINE) == "2026-03-02 09:00:00 UTC"
    assert (ago(NINE, NINE), ago(NINE, NINE - timedelta(seconds=5))) == ("0 s ago", "in 5 s")
