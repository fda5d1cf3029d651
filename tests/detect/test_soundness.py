"""What is wrong with a row by itself."""

import json
from typing import Any

import pytest

from otpushd.detect.soundness import flaws_of
from otpushd.model.integrity import ANSWER_MISSING, CONTENT_UNREADABLE, HASH_MISMATCH
from otpushd.model.row import LinkRow, Structured
from otpushd.prodigy.structured_task import decode_any


def flaws(content: bytes | dict[str, Any] | None, *, by_person: bool = True, **more: Any) -> list[tuple[str, str]]:
    """Of a row whose hash columns are 1 and 2."""
    raw = json.dumps(content).encode() if isinstance(content, dict) else content
    link = LinkRow(1, 1, 1, 1, 2, raw, 9)._replace(**more)
    return [tuple(one) for one in flaws_of(decode_any(raw, link.size), link, by_person=by_person)]  # type: ignore[misc]


SOUND = {"text": "secret", "answer": "accept", "_input_hash": 1, "_task_hash": 2}


def test_a_sound_row_has_no_flaws() -> None:
    assert flaws(SOUND) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"{secret", "not JSON", id="no JSON"),
        pytest.param(b"[1, 2]", "not a JSON object", id="a list"),
        pytest.param(None, "too large to be read", id="too large"),
    ],
)
def test_content_that_cannot_be_read(content: bytes | None, why: str) -> None:
    assert flaws(content) == [(CONTENT_UNREADABLE, f"content: {why}")]


@pytest.mark.parametrize("answer", [None, "", "maybe", 1], ids=["null", "empty", "another word", "a number"])
def test_a_person_has_to_answer(answer: Any) -> None:
    assert [code for code, _ in flaws({**SOUND, "answer": answer})] == [ANSWER_MISSING]
    assert flaws({**SOUND, "answer": answer}, by_person=False) == []


@pytest.mark.parametrize(
    ("hashes", "named"),
    [
        pytest.param({"_input_hash": 7}, "_input_hash in", id="of the input"),
        pytest.param({"_task_hash": 7}, "_task_hash in", id="of the task"),
        pytest.param({"_input_hash": 7, "_task_hash": 7}, "_input_hash and _task_hash in", id="both"),
    ],
)
def test_hashes_that_differ_from_their_columns(hashes: dict[str, int], named: str) -> None:
    ((code, detail),) = flaws({**SOUND, **hashes})
    assert code == HASH_MISMATCH
    assert detail.startswith(named)
    assert "secret" not in detail


@pytest.mark.parametrize(
    ("content", "more"),
    [
        pytest.param({"answer": "accept"}, {}, id="none inside"),
        pytest.param({**SOUND, "_input_hash": "1"}, {}, id="a text inside"),
        pytest.param({**SOUND, "_input_hash": 7}, {"input_hash": None}, id="no number in the column"),
        pytest.param({**SOUND, "_input_hash": 7}, {"structured": Structured(None, False, False)}, id="structured"),
    ],
)
def test_what_cannot_be_compared_is_no_flaw(content: dict[str, Any], more: dict[str, Any]) -> None:
    assert flaws(content, **more) == []


def test_a_row_may_have_several() -> None:
    assert [code for code, _ in flaws({**SOUND, "answer": None, "_task_hash": 3})] == [ANSWER_MISSING, HASH_MISMATCH]
