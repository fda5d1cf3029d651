"""Rotations: who is on call, and from when."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.model.rotation import Override, Rotation

ZURICH = ZoneInfo("Europe/Zurich")
ZONES = ["Europe/Zurich", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "UTC"]
"""Not Pacific/Apia, which left out a whole day in 2011, and with it somebody's turn."""
WEEKLY = Rotation(("cid", "dora"), 9 * 60, 0, date(2026, 1, 5), ZURICH)
HOUR = timedelta(hours=1)


def zurich(text: str) -> datetime:
    """That time on the clock in Zurich, the first time if it comes twice."""
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        pytest.param("2025-06-01T00:00", "cid", id="long before it begins"),
        pytest.param("2026-01-05T08:59", "cid", id="just before it begins"),
        pytest.param("2026-01-12T08:59:59", "cid", id="to the last moment"),
        pytest.param("2026-01-12T09:00", "dora", id="handed over"),
        pytest.param("2026-01-19T09:00", "cid", id="and back"),
        pytest.param("2026-03-30T08:59", "dora", id="before a handover behind a skipped hour"),
        pytest.param("2026-03-30T09:00", "cid", id="behind it"),
        pytest.param("2026-10-26T08:59", "dora", id="before a handover behind a repeated hour"),
        pytest.param("2026-10-26T09:00", "cid", id="behind that"),
    ],
)
def test_a_week_is_one_turn(at: str, who: str) -> None:
    """From Monday at nine on the clock, whatever daylight saving does."""
    assert WEEKLY.on_call(zurich(at)) == who


@pytest.mark.parametrize(
    ("since", "weekday", "minutes", "begins"),
    [
        (date(2026, 1, 5), 0, 540, "2026-01-05T09:00"),
        (date(2026, 1, 6), 0, 540, "2026-01-12T09:00"),
        (date(2026, 1, 6), None, 540, "2026-01-06T09:00"),
        (date(2026, 1, 5), 0, 0, "2026-01-05T00:00"),
        (date(2026, 3, 29), None, 150, "2026-03-29T03:30"),
    ],
)
def test_the_first_turn_begins_with_the_first_handover(
    since: date, weekday: int | None, minutes: int, begins: str
) -> None:
    """On that day or later; one that daylight saving skips comes as much later."""
    assert Rotation(("cid",), minutes, weekday, since, ZURICH).begins == zurich(begins)


def test_overrides_hold_whosever_turn_it_is() -> None:
    """From their start to before their end, and of two the later in the list."""
    noon = zurich("2026-01-07T12:00")
    overrides = (Override("ann", noon, noon + 9 * HOUR), Override("bob", noon + HOUR, noon + 2 * HOUR))
    rotation = Rotation(("cid", "dora"), 9 * 60, 0, date(2026, 1, 5), ZURICH, overrides)

    shifts = [rotation.on_call(noon + hours * HOUR) for hours in (-1, 0, 1, 2, 8, 9)]
    assert shifts == ["cid", "ann", "bob", "ann", "ann", "cid"]
    assert rotation.everybody == ("cid", "dora", "ann", "bob")


rotations = st.builds(
    Rotation,
    st.integers(1, 4).map(lambda size: ("a", "b", "c", "d")[:size]),
    st.integers(0, 1439),
    st.none() | st.integers(0, 6),
    st.sampled_from([date(2006, 10, 2), date(2026, 3, 1), date(2026, 10, 5)]),
    st.sampled_from(ZONES).map(ZoneInfo),
)


@settings(max_examples=60, deadline=None)
@given(rotations, st.integers(0, 59))
def test_turns_follow_each_other_in_order(rotation: Rotation, offset: int) -> None:
    """Through every change of clocks: nobody comes back before the others had their turn, none is left out."""
    start = datetime.combine(rotation.since, datetime.min.time(), UTC) - timedelta(days=3, minutes=offset)
    instants = [start + number * HOUR for number in range(24 * 35)]
    people, turns = rotation.people, [0]
    for _, now in pairwise(instants):
        if rotation.on_call(now) != people[turns[-1] % len(people)]:
            turns.append(turns[-1] + 1)
        assert rotation.on_call(now) == people[turns[-1] % len(people)]

    assert len(people) == 1 or len(turns) == pytest.approx(35 / (1 if rotation.weekday is None else 7), abs=6)
