"""A stored task as a line that Prodigy serves again."""

import json
from typing import Any

import pytest

from otpushd.prodigy.requeued import hash_in, requeued
from tests.prodigy_structured import envelope


def line(task: Any, input_hash: int | None = 7, reason: str = "why") -> dict[str, Any]:
    made = requeued(json.dumps(task).encode(), input_hash, reason, "ab")
    assert made is not None
    assert made.endswith(b"}\n")
    assert made.startswith(b'{"queued": "ab",')
    assert made.count(b"\n") == 1
    return json.loads(made)  # type: ignore[no-any-return]


def test_the_task_stays_and_what_says_how_it_was_answered_goes() -> None:
    task = {"text": "ä\n", "spans": [{"start": 0, "end": 1, "label": "X"}], "label": "L", "accept": [1], "options": []}
    gone = {"answer": "reject", "_input_hash": 7, "_task_hash": 8, "_session_id": "s", "_annotator_id": "a"}
    gone |= {"_timestamp": 1, "_view_id": "ner", "_is_binary": False, "_anything": 1, "flagged": True}
    assert line({**task, **gone}) == {**task, "queued": "ab", "meta": {"reason": "why"}, "_input_hash": 7}


@pytest.mark.parametrize(
    ("meta", "after"),
    [
        ({"doc": 1}, {"doc": 1, "reason": "why"}),
        (None, {"reason": "why"}),
        ("a text", {"meta": "a text", "reason": "why"}),
        ({"reason": "the team's"}, {"reason": "the team's", "relabel_reason": "why"}),
    ],
)
def test_the_reason_stands_in_meta_beside_what_is_there(meta: Any, after: dict[str, Any]) -> None:
    assert line({"text": "a", "meta": meta})["meta"] == after


def test_a_task_that_was_queued_before_gets_the_new_reason() -> None:
    assert line({"text": "a", "queued": "cd", "meta": {"reason": "old"}})["meta"] == {"reason": "why"}


def test_a_task_out_of_an_envelope_lies_flat_again() -> None:
    stored = envelope(
        "t", user_anns={"spans": [1]}, config={"view_id": "ner"}, score=0.5, _task_hash=3, _session_id="s"
    )
    assert line(stored) == {
        **{"queued": "ab", "text": "t", "spans": [1], "score": 0.5, "meta": {"reason": "why"}, "_input_hash": 7}
    }


def test_without_a_hash_in_the_row_the_tasks_own_stays() -> None:
    assert line({"text": "a", "_input_hash": 5}, None)["_input_hash"] == 5
    assert "_input_hash" not in line({"text": "a"}, None)


@pytest.mark.parametrize("content", [b"", b"[1]", b"nothing", b"{}", b'"a"', b"[" * 100_000])
def test_what_is_no_task_makes_no_line(content: bytes) -> None:
    assert requeued(content, None, "why", "ab") is None


@pytest.mark.parametrize(
    ("content", "found"),
    [(b'{"_task_hash": -5}', -5), (b'{"_task_hash": "5"}', None), (b"[]", None), (b"{", None), (b'{"a": 1}', None)],
)
def test_a_hash_is_read_from_a_task_where_it_has_one(content: bytes, found: int | None) -> None:
    assert hash_in(content, "_task_hash") == found
