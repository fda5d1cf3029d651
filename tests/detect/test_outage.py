"""A source that cannot be read for longer than a lock may last is told once, and so is its return."""

from datetime import UTC, datetime, timedelta

import pytest

from otpushd.detect.outage import PATIENCE, failed, readable
from otpushd.model.event import Event
from otpushd.model.memory import SourceMemory

NOW = datetime(2026, 3, 2, 9, 0, 0, 700_000, UTC)
SEEN = SourceMemory(mark=5, history_to=5)


def fail(memory: SourceMemory, *seconds: float) -> tuple[SourceMemory, list[Event]]:
    """Failed reads so many seconds after NOW."""
    events: list[Event] = []
    for second in seconds:
        if done := failed("main", memory, "locked: /p.db", NOW + timedelta(seconds=second)):
            memory, events = done.memory, [*events, *done.events]
    return memory, events


def test_one_failed_read_is_no_outage() -> None:
    memory, events = fail(SEEN, 0)
    done = readable("main", memory, NOW + timedelta(seconds=1))
    assert events == []
    assert done is not None
    assert (done.events, done.memory.down_since) == ((), None)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [((0, 5, 9.9), 0), ((0, 10), 1), ((0, 10, 11, 3600), 1), ((0, 86400), 1)],
    ids=["shorter than our patience", "as long", "told once", "after a day without a look"],
)
def test_an_outage_is_told_once_when_it_has_lasted(seconds: tuple[float, ...], told: int) -> None:
    _, events = fail(SEEN, *seconds)
    assert [(one.type, one.dataset, one.value("detail")) for one in events] == [
        ("source.unavailable", None, "locked: /p.db")
    ] * told


def test_recovery_is_told_where_the_outage_was_and_ends_it() -> None:
    memory, _ = fail(SEEN, 0, 10)
    done = readable("main", memory, NOW + timedelta(seconds=61.4))
    assert done is not None
    assert [(one.type, one.value("detail")) for one in done.events] == [
        ("source.recovered", "readable again after 61 s")
    ]
    assert readable("main", done.memory, NOW) is None


def test_a_source_that_was_readable_leads_to_nothing() -> None:
    assert readable("main", SEEN, NOW) is None


def test_nothing_is_to_be_remembered_between_the_first_failure_and_the_news() -> None:
    """Otherwise each poll of a dead source would write to the disk."""
    memory, _ = fail(SEEN, 0)
    assert failed("main", memory, "x", NOW + PATIENCE / 2) is None


def test_each_outage_has_ids_of_its_own_and_a_repeat_the_same() -> None:
    first, one = fail(SEEN, 0, 10)
    done = readable("main", first, NOW)
    assert done is not None
    _, other = fail(done.memory, 0, 10)
    assert fail(SEEN, 0, 10)[1][0].id == one[0].id != other[0].id


@pytest.mark.parametrize(
    ("memory", "since"),
    [
        pytest.param(SourceMemory(), int(NOW.timestamp()), id="before the first look"),
        pytest.param(SourceMemory(news_since=7), 7, id="again before the first look"),
        pytest.param(SEEN, None, id="after it"),
    ],
)
def test_only_before_the_first_look_the_start_is_noted(memory: SourceMemory, since: int | None) -> None:
    assert fail(memory, 0)[0].news_since == since


def test_a_clock_set_back_tells_nothing_too_early() -> None:
    assert fail(SEEN, 0, -3600)[1] == []
