"""`integrity.problem` of single rows: the first of each problem in a dataset, then once an hour how many more."""

from datetime import timedelta

import pytest

from otpushd.derive import integrity
from otpushd.model.event import Event
from otpushd.model.integrity import ANSWER_MISSING, HASH_MISMATCH, SCHEMA_VIOLATION
from otpushd.model.task_schema import TaskSchema
from tests.derive.watching import AGAIN, Watching

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SCHEMA = TaskSchema.of(
    "task.json",
    {
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}, "spans": {"items": {"required": ["label"]}}},
    },
)


def problems(events: list[Event]) -> list[tuple[str, int]]:
    return [(event.data["problem"], event.data["example"]) for event in events if event.type == "integrity.problem"]


def test_a_sound_row_leads_to_nothing() -> None:
    assert Watching().answered() == []


def test_the_first_row_is_told_with_its_example_and_what_is_wrong() -> None:
    (event,) = Watching().flawed(ANSWER_MISSING, "no answer", place=7)
    assert (event.type, event.dataset, event.source) == ("integrity.problem", "news", "main")
    assert event.data == {"problem": ANSWER_MISSING, "example": 7, "detail": "no answer"}


def test_history_is_silent() -> None:
    watching = Watching(schema=SCHEMA)
    assert watching.flawed(ANSWER_MISSING, past=True, content={}) == []
    assert problems(watching.flawed(ANSWER_MISSING, place=7)) == [(ANSWER_MISSING, 7)]


def test_a_flood_is_one_message_an_hour_that_counts() -> None:
    watching = Watching()
    told = [event for _ in range(1000) for event in watching.flawed(ANSWER_MISSING)]
    assert len(told) == 1
    (event,) = watching.after(HOUR)
    assert event.data["detail"] == "999 more since it was last told, the latest: d"
    assert watching.after(HOUR) == []
    assert watching.ledger.timers == {} and watching.ledger.note(1, integrity.WHOSE, ANSWER_MISSING) is None


def test_after_a_quiet_hour_the_next_is_a_first_one() -> None:
    watching = Watching()
    watching.flawed(ANSWER_MISSING)
    assert watching.after(HOUR) == []
    assert problems(watching.flawed(ANSWER_MISSING, place=9)) == [(ANSWER_MISSING, 9)]


def test_a_row_that_comes_late_tells_of_those_before_it_though_no_timer_rang() -> None:
    watching = Watching()
    watching.flawed(ANSWER_MISSING)
    watching.flawed(ANSWER_MISSING)
    watching.now += 2 * HOUR
    (event,) = watching.flawed(ANSWER_MISSING)
    assert event.data["detail"].startswith("2 more")
    assert watching.after(HOUR) == []


def test_each_problem_and_each_dataset_has_its_own_hour() -> None:
    watching = Watching()
    assert len(watching.flawed(ANSWER_MISSING)) == 1
    assert len(watching.flawed(HASH_MISMATCH)) == 1
    assert len(watching.flawed(ANSWER_MISSING, dataset=AGAIN)) == 1
    assert len(watching.flawed(ANSWER_MISSING)) == 0


def test_events_have_ids_of_their_own() -> None:
    watching = Watching()
    events = [*watching.flawed(ANSWER_MISSING), *watching.flawed(ANSWER_MISSING), *watching.flawed(HASH_MISMATCH)]
    for _ in range(3):
        events += watching.after(HOUR)
        events += [*watching.flawed(ANSWER_MISSING), *watching.flawed(ANSWER_MISSING)]
    assert len(events) > 4
    assert len({event.id for event in events}) == len(events)


@pytest.mark.parametrize(
    ("task", "detail"),
    [
        pytest.param({"text": 5}, "task.json: /text (type)", id="a wrong type"),
        pytest.param({}, "task.json: the task (required)", id="nothing there"),
        pytest.param(
            {"text": "secret", "spans": [{"label": "A"}, {"l": "secret"}]}, "task.json: /spans/1 (required)", id="deep"
        ),
        pytest.param(
            {"text": 5, "spans": [{}] * 20},
            "task.json: /text (type), /spans/0 (required), /spans/1 (required) and more",
            id="many",
        ),
    ],
)
def test_a_task_that_breaks_the_schema_is_told_by_its_places_never_by_its_values(task: object, detail: str) -> None:
    (event,) = Watching(schema=SCHEMA).added(content=task)
    assert (event.data["problem"], event.data["detail"]) == (SCHEMA_VIOLATION, detail)


@pytest.mark.parametrize("task", [{"text": "t"}, b"{no json", None], ids=["valid", "unreadable", "none"])
def test_no_violation_without_a_task_that_is_one(task: object) -> None:
    assert Watching(schema=SCHEMA).answered(content=task) == []


def test_the_same_example_is_judged_once_unless_it_was_decided_anew() -> None:
    watching = Watching()
    watching.answered(place=5)
    assert watching.flawed(ANSWER_MISSING, place=5) == []
    assert problems(watching.flawed(ANSWER_MISSING, place=5, corrects=True)) == [(ANSWER_MISSING, 5)]


def test_a_dataset_that_is_made_again_starts_anew() -> None:
    watching = Watching()
    watching.flawed(ANSWER_MISSING)
    watching.flawed(ANSWER_MISSING)
    watching.given("dataset.dropped", {})
    assert watching.after(2 * HOUR) == []
    assert len(watching.flawed(ANSWER_MISSING, dataset=AGAIN)) == 1
