"""`batch.incomplete`: too few rows when the import is due, or a batch with work left when it is."""

from datetime import timedelta

import pytest

from otpushd.model.event import Event
from otpushd.model.plan import AnswerTarget, ExpectedImport
from tests.derive.watching import AGAIN, NOW, Watching

BY = NOW + timedelta(hours=2)
LONG = timedelta(hours=3)


def counts(events: list[Event]) -> list[tuple[int, int]]:
    return [(one.data["expected"], one.data["found"]) for one in events if one.type == "batch.incomplete"]


@pytest.mark.parametrize(("rows", "told"), [(0, [(3, 0)]), (2, [(3, 2)]), (3, []), (4, [])])
def test_an_import_is_counted_when_it_is_due(rows: int, told: list[tuple[int, int]]) -> None:
    watching = Watching(expect_import=ExpectedImport(3, BY))
    watching.started_anew()
    for _ in range(rows):
        watching.added()
    assert counts(watching.after(LONG)) == told
    assert watching.after(LONG) == []


def test_history_counts_and_answers_do_not() -> None:
    watching = Watching(expect_import=ExpectedImport(3, BY))
    watching.added(past=True)
    watching.answered()
    assert counts(watching.after(LONG)) == [(3, 1)]


def test_what_was_due_before_the_plan_said_so_is_never_told() -> None:
    watching = Watching()
    watching.started_anew()
    watching.now = BY + LONG
    watching.plan_is(expect_import=ExpectedImport(3, BY))
    assert watching.started_anew() == []


def test_what_fell_due_while_the_daemon_was_away_is_told_late_and_not_if_it_is_moot() -> None:
    watching = Watching(expect_import=ExpectedImport(1, BY))
    watching.started_anew()
    watching.now = BY + LONG
    watching.added()
    assert watching.started_anew() == []


def test_another_day_or_number_is_another_import() -> None:
    watching = Watching(expect_import=ExpectedImport(3, BY))
    watching.started_anew()
    assert counts(watching.after(LONG)) == [(3, 0)]
    watching.plan_is(expect_import=ExpectedImport(3, BY + LONG))
    assert watching.started_anew() == []
    assert counts(watching.after(LONG)) == [(3, 0)]


def test_a_dataset_that_is_made_again_is_counted_anew() -> None:
    watching = Watching(expect_import=ExpectedImport(1, BY))
    watching.added()
    watching.given("dataset.dropped", {})
    watching.given("dataset.created", {}, dataset=AGAIN)
    assert counts(watching.after(LONG)) == [(1, 0)]


def batch(watching: Watching, size: int, answered: int) -> None:
    numbers = [next(watching.numbers) for _ in range(size)]
    for number in numbers:
        watching.added(input_hash=number)
    for number in numbers[:answered]:
        watching.answered(input_hash=number)
        watching.answered("bob", input_hash=number)


@pytest.mark.parametrize(("answered", "told"), [(0, [(4, 0)]), (3, [(4, 3)]), (4, [])])
def test_a_batch_is_unfinished_when_due_if_an_input_in_it_was_not_answered(
    answered: int, told: list[tuple[int, int]]
) -> None:
    watching = Watching(deadline=BY)
    batch(watching, 4, answered)
    assert counts(watching.after(LONG)) == told


def test_rows_that_a_review_took_over_are_no_batch() -> None:
    watching = Watching(deadline=BY)
    watching.added(origin="review")
    assert watching.after(LONG) == []


def test_answers_before_the_import_count_and_the_same_input_counts_once() -> None:
    watching = Watching(deadline=BY)
    watching.answered(input_hash=5)
    watching.added(input_hash=5)
    watching.added(input_hash=5)
    watching.added(input_hash=6)
    assert counts(watching.after(LONG)) == [(2, 1)]


def test_where_the_plan_names_a_target_the_deadline_says_it() -> None:
    watching = Watching(deadline=BY, target=AnswerTarget(9))
    batch(watching, 4, 0)
    assert counts(watching.after(LONG)) == []


def test_a_batch_of_an_expected_import_is_finished_when_the_target_is_reached() -> None:
    early = ExpectedImport(1, NOW + timedelta(hours=1))
    for target, told in ((6, []), (7, [(4, 3)])):
        watching = Watching(deadline=BY, target=AnswerTarget(target), expect_import=early)
        batch(watching, 4, 3)
        assert counts(watching.after(LONG)) == told
