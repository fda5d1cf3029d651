"""Half saves, orphans, rows that do not hold together, assignments and imports: between a real database and a store."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.inspection import GRACE
from otpushd.model.plan import ExpectedImport, Plan, PlanEntry
from otpushd.model.task_schema import TaskSchema
from otpushd.prodigy.sqlite_source import SqliteSource
from tests.office import START, Office

PROBLEM = "integrity.problem"
PLACE = ("plan.yaml", 1, 1)
SOON = timedelta(seconds=3)
Opening = Callable[..., Office]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opening]:
    """An office with a plan for the dataset news."""
    made: list[Office] = []

    def make(**planned: Any) -> Office:
        path = tmp_path / "prodigy.db"
        plan = Plan((PlanEntry("news", PLACE, **planned),))
        made.append(Office(tmp_path, ProdigyDatabase(path), lambda: SqliteSource(path), plan))
        return made[0]

    yield make
    for office in made:
        office.end()


def titles(office: Office, kind: str) -> int:
    return len(office.told(kind))


def test_an_example_without_a_link_is_told_after_the_grace_and_once(opened: Opening) -> None:
    office = opened()
    office.prodigy.examples([{"text": "a"}, {"text": "b"}])
    office.once()
    office.once(GRACE)
    assert office.told(PROBLEM) == []
    office.once(GRACE)
    assert office.told(PROBLEM) == ["examples linked to no dataset: 2 (ids 2 to 3)"]
    office.look()
    office.restart()
    office.look()
    assert len(office.told(PROBLEM)) == 1


def test_a_save_that_ends_within_the_grace_is_no_problem(opened: Opening) -> None:
    office = opened()
    numbers = office.prodigy.examples([{"text": "a", "answer": "accept", "_timestamp": 1}])
    office.once(GRACE)
    office.prodigy.links("news", numbers)
    office.look()
    assert office.told(PROBLEM) == []


def test_what_was_there_at_the_first_start_is_history(tmp_path: Path) -> None:
    prodigy = ProdigyDatabase(tmp_path / "prodigy.db")
    prodigy.examples([{"text": "a"}])
    office = Office(tmp_path, prodigy, lambda: SqliteSource(tmp_path / "prodigy.db"))
    office.look()
    assert office.told(PROBLEM) == []
    office.end()


def test_what_came_while_the_daemon_was_away_is_found(opened: Opening) -> None:
    office = opened()
    office.prodigy.examples([{"text": "a"}])
    office.restart()
    office.look()
    assert titles(office, PROBLEM) == 1


def test_half_a_save_is_told_of_its_dataset_and_not_of_its_neighbours(opened: Opening) -> None:
    office = opened()
    office.save("news", "a", "b", session="news-ann")
    task = {"text": "c", "answer": "accept", "_timestamp": 1, "_session_id": "news-ann"}
    office.prodigy.links("news", office.prodigy.examples([task]))
    office.save("news", "d")
    office.look()
    office.look()
    assert office.told(PROBLEM) == ["examples linked to the dataset and to no session: 2 (ids 4 to 5)"]


def test_a_dropped_dataset_leaves_no_half_saves(opened: Opening) -> None:
    office = opened()
    office.save("news", "a", session="news-ann")
    office.once(GRACE)
    office.prodigy.drop("news")
    office.look()
    assert office.told(PROBLEM) == []


def test_a_broken_writer_is_told_once_an_hour(opened: Opening) -> None:
    office = opened()
    for _ in range(14):
        office.prodigy.examples([{"text": "a"}])
        office.once(GRACE)
    told = office.told(PROBLEM)
    assert len(told) == 2
    assert "more since it was last told" in told[1]


def test_many_examples_are_looked_at_a_few_pages_a_time(opened: Opening) -> None:
    office = opened()
    office.prodigy.import_rows("news", [{"text": str(number)} for number in range(2500)])
    office.prodigy.examples([{"text": "late"}])
    office.once(GRACE)
    office.once(GRACE)
    assert office.told(PROBLEM) == []
    office.once(SOON)
    assert titles(office, PROBLEM) == 1


def test_a_row_that_does_not_hold_together_is_told(opened: Opening) -> None:
    office = opened(schema=TaskSchema.of("task.json", {"properties": {"text": {"type": "string"}}}))
    office.prodigy.save("news", [{"text": 5, "answer": "accept", "_timestamp": 1}], session="news-ann")
    (number,) = office.prodigy.examples([{"text": "b", "answer": "accept", "_timestamp": 1}])
    office.prodigy.execute("UPDATE example SET input_hash = 7 WHERE id = ?", (number,))
    office.prodigy.links("news", [number])
    office.prodigy.links("news-ann", [number])
    office.prodigy.save("news", [{"text": "c", "_timestamp": 1}, {"text": "d", "_timestamp": 1}], session="news-ann")
    office.once(SOON)
    assert office.told(PROBLEM) == [
        "_input_hash in the content differ from the row's columns",
        "answer is none of accept, reject and ignore",
        "task.json: /text (type)",
    ]
    office.restart()
    office.once(timedelta(hours=2))
    assert titles(office, PROBLEM) == 4


def test_content_that_is_no_json_is_told(opened: Opening) -> None:
    office = opened()
    office.prodigy.execute("INSERT INTO example VALUES (50, 1, 1, '{secret')")
    office.prodigy.links("news", [50])
    office.look()
    assert office.told(PROBLEM) == ["content: not JSON"]


def test_an_import_assigns_and_is_counted_when_it_is_due(opened: Opening) -> None:
    late = START + timedelta(days=2)
    office = opened(assigned_to="meta.who", expect_import=ExpectedImport(3, late))
    office.prodigy.import_rows("news", [{"text": name, "meta": {"who": name}} for name in ("ann", "bob")])
    office.once(SOON)
    office.once(SOON)
    assert titles(office, "task.assigned") == 2
    office.restart()
    office.now = late
    office.once(SOON)
    assert titles(office, "batch.incomplete") == 1


def test_a_roster_is_told_of_a_dataset_made_since_and_once_over_restarts(opened: Opening, tmp_path: Path) -> None:
    office = opened(annotators=("ann",))
    office.look()
    assert titles(office, "task.assigned") == 0
    office.prodigy.drop("news")
    office.prodigy.dataset("news", created=20)
    office.once(SOON)
    assert titles(office, "task.assigned") == 1
    office.plan = Plan((PlanEntry("news", PLACE, annotators=("ann", "bob")),))
    for _ in range(3):
        office.restart()
        office.look()
    assert titles(office, "task.assigned") == 2


def test_a_session_in_a_dataset_of_which_no_row_came_changes_no_count(opened: Opening) -> None:
    from otpushd.model.plan import AnswerTarget

    office = opened(target=AnswerTarget(4))
    office.save("news", "a", "b")
    office.look()
    office.prodigy.session("news-ann")
    office.once(SOON)
    assert titles(office, "task.assigned") == 1
    office.save("news", "c", "d")
    office.look()
    assert titles(office, "dataset.completed") == 1
