"""Which of the new examples correct something, and how far a walk over them got."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.row import LinkRow
from otpushd.model.structured import Seen
from otpushd.prodigy.structured_walk import CORRECTED_ROWS, Walk, read_so_far, walk


def row(link: int, example: int) -> LinkRow:
    return LinkRow(link, example, 1, None, None, None, 0)


def test_a_link_that_was_taken_and_shows_a_new_example_is_a_correction() -> None:
    found = walk([(8, 3, None), (8, 12, None), (9, 12, None), (10, None, None)], Seen(10, frozenset({14})))
    assert found == Walk((8, 9, 10), ((8, 3),), (10,))
    assert walk([(8, 14, None), (9, 13, None)], Seen(10, frozenset({14}))).links == ((8, 14),)


def test_an_example_that_another_has_replaced_is_not_waited_for_and_the_other_is_a_correction() -> None:
    found = walk([(8, None, 9), (9, None, 11), (10, None, None), (11, 3, None)], Seen())
    assert (found.newer, found.unlinked) == ({9, 11}, (10,))


def test_it_stops_between_two_examples() -> None:
    rows = [
        (example, link, None) for example in range(1, CORRECTED_ROWS + 2) for link in (2 * example, 2 * example + 1)
    ]
    found = walk(rows, Seen(10_000))
    assert (len(found.links), found.stop) == (CORRECTED_ROWS, CORRECTED_ROWS // 2 + 1)
    assert found.dealt_with == tuple(range(1, CORRECTED_ROWS // 2 + 1))


def test_an_example_of_which_a_link_is_missing_is_not_dealt_with() -> None:
    walked = walk([(7, 1, None), (8, 2, None), (8, 3, None), (9, None, None)], Seen(5))
    stopped, rows = read_so_far(walked, [row(1, 7), row(2, 8)])
    assert (stopped.dealt_with, rows) == ((7,), (row(1, 7),))
    assert read_so_far(walked, [row(1, 7), row(2, 8), row(3, 8)])[0].dealt_with == (7, 8, 9)


def test_what_was_asked_about_and_not_reached_is_asked_about_again() -> None:
    assert Walk((3, 4, 5), (), (3, 5), stop=5).again((4, 6)) == (3, 6)


@pytest.mark.parametrize(("mark", "dealt_with"), [(3, ()), (4, (4,)), (5, (4,)), (9, (4, 6))])
def test_it_may_be_cut_at_a_mark(mark: int, dealt_with: tuple[int, ...]) -> None:
    cut = Walk((4, 6), ((4, 1), (6, 2))).until(mark)
    assert cut.dealt_with == dealt_with
    assert {example for example, _ in cut.links} == set(dealt_with)


@given(st.sets(st.integers(1, 20)), st.sets(st.integers(1, 20)), st.integers(0, 20), st.integers(0, 20))
def test_what_is_seen_stays_seen(taken: set[int], more: set[int], mark: int, further: int) -> None:
    before = Seen(mark, frozenset(taken))
    after = before.moved(max(mark, further), more, 20)
    assert all(number in after for number in range(1, 21) if number in before or number in more)
    assert all(number > after.mark for number in after.taken)
