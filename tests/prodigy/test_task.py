"""A stored task is decoded whatever is missing, of another type, or no JSON at all."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.prodigy.task import ANSWERS, Task, decode

FIELDS = [
    *("answer", "label", "accept", "score", "priority", "flagged", "meta", "spans", "audio_spans", "versions"),
    *("_view_id", "_timestamp", "_annotator_id", "_session_id", "text"),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from(ANSWERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["label", "score", "x"]), inner),
    max_leaves=8,
)
tasks = st.dictionaries(st.sampled_from(FIELDS), anything)


def of(**fields: Any) -> Task:
    return decode(json.dumps(fields).encode())


def test_a_complete_task_of_today() -> None:
    task = of(
        text="t", answer="reject", spans=[{"start": 0, "end": 1, "label": "PER", "score": 0.4}], priority=0.3,
        meta={"score": 0.7, "doc": 7}, flagged=True, _view_id="ner_manual", _timestamp=1700000000,
        _annotator_id="news-ann", _session_id="news-ann", _input_hash=1, _task_hash=2, _is_binary=False,
    )  # fmt: skip
    assert task == Task(
        answer="reject", view="ner_manual", labels=("PER",), score=0.7, priority=0.3, flagged=True, timed=True,
        decided_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), meta={"score": 0.7, "doc": 7},
        annotator_id="news-ann", session_id="news-ann", input_hash=1, task_hash=2,
    )  # fmt: skip


def test_an_empty_task_has_no_values() -> None:
    assert of() == Task()


@pytest.mark.parametrize(
    ("fields", "score"),
    [
        pytest.param({"score": 0.7}, 0.7, id="its own"),
        pytest.param({"score": 0}, 0.0, id="0 is a score"),
        pytest.param({"score": 0, "meta": {"score": 0.9}}, 0.0, id="0 goes before the one in meta"),
        pytest.param({"score": "0.7"}, 0.7, id="a string"),
        pytest.param({"score": "high", "meta": {"score": 0.2}}, 0.2, id="a word is none"),
        pytest.param({"score": True, "meta": {"score": "0.2"}}, 0.2, id="true is none"),
        pytest.param({"meta": {"score": 0}}, 0.0, id="0 in meta"),
        pytest.param({"meta": "score 0.4"}, None, id="meta as a string"),
        pytest.param({"meta": [{"score": 1}]}, None, id="meta as a list"),
        pytest.param({"spans": [{"score": 0.9}, {"score": 0.2}, {}]}, 0.2, id="the least certain span's"),
        pytest.param({"spans": [{"score": 0}, {"score": 0.2}]}, 0.0, id="0 in a span"),
        pytest.param({"spans": [{"score": None}, {"score": "x"}]}, None, id="spans without a number"),
        pytest.param({"score": float("nan"), "meta": {"score": 0.1}}, 0.1, id="NaN"),
        pytest.param({"score": "inf"}, None, id="infinity"),
        pytest.param({"score": 10**400, "priority": -(10**400)}, None, id="beyond all floats"),
        pytest.param({"score": 10**25}, 1e25, id="beyond 64 bits"),
        pytest.param({"score": [0.5]}, None, id="a list"),
        pytest.param({"confidence": 0.5}, None, id="a field of the user's own"),
    ],
)
def test_a_score_may_stand_in_several_places_and_types(fields: dict[str, Any], score: float | None) -> None:
    assert of(**fields).score == score


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        pytest.param({"label": "INSULT"}, ("INSULT",), id="label"),
        pytest.param({"label": ["A", "B"]}, ("A", "B"), id="a list of labels"),
        pytest.param({"label": 3}, ("3",), id="a number as label"),
        pytest.param({"accept": ["a", 2, 2]}, ("a", "2"), id="accepted options, texts and numbers"),
        pytest.param({"accept": []}, (), id="accepted, but nothing chosen"),
        pytest.param({"accept": "a"}, ("a",), id="one option that is no list"),
        pytest.param({"accept": [True, None, 1.5, {"id": 1}]}, (), id="options of other types"),
        pytest.param({"spans": [{"label": "PER"}, {"label": "ORG"}, {"label": "PER"}]}, ("PER", "ORG"), id="spans"),
        pytest.param({"audio_spans": [{"label": "SPEECH"}]}, ("SPEECH",), id="audio spans"),
        pytest.param({"label": "A", "accept": ["B"], "spans": [{"label": "C"}]}, ("A", "B", "C"), id="all of them"),
        pytest.param({"spans": [1, None, "x", [], {"label": "PER"}]}, ("PER",), id="spans of odd shapes"),
        pytest.param({"spans": {"label": "PER"}}, (), id="spans that are no list"),
        pytest.param({"spans": [{"label": ["A"]}, {"label": None}]}, (), id="a list as span label"),
        pytest.param({"label": "a\ud800b"}, ("a�b",), id="half a surrogate pair"),
    ],
)
def test_labels_come_from_label_options_and_spans(fields: dict[str, Any], labels: tuple[str, ...]) -> None:
    assert of(**fields).labels == labels


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        pytest.param(1700000000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), id="seconds"),
        pytest.param(1700000000.5, datetime(2023, 11, 14, 22, 13, 20, 500_000, UTC), id="with a fraction"),
        pytest.param(1700000000000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), id="milliseconds"),
        pytest.param("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), id="a string"),
        pytest.param(0, datetime(1970, 1, 1, tzinfo=UTC), id="the epoch"),
        pytest.param(1e300, None, id="beyond all years"),
        pytest.param(-1e300, None, id="before all years"),
        pytest.param("yesterday", None, id="a word"),
        pytest.param(False, None, id="false"),
    ],
)
def test_a_time_of_decision_is_read_and_its_presence_noted(stamp: Any, moment: datetime | None) -> None:
    task = of(_timestamp=stamp)
    assert (task.decided_at, task.timed) == (moment, True)


@pytest.mark.parametrize(
    ("fields", "taken_over"),
    [
        pytest.param({"versions": [{"answer": "accept"}], "_view_id": "ner_manual"}, True, id="by review itself"),
        pytest.param({"versions": [{}], "_view_id": "review", "_timestamp": 1700000000}, False, id="decided in review"),
        pytest.param({"versions": [{}], "_view_id": "ner", "_timestamp": 1}, False, id="a time of decision"),
        pytest.param({"versions": None}, False, id="versions that are null"),
        pytest.param({"versions": 3}, False, id="versions that are no list"),
        pytest.param({"versions": [{}], "score": float("nan")}, True, id="in an odd row"),
    ],
)
def test_what_review_took_over_by_itself_is_told_from_decisions(fields: dict[str, Any], taken_over: bool) -> None:
    assert of(**fields).taken_over is taken_over


@pytest.mark.parametrize(
    ("given", "name"), [("ann", "ann"), (7, "7"), (0, "0"), ("", None), (None, None), (True, None), (["a"], None)]
)
def test_names_are_texts_or_numbers_and_not_empty(given: Any, name: str | None) -> None:
    task = of(_annotator_id=given, _session_id=given)
    assert (task.annotator_id, task.session_id) == (name, name)


@pytest.mark.parametrize("answer", [None, "", "skip", 1, ["accept"], {"a": 1}])
def test_an_answer_of_no_known_kind_is_none(answer: Any) -> None:
    assert of(answer=answer).answer is None


@pytest.mark.parametrize(
    ("content", "size", "problem"),
    [
        pytest.param(None, 0, "no example behind the link", id="a missing example"),
        pytest.param(None, 40_000_000, "too large to be read", id="a huge example"),
        pytest.param(b"", 0, "not JSON", id="nothing"),
        pytest.param(b"\x80\x04K\x01.", 5, "not JSON", id="a pickle"),
        pytest.param(b"[" * 100_000, 100_000, "not JSON", id="nested too deeply"),
        pytest.param(b'"text"', 6, "not a JSON object", id="a string"),
        pytest.param(b"[]", 2, "not a JSON object", id="a list"),
        pytest.param(b"null", 4, "not a JSON object", id="null"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(content: bytes | None, size: int, problem: str) -> None:
    assert decode(content, size) == Task(problem=problem)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"answer": "accept", "score": 0.5, "text": "\xff"}', id="a stray byte"),
        pytest.param(b'{"answer": "accept", "score": 0.5, "label": null, "x": "\xed\xa0\x80"}', id="a surrogate"),
        pytest.param(b'{"answer": "accept", "score": 0.5, "text": "\\ud800"}', id="half a pair"),
        pytest.param(b'{"answer": "accept", "score": 0.5, "x": [NaN, Infinity]}', id="NaN"),
        pytest.param(b'{"answer": "accept", "score": 0.5, "x": ' + b"9" * 5000 + b"}", id="5,000 digits"),
        pytest.param(b'{"answer": "accept", "score": 0.5, "priority": ' + b"9" * 5000 + b"}", id="as priority"),
        pytest.param(b'\xef\xbb\xbf{"answer": "accept", "score": 0.5}', id="a byte order mark"),
        pytest.param(b'{"answer": "accept", "score": 0.5, "spans": [[0, 4, "PER"]]}', id="spans as lists"),
        pytest.param(b'{"answer": "accept", "score": 0.1, "score": 0.5}', id="a key twice"),
    ],
)
def test_one_odd_value_costs_no_other(content: bytes) -> None:
    task = decode(content)
    assert (task.answer, task.score, task.problem) == ("accept", 0.5, None)


@given(st.binary() | tasks.map(lambda task: json.dumps(task).encode()))
def test_any_bytes_give_a_task_of_the_right_types(content: bytes) -> None:
    task = decode(content)
    assert task.answer in (*ANSWERS, None)
    assert all(
        type(name) is str and name for name in (task.view or "x", task.annotator_id or "x", task.session_id or "x")
    )
    assert all(type(number) is float for number in (task.score or 0.0, task.priority or 0.0))
    assert all(type(label) is str for label in task.labels)
    assert type(task.meta) is dict
    assert type(task.flagged) is type(task.timed) is type(task.taken_over) is bool
    json.dumps([task.labels, task.meta, task.view, task.annotator_id], allow_nan=False, ensure_ascii=False).encode()


@given(tasks)
def test_strict_and_patient_reading_agree(fields: dict[str, Any]) -> None:
    """A stray value elsewhere in the task sends it down the other path: it must read the same."""
    strict, patient = json.dumps(fields), json.dumps({**fields, "_odd": float("nan")})
    one, other = decode(strict.encode()), decode(patient.encode())
    assert one == other
