"""A task in an envelope says the same as the classic row it could have been."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.prodigy.structured_task import UNKNOWN_SHAPE, decode_any
from otpushd.prodigy.task import Task, decode
from tests.prodigy.test_task import tasks
from tests.prodigy_structured import envelope


def of(task: dict[str, Any]) -> Task:
    return decode_any(json.dumps(task).encode())


def test_a_complete_envelope() -> None:
    task = envelope(
        "t", answer="reject", meta={"score": 0.7, "doc": 7}, user_anns={"spans": [{"start": 0, "label": "PER"}]},
        server_anns={"tokens": [{"id": 0}], "spans": [{"label": "ORG"}]}, priority=0.3, flagged=True, _is_binary=False,
        _timestamp=1700000000, _annotator_id="news-ann", _session_id="news-ann",
    )  # fmt: skip
    assert of(task) == Task(
        answer="reject", view="ner_manual", labels=("PER",), score=0.7, priority=0.3, flagged=True, timed=True,
        decided_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), meta={"score": 0.7, "doc": 7},
        annotator_id="news-ann", session_id="news-ann",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("server", "user", "labels"),
    [
        pytest.param({"label": "POS"}, {"label": "NEG"}, ("NEG",), id="the person's label"),
        pytest.param({"label": "POS"}, {}, ("POS",), id="the label that was asked about"),
        pytest.param({"label": "POS"}, {"label": None}, ("POS",), id="where the person's is null"),
        pytest.param({"options": [{"id": 1}]}, {"accept": [1, "b"]}, ("1", "b"), id="accepted options"),
        pytest.param({"spans": [{"label": "ORG"}]}, {"spans": []}, (), id="spans that the person took away"),
        pytest.param({"spans": [{"label": "ORG"}]}, None, ("ORG",), id="suggestions that nobody answered"),
        pytest.param({}, {"audio_spans": [{"label": "CAR"}]}, ("CAR",), id="audio"),
    ],
)
def test_labels_are_the_persons_before_the_servers(
    server: dict[str, Any], user: dict[str, Any] | None, labels: tuple[str, ...]
) -> None:
    assert of(envelope(server_anns=server, user_anns=user)).labels == labels


@pytest.mark.parametrize(
    ("task", "score"),
    [
        pytest.param(envelope(server_anns={"score": 0}), 0.0, id="server's, 0 too"),
        pytest.param(envelope(server_anns={"score": 0.2}, meta={"score": 0.9}), 0.2, id="server's before meta's"),
        pytest.param(envelope(meta={"score": "0.9"}), 0.9, id="meta's"),
        pytest.param(envelope(score=0.4), 0.4, id="among the extras"),
        pytest.param(
            envelope(server_anns={"spans": [{"score": 0.9}, {"score": 0.3}]}), 0.3, id="the least certain span"
        ),
        pytest.param(envelope(), None, id="none"),
    ],
)
def test_a_score_may_be_in_several_places(task: dict[str, Any], score: float | None) -> None:
    assert of(task).score == score


def test_a_migrated_copy_has_a_stamp() -> None:
    assert of(envelope(_migrated_from=7)) == Task(answer="accept", view="ner_manual", migrated=True)
    assert not of(envelope()).migrated


def test_what_review_took_over_is_told() -> None:
    taken = envelope(server_anns={"versions": [{}]})
    assert of(taken).taken_over
    assert not of({**taken, "config": {"view_id": "review"}}).taken_over


@pytest.mark.parametrize(
    "task",
    [
        pytest.param({"__class__": "@x.v2", "answer": "accept"}, id="nothing in it"),
        pytest.param(envelope(user_anns=[1], answer="reject"), id="sections of another type"),
        pytest.param({**envelope(), "extras": "x"}, id="extras of another type"),
    ],
)
def test_an_unknown_shape_is_a_problem_without_values(task: dict[str, Any]) -> None:
    assert of(task) == Task(problem=UNKNOWN_SHAPE)


@pytest.mark.parametrize("missing", ["__class__", "user_anns", "meta", "config", "extras"])
def test_sections_may_be_missing_or_null(missing: str) -> None:
    task = envelope(_annotator_id="ann")
    assert of({**task, missing: None}).answer == "accept"
    assert of({key: value for key, value in task.items() if key != missing}).answer == "accept"


@pytest.mark.parametrize(
    "content", [b'{"__class__": ', b'["__class__"]', b'"user_anns"', b'{"__class__": 3}', None, b""]
)
def test_what_is_no_envelope_is_read_as_ever(content: bytes | None) -> None:
    assert decode_any(content, 7) == decode(content, 7)


def test_what_only_python_can_read_is_read() -> None:
    content = json.dumps(envelope(answer="reject", meta={"a": float("nan"), "score": 0.5})).encode()
    assert decode_any(content) == Task(answer="reject", view="ner_manual", score=0.5, meta={"a": None, "score": 0.5})


@given(tasks)
def test_a_classic_row_is_decoded_as_before(fields: dict[str, Any]) -> None:
    content = json.dumps(fields).encode()
    assert decode_any(content) == decode(content)


sections = (
    st.none()
    | st.integers()
    | st.dictionaries(st.sampled_from(["label", "spans", "_timestamp", "view_id"]), st.none() | st.text())
)


@given(st.dictionaries(st.sampled_from([*envelope()]), sections, min_size=1))
def test_no_envelope_makes_it_fail(task: dict[str, Any]) -> None:
    assert isinstance(of({"__class__": "@x", **task}), Task)
