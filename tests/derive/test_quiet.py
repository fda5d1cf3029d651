"""One message an hour, and none is lost: what was held back is told with its number."""

import pytest

from otpushd.derive.quiet import Quiet, Tidings, end, hear, pack, unpack
from otpushd.model.ledger import HOUR

NEWS, MORE = Tidings("first", 1), Tidings("more", 2)
NOW = 1_000 * HOUR


def test_the_first_is_told_as_it_is() -> None:
    assert hear(None, NEWS, NOW) == (Quiet(NOW), NEWS)


def test_within_the_hour_nothing_is_told() -> None:
    quiet, told = hear(Quiet(NOW), MORE, NOW + HOUR - 1)
    assert told is None
    assert quiet == Quiet(NOW, 1, MORE)


@pytest.mark.parametrize("now", [NOW + HOUR, NOW - 1], ids=["the hour is over", "the clock was set back"])
def test_afterwards_one_tells_of_all(now: int) -> None:
    quiet, _ = hear(Quiet(NOW), NEWS, NOW)
    after, told = hear(quiet, MORE, now)
    assert told == Tidings("2 more since it was last told, the latest: more", 2, 2)
    assert after == Quiet(now)


def test_an_hour_without_anything_ends_in_silence() -> None:
    assert end(Quiet(NOW), NOW + HOUR) == (None, None)


def test_what_was_held_back_is_told_when_the_hour_is_over() -> None:
    quiet, _ = hear(Quiet(NOW), Tidings("many", 7, 5), NOW)
    after, told = end(quiet, NOW + HOUR)
    assert told is not None
    assert (told.example, told.times, after) == (7, 5, Quiet(NOW + HOUR))


@pytest.mark.parametrize("quiet", [Quiet(NOW), Quiet(NOW, 3, MORE)], ids=["nothing held back", "something"])
def test_it_survives_being_noted(quiet: Quiet) -> None:
    assert unpack(pack(quiet)) == quiet
    assert unpack(None) is None
