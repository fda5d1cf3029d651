"""Links that become visible out of order: after the first look they are news, and taken ids are forgotten in time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from otpushd.detect.step import settle, step
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.row import DatasetRow, LinkRow, Page

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEWS = DatasetRow(1, "news", 100, False, False)


def page(links: Sequence[int], mark: int, highest: int = 9, *, last: bool = True) -> Page:
    rows = tuple([LinkRow(number, number, 1, number, 0, b"{}", 2) for number in links])
    return Page(rows, (NEWS,), (0,), {}, highest, last, mark=mark)


def take(memory: SourceMemory, one: Page) -> Step:
    return step("main", settle("main", one, memory, NINE, grace=timedelta()), set(), NINE)


def told(done: Step) -> list[object]:
    return [event.value("example") for event in done.events if event.value("example") is not None]


def test_what_becomes_visible_below_after_the_first_look_is_news() -> None:
    """Its transaction was open then. What the first look saw is history, however far the source is closed."""
    first = take(SourceMemory(), page([1, 5, 9], mark=1))
    assert (told(first), first.memory.taken, first.memory.history_to) == ([], {5, 9}, 1)
    second = take(first.memory, page([3, 7], mark=1))
    assert (told(second), second.memory.taken) == ([3, 7], {3, 5, 7, 9})


def test_the_pages_of_the_first_look_are_all_history() -> None:
    first = take(SourceMemory(), page([1, 5], mark=1, last=False))
    second = take(first.memory, page([6, 9], mark=1))
    assert (told(first), told(second), second.memory.history_to) == ([], [], 1)


@pytest.mark.parametrize(
    ("mark", "highest", "left", "closed"),
    [
        pytest.param(1, 9, {3, 5, 7}, 0, id="nothing closed"),
        pytest.param(4, 9, {5, 7}, 1, id="some closed"),
        pytest.param(9, 9, set(), 2, id="all closed"),
        pytest.param(1, 6, {3, 5}, 1, id="what is above the highest may be given out again"),
    ],
)
def test_taken_ids_are_forgotten_when_they_are_closed_or_gone(
    mark: int, highest: int, left: set[int], closed: int
) -> None:
    memory = SourceMemory(1, 0, taken=frozenset({3, 7}))
    done = take(memory, page([5], mark=mark, highest=highest))
    assert (done.memory.taken, done.closed) == (left, closed)
    assert set(done.took) == left & {5}
