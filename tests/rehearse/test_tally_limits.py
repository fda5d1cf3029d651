"""What push services let through to one phone."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.instants import to_micros
from otpushd.rehearse.tally_limits import LIMITS, beyond, told

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BURST, MINUTE, HOUR = LIMITS


def at(seconds: Iterable[float]) -> dict[tuple[str, str], list[int]]:
    return {("push", "ann"): [to_micros(START + timedelta(seconds=each)) for each in seconds]}


@pytest.mark.parametrize(
    ("seconds", "late"),
    [
        ([0.0] * 20, 0),
        ([0.0] * 21, 1),
        ([*[0.0] * 20, 180.0], 0),
        ([*[0.0] * 20, 179.0, 180.0, 181.0], 2),
        ([*[0.0] * 20, *[3600.0] * 20], 0),
        ([180.0 * n for n in range(500)], 0),
        ([60.0 * n for n in range(31)], 1),
    ],
    ids=["twenty", "one more", "one is back", "between", "all are back", "one each time", "one a minute"],
)
def test_twenty_at_once_and_then_one_every_three_minutes(seconds: list[float], late: int) -> None:
    """As the services count them."""
    found = [one for one in beyond(at(seconds)) if one.limit is BURST]

    assert sum(one.count for one in found) == late


def test_a_minute_has_room_for_240() -> None:
    """Any minute, not that of a clock; what was not let through takes no room."""
    found = {one.limit: one.count for one in beyond(at([30 + n / 10 for n in range(300)]))}

    assert (found[MINUTE], HOUR in found) == (60, False)


def test_who_meets_a_limit_when_is_told_in_one_sentence_a_limit() -> None:
    """Those with the most first, in whatever order the messages came."""
    times = {
        ("push", name): at([0.0] * count)["push", "ann"] for name, count in {"ann": 21, "bob": 25, "lea": 3}.items()
    }
    times["push", "bob"].reverse()

    ((channel, text),) = told(beyond(times))

    assert channel == "push"
    assert text == (
        "push services let through to a phone 20 collapsible messages at once and then one every 3 minutes; in this "
        "rehearsal too many come: 5 for bob (first 2026-03-02 09:00 UTC), 1 for ann (first 2026-03-02 09:00 UTC); "
        "`collect` them in the rules, or set `rates` here"
    )


def test_times_before_1970_are_times() -> None:
    """A clock that was never set."""
    assert [one.count for one in beyond({("push", "ann"): [-(10**15)] * 20 + [-(10**15) + 10**9] * 5})] == []


@given(st.lists(st.floats(0, 4000), max_size=60))
def test_what_is_let_through_never_exceeds_what_a_bucket_holds(seconds: list[float]) -> None:
    """Against a bucket of tokens, kept second by second."""
    ordered = sorted(to_micros(START + timedelta(seconds=each)) for each in seconds)
    tokens, last, late = 20.0, ordered[0] if ordered else 0, 0
    for each in ordered:
        tokens, last = min(20.0, tokens + (each - last) / 180_000_000), each
        if tokens >= 1 - 1e-9:
            tokens -= 1
        else:
            late += 1

    assert sum(one.count for one in beyond({("push", "ann"): ordered}) if one.limit is BURST) == late
