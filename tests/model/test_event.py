"""An event's fields, ids and written form: deterministic, and nothing of a task leaves without leave."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.event import Event, cloud_event, event_id, exposed

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, UTC)
SECRET = "a patient's name"
parts = st.lists(st.text(st.characters()) | st.integers() | st.none(), max_size=5)


def event(meta: Any = None, content: bytes | None = None, dataset: str | None = "news") -> Event:
    data = {"answer": "reject", "decided_at": NOON, "labels": ["PER"], "meta": meta or {}}
    return Event("answer.saved", "0" * 40, "main", NOON, dataset, data, content)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("id", "0" * 40),
        ("source", "main"),
        ("time", NOON),
        ("dataset", "news"),
        ("event_type", "answer.saved"),
        ("answer", "reject"),
        ("view", None),
        ("no_such_field", None),
    ],
)
def test_a_field_is_reached_by_its_name_and_an_absent_one_is_null(name: str, expected: object) -> None:
    assert event().value(name) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b'{"text": "x"}', {"text": "x"}, id="an object"),
        pytest.param(b'{"text": "\xff", "n": NaN}', {"text": "�", "n": None}, id="an odd object"),
        pytest.param(b"[1]", None, id="a list"),
        pytest.param(b"nonsense", None, id="no JSON"),
        pytest.param(b"[" * 100_000, None, id="nested too deeply"),
        pytest.param(None, None, id="nothing stored"),
    ],
)
def test_the_task_is_the_stored_object_or_null(content: bytes | None, expected: object) -> None:
    assert event(content=content).value("task") == expected


def test_written_out_it_is_a_cloud_event() -> None:
    assert cloud_event(event(), ()) == {
        "specversion": "1.0",
        "id": "0" * 40,
        "source": "main",
        "type": "answer.saved",
        "time": "2026-03-02T12:00:00.250000Z",
        "subject": "news",
        "data": {"answer": "reject", "decided_at": "2026-03-02T12:00:00.250000Z", "labels": ["PER"]},
    }


def test_without_a_dataset_there_is_no_subject() -> None:
    assert "subject" not in cloud_event(event(dataset=None), ())


def test_content_stays_here_unless_it_is_exposed() -> None:
    """No leak: product.md, promise 6."""
    found = event({"doc": SECRET}, json.dumps({"text": SECRET}).encode())
    assert SECRET not in json.dumps(cloud_event(found, ()))


@pytest.mark.parametrize(
    ("expose", "expected"),
    [
        pytest.param(["meta.doc_id"], {"meta": {"doc_id": 7}}, id="one key"),
        pytest.param(["meta.a.b"], {"meta": {"a": {"b": [1]}}}, id="a nested key"),
        pytest.param(["meta.a.b", "meta.doc_id"], {"meta": {"a": {"b": [1]}, "doc_id": 7}}, id="two keys"),
        pytest.param(["meta.a", "meta.a.b"], {"meta": {"a": {"b": [1], "c": 2}}}, id="a whole and a part of it"),
        pytest.param(["meta.a.b.c", "meta.no", "meta.doc_id.x"], {}, id="keys that are not there"),
        pytest.param(["task.text"], {"task": {"text": "t"}}, id="of the task"),
        pytest.param(["answer", "id"], {}, id="fields that leave anyway"),
    ],
)
def test_only_the_exposed_paths_are_left(expose: list[str], expected: object) -> None:
    found = event({"doc_id": 7, "a": {"b": [1], "c": 2}}, b'{"text": "t"}')
    assert exposed(found, expose) == expected


def test_exposing_leaves_the_event_as_it_is() -> None:
    found = event({"a": {"b": 1}})
    exposed(found, ["meta.a", "meta.a.b"])["meta"]["a"] = "changed"
    assert found.value("meta") == {"a": {"b": 1}}


@given(parts, parts)
def test_ids_are_equal_only_for_equal_parts(one: list[Any], other: list[Any]) -> None:
    assert (event_id(*one) == event_id(*other)) == (one == other)


def test_content_belongs_to_an_id() -> None:
    assert len({event_id("a"), event_id("a", content=b"x"), event_id("a", content=b"y"), event_id("ax")}) == 4


def test_an_id_is_the_same_in_another_process_and_stays_what_it_was() -> None:
    """It is kept in the store: a new version must not change it."""
    code = "from otpushd.model.event import event_id; print(event_id('main', 'ä', 1, None))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == event_id("main", "ä", 1, None) == "cbdf4edbf38bb9680ef1110d947c2cdc5d356721"
