"""Faults are used up in order, a rate lets through what it allows, and both survive being written down."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.sandbox.faults import (
    Drop,
    Effect,
    Fault,
    Hang,
    Html,
    Pending,
    Rate,
    Slow,
    Status,
    describe,
    parse_fault,
    take,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

SECONDS = st.integers(1, 9999).map(lambda tenths: timedelta(seconds=tenths / 10))
STATUS = st.builds(Status, st.integers(300, 599), st.none() | st.sampled_from(["30", "Wed, 21 Oct 2026 07:28:00 GMT"]))
EFFECTS = st.one_of(STATUS, st.just(Hang()), st.just(Drop()), st.just(Html()), st.builds(Slow, SECONDS))
FAULTS = st.builds(Fault, EFFECTS, st.integers(1, 1_000_000)) | st.builds(Rate, st.integers(1, 1000), SECONDS)


@given(FAULTS)
def test_a_fault_reads_back_as_it_was_written(fault: Fault | Rate) -> None:
    """The page and the list of faults show the form in which a fault can be given again."""
    assert parse_fault(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("503", Fault(Status(503))),
        ("503:3", Fault(Status(503), 3)),
        ("429:2:30", Fault(Status(429, "30"), 2)),
        ("hang", Fault(Hang())),
        ("drop:2", Fault(Drop(), 2)),
        ("html:1", Fault(Html())),
        ("slow:3:2.5", Fault(Slow(timedelta(seconds=2.5)), 3)),
        ("rate:20:1", Rate(20, timedelta(seconds=1))),
    ],
)
def test_a_fault_is_read(text: str, fault: Fault | Rate) -> None:
    """Every form that the help names."""
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    ["", "200:1", "600:1", "503:0", "503:-1", "503:x", "503:1:\r\nX: y", "503:1: ", "hang:1:2", "slow:1", "slow:1:0",
     "slow:1:nan", "rate", "rate:0:1", "rate:1", "explode:1", "503:99999999", "\u0665\u0660\u0663:1", "503:\u0663"],
)  # fmt: skip
def test_what_is_no_fault_is_refused_with_the_syntax(text: str) -> None:
    """A mistake shows how to write it; a header cannot be smuggled in."""
    with pytest.raises(ValueError, match=r"503:3, 429:2:30"):
        parse_fault(text)


def test_faults_are_used_up_in_order() -> None:
    """Two of the first, one of the second, then none."""
    pending = Pending().with_more(Fault(Status(503), 2), Fault(Hang()))
    befell: list[Effect | None] = []
    for _ in range(4):
        effect, pending = take(pending, NOON)
        befell.append(effect)
    assert befell == [Status(503), Status(503), Hang(), None]
    assert pending.as_texts() == []


def test_a_rate_says_when_to_come_back_and_then_lets_through() -> None:
    """Two in ten seconds: the third waits for the first to leave the window."""
    pending = Pending().with_more(Rate(2, timedelta(seconds=10)))
    offsets, befell = [0.0, 4.0, 5.0, 9.9, 10.0], []
    for offset in offsets:
        effect, pending = take(pending, NOON + timedelta(seconds=offset))
        befell.append(effect)
    assert befell == [None, None, Status(429, "5"), Status(429, "1"), None]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 5))
def test_no_stretch_of_time_holds_more_than_the_rate(gaps: list[int], limit: int) -> None:
    """The promise of a rate, for any pattern of arrival."""
    per, now, passed = timedelta(seconds=20), NOON, []
    pending = Pending().with_more(Rate(limit, per))
    for gap in gaps:
        now += timedelta(seconds=gap)
        effect, pending = take(pending, now)
        passed += [now] if effect is None else []
    assert all(b - a >= per for a, b in zip(passed, passed[limit:], strict=False))


def test_a_later_rate_replaces_the_earlier() -> None:
    """There is one rate at a time; faults add up."""
    pending = Pending().with_more(Rate(1, timedelta(seconds=1)), Fault(Drop())).with_more(Rate(2, timedelta(seconds=1)))
    assert pending.as_texts() == ["drop:1", "rate:2:1"]


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Status(503), "answer 503"),
        (Status(429, "30"), "answer 429, Retry-After 30"),
        (Hang(), "never answer"),
        (Drop(), "take it, then drop the connection"),
        (Html(), "answer with a web page"),
        (Slow(timedelta(seconds=2.5)), "answer after 2.5 s"),
    ],
)
def test_an_effect_is_described(effect: Effect, words: str) -> None:
    """In words for the page and the log."""
    assert describe(effect) == words
