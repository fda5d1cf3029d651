"""Which examples no save leaves as they are, and which a script, a merge or a drop leaves so by right."""

import json
from typing import Any

import pytest

from otpushd.detect.halves import halves
from otpushd.model.examples import ExampleRow
from otpushd.model.integrity import HALF_SAVE, ORPHANED_EXAMPLE
from otpushd.model.row import DatasetRow

NEWS, OTHER, ANN, SERVER, GONE = 1, 2, 3, 4, 9
TIME = "2026-03-02_09-00-00"
DATASETS = {
    NEWS: DatasetRow(NEWS, "news", 10, False, True),
    OTHER: DatasetRow(OTHER, "other", 10, False, True),
    ANN: DatasetRow(ANN, "news-ann", 10, True, False),
    SERVER: DatasetRow(SERVER, TIME, 10, True, False),
}


def saved(number: int, *datasets: int, **task: Any) -> ExampleRow:
    return ExampleRow(number, datasets, json.dumps(task).encode() if task else None)


def found(*rows: ExampleRow, above: int = 0, explained: bool = False) -> list[tuple[str, str | None, tuple[int, ...]]]:
    return [(one.problem, one.dataset, one.examples) for one in halves(rows, above, DATASETS, explained=explained)]


def test_whole_saves_are_no_problem() -> None:
    assert found(saved(1, NEWS, ANN), saved(2, NEWS, SERVER), saved(3, OTHER, NEWS, ANN)) == []


def test_examples_that_no_dataset_holds_are_orphans() -> None:
    assert found(saved(5), saved(6), saved(8)) == [(ORPHANED_EXAMPLE, None, (5, 6, 8))]


def test_only_those_above_the_id_are_judged() -> None:
    assert found(saved(5), saved(6), above=5) == [(ORPHANED_EXAMPLE, None, (6,))]


@pytest.mark.parametrize(
    ("task", "batch"),
    [
        pytest.param({"_session_id": "news-ann"}, (), id="its session is named for the dataset"),
        pytest.param({"_session_id": TIME}, (saved(4, NEWS, SERVER),), id="others of its batch have the session"),
        pytest.param({"_timestamp": 1}, (saved(4, NEWS, SERVER),), id="from the app, where others have one"),
    ],
)
def test_an_answer_without_its_session_is_half_a_save(task: dict[str, Any], batch: tuple[ExampleRow, ...]) -> None:
    assert found(*batch, saved(5, NEWS, **task)) == [(HALF_SAVE, "news", (5,))]


@pytest.mark.parametrize(
    ("task", "batch"),
    [
        pytest.param({"text": "t"}, (saved(4, NEWS, ANN),), id="a seed"),
        pytest.param({"_timestamp": 1}, (), id="nobody has a session: a script"),
        pytest.param({"_timestamp": 1}, (saved(3, NEWS, ANN),), id="the others are of another batch"),
        pytest.param({"_timestamp": 1}, (saved(4, OTHER, ANN),), id="the others are of another dataset"),
        pytest.param({"_session_id": "other-bob"}, (saved(4, NEWS, ANN),), id="its session was dropped"),
        pytest.param({"_session_id": TIME}, (saved(4, NEWS, ANN),), id="copied from elsewhere"),
        pytest.param({}, (saved(4, NEWS, ANN),), id="too large to be read"),
    ],
)
def test_a_dataset_alone_by_right(task: dict[str, Any], batch: tuple[ExampleRow, ...]) -> None:
    assert found(*batch, saved(5, NEWS, **task)) == []


def test_a_session_without_its_dataset_is_half_a_save_while_that_is_there() -> None:
    assert found(saved(5, ANN)) == [(HALF_SAVE, "news", (5,))]
    assert found(saved(4, NEWS, SERVER), saved(5, SERVER)) == [(HALF_SAVE, "news", (5,))]
    assert found(saved(5, SERVER)) == []


def test_a_drop_or_a_migration_explains_what_is_missing() -> None:
    assert found(saved(5), saved(6, ANN), explained=True) == []


def test_links_to_datasets_that_nobody_knows_are_not_judged() -> None:
    assert found(saved(5, GONE), saved(6, ANN, GONE)) == []


def test_the_detail_counts_and_names_ids_only() -> None:
    one, many = halves([saved(4, ANN), saved(6), saved(9)], 0, DATASETS, explained=False)
    assert one.detail == "examples linked to a session and not to the dataset: 1 (id 4)"
    assert many.detail == "examples linked to no dataset: 2 (ids 6 to 9)"
