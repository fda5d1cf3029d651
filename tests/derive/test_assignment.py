"""`task.assigned`: by a field, by the roster, by a session; once each, and silent for what was there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otpushd.derive.assignment import names_at
from otpushd.model.event import Event
from otpushd.model.plan import AnswerTarget
from tests.derive.watching import AGAIN, Watching

DUE = datetime(2026, 12, 1, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def assigned(events: list[Event]) -> list[str]:
    return [event.data["assignee"] for event in events if event.type == "task.assigned"]


def started(watching: Watching, person: str | None = "ann", kind: str = "named", **more: Any) -> list[str]:
    data = {"session": f"news-{person}", "annotator": person, "kind": kind}
    return assigned(watching.given("session.started", data, **more))


def test_an_added_example_names_its_person_one_event_for_each() -> None:
    watching = Watching(assigned_to="meta.assigned_to", deadline=DUE)
    (event,) = watching.added(place=7, meta={"assigned_to": "ann", "text": "secret"})
    assert event.data == {"assignee": "ann", "due": DUE, "example": 7}
    assert event.content is None
    assert assigned(watching.added(meta={"assigned_to": "ann"})) == ["ann"]


@pytest.mark.parametrize(
    ("path", "fields", "names"),
    [
        pytest.param("meta.who", {"meta": {"who": " ann "}}, ("ann",), id="blanks around"),
        pytest.param("meta.a.b", {"meta": {"a": {"b": 7}}}, ("7",), id="a number deep down"),
        pytest.param("task.who", {"content": b'{"who": "bob"}'}, ("bob",), id="in the task"),
        pytest.param("meta.who", {"meta": {"who": ["ann", "bob", "ann"]}}, ("ann", "bob"), id="several"),
        pytest.param("meta.who", {"meta": {}}, (), id="absent"),
        pytest.param("meta.who.x", {"meta": {"who": "ann"}}, (), id="no such depth"),
        pytest.param("meta.who", {"meta": {"who": True}}, (), id="no name"),
        pytest.param("meta.who", {"meta": {"who": "x" * 256}}, (), id="a long text is none"),
        pytest.param("meta.who", {"meta": {"who": "two\nlines"}}, (), id="nor are two lines"),
        pytest.param("meta.who", {"meta": {"who": {"n": 1}}}, (), id="nor is an object"),
    ],
)
def test_who_is_named_at_a_path(path: str, fields: dict[str, Any], names: tuple[str, ...]) -> None:
    content = fields.pop("content", None)
    event = Event("example.added", "e", "main", DUE, "news", fields, content)
    assert names_at(event, path) == names


def test_nobody_is_assigned_by_history_by_answers_or_twice_by_one_example() -> None:
    watching = Watching(assigned_to="meta.who")
    meta = {"who": "ann"}
    assert watching.added(meta=meta, past=True) == []
    assert watching.answered(meta=meta) == []
    assert assigned(watching.added(meta=meta, place=5)) == ["ann"]
    assert watching.added(meta=meta, place=5) == []


def test_a_dataset_that_appears_is_assigned_to_its_roster() -> None:
    watching = Watching(annotators=("ann", "bob"), deadline=DUE)
    events = watching.given("dataset.created", {})
    assert assigned(events) == ["ann", "bob"]
    assert events[0].data == {"assignee": "ann", "due": DUE, "example": None}
    assert watching.started_anew() == []


def test_what_is_there_at_the_very_first_start_is_silent() -> None:
    watching = Watching(annotators=("ann", "bob"))
    watching.answered(past=True)
    assert watching.started_anew() == []
    assert watching.after(SECOND) == []


def test_a_person_whom_the_plan_gains_is_told_once_for_good() -> None:
    watching = Watching(annotators=("ann",))
    watching.started_anew()
    watching.plan_is(annotators=("ann", "bob"), deadline=DUE)
    assert assigned(watching.started_anew()) == ["bob"]
    watching.plan_is(annotators=("ann",))
    assert watching.started_anew() == []
    watching.plan_is(annotators=("ann", "bob"))
    assert watching.started_anew() == []


def test_a_roster_that_comes_after_the_dataset_is_news() -> None:
    watching = Watching()
    watching.started_anew()
    watching.plan_is(annotators=("ann",))
    assert assigned(watching.started_anew()) == ["ann"]


def test_nobody_is_assigned_to_what_is_complete() -> None:
    watching = Watching(target=AnswerTarget(1))
    watching.started_anew()
    watching.answered()
    watching.plan_is(target=AnswerTarget(1), annotators=("ann",))
    assert watching.started_anew() == []
    watching.plan_is(target=AnswerTarget(5), annotators=("ann",))
    assert assigned(watching.started_anew()) == ["ann"]


def test_a_dataset_that_is_made_again_is_assigned_again() -> None:
    watching = Watching(annotators=("ann",))
    first = watching.given("dataset.created", {})
    watching.given("dataset.dropped", {})
    again = watching.given("dataset.created", {}, dataset=AGAIN)
    assert assigned(first) == assigned(again) == ["ann"]
    assert first[0].id != again[0].id


def test_a_named_session_with_open_work_is_told_once() -> None:
    watching = Watching(target=AnswerTarget(5), deadline=DUE)
    watching.started_anew()
    assert started(watching) == ["ann"]
    assert started(watching) == []
    assert started(watching, "bob") == ["bob"]


@pytest.mark.parametrize(
    ("planned", "session"),
    [
        pytest.param({}, {}, id="no target"),
        pytest.param({"target": AnswerTarget(1)}, {}, id="complete"),
        pytest.param({"target": AnswerTarget(5), "annotators": ("ann",)}, {}, id="of the roster"),
        pytest.param({"target": AnswerTarget(5)}, {"kind": "server", "person": None}, id="a server's"),
        pytest.param({"target": AnswerTarget(5)}, {"dataset": 0}, id="of no dataset"),
    ],
)
def test_a_session_that_assigns_nothing(planned: dict[str, Any], session: dict[str, Any]) -> None:
    watching = Watching(**planned)
    watching.started_anew()
    watching.answered("cid")
    assert started(watching, **session) == []
