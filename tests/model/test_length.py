"""Lengths of time as people read them."""

from datetime import timedelta

import pytest

from otpushd.files.duration import parse_duration
from otpushd.model.length import exactly, roughly


@pytest.mark.parametrize("text", ["2d", "7d", "36h", "90m", "4h", "45s", "250ms", "0ms"])
def test_a_length_is_written_as_files_have_it(text: str) -> None:
    assert exactly(parse_duration(text)) == text


def test_a_length_is_written_in_the_largest_unit_that_fits() -> None:
    assert (exactly(timedelta(hours=48)), exactly(timedelta(minutes=60))) == ("2d", "1h")


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=2, hours=23), "2d"),
        (timedelta(hours=47, minutes=59), "47h"),
        (timedelta(minutes=119, seconds=59), "119m"),
        (timedelta(seconds=119), "119s"),
        (timedelta(seconds=-3), "0s"),
    ],
    ids=str,
)
def test_a_rough_length_is_rounded_down(length: timedelta, text: str) -> None:
    assert roughly(length) == text
