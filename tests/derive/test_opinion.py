"""Two people hold one opinion if they decided the same, however their tasks were written down."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.derive.opinion import opinion
from otpushd.model.event import Event
from otpushd.prodigy.structured_task import decode_any
from tests.prodigy_structured import envelope

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PER, ORG = {"start": 0, "end": 3, "label": "PER"}, {"start": 4, "end": 9, "label": "ORG"}
HEAD, CHILD = {"start": 0, "end": 3}, {"start": 4, "end": 9}


def of(task: dict[str, Any] | bytes) -> int:
    content = task if isinstance(task, bytes) else json.dumps({"answer": "accept", **task}).encode()
    read = decode_any(content)
    return opinion(
        Event("answer.saved", "e", "main", NOW, "news", {"answer": read.answer, "labels": list(read.labels)}, content)
    )


def box(label: str, x: float) -> dict[str, Any]:
    return {"label": label, "x": x, "y": 1.5, "width": 9, "height": 9, "points": [[x, 1.5]]}


def relation(label: str, head: int = 0, **spans: Any) -> dict[str, Any]:
    return {"head": head, "child": 2, "label": label, **spans}


SAME = {
    "order of spans": ({"spans": [PER, ORG]}, {"spans": [ORG, PER]}),
    "more about a span": ({"spans": [PER]}, {"spans": [{**PER, "token_start": 0, "source": "model", "score": 0.3}]}),
    "a span twice": ({"spans": [PER]}, {"spans": [PER, PER]}),
    "whole numbers": ({"audio_spans": [{**PER, "end": 3.0}]}, {"audio_spans": [PER]}),
    "order of options": ({"accept": ["b", "a"]}, {"accept": ["a", "b"]}),
    "a single option": ({"accept": "a"}, {"accept": ["a"]}),
    "no spans": ({}, {"spans": []}),
    "null for none": ({"spans": None}, {"spans": []}),
    "served options": ({"accept": [1], "options": [{"id": 1}]}, {"accept": [1], "options": []}),
    "hand-drawn outlines": ({"spans": [box("CAT", 1)]}, {"spans": [box("CAT", 2.5)]}),
    "tokens cut otherwise": (
        {"relations": [relation("A", 0, head_span=HEAD, child_span=CHILD)]},
        {"relations": [relation("A", 1, head_span=HEAD, child_span=CHILD)]},
    ),
    "rejected": ({"answer": "reject", "spans": [PER]}, {"answer": "reject", "label": "B"}),
    "what only Python reads": ({"spans": [PER], "x": float("nan")}, {"spans": [PER]}),
}
OTHER = {
    "answer": ({"answer": "accept"}, {"answer": "reject"}),
    "ignored": ({"answer": "ignore"}, {"answer": "reject"}),
    "label of the task": ({"label": "A"}, {"label": "B"}),
    "one option more": ({"accept": ["a"]}, {"accept": ["a", "b"]}),
    "no option": ({"accept": []}, {"accept": ["a"]}),
    "label of a span": ({"spans": [PER]}, {"spans": [{**PER, "label": "ORG"}]}),
    "end of a span": ({"spans": [PER]}, {"spans": [{**PER, "end": 4}]}),
    "which span has which label": (
        {"spans": [PER, ORG]},
        {"spans": [{**PER, "label": "ORG"}, {**ORG, "label": "PER"}]},
    ),
    "a span without a label": ({"spans": [PER]}, {"spans": [{"start": 0, "end": 3}]}),
    "end of an audio span": ({"audio_spans": [PER]}, {"audio_spans": [{**PER, "end": 3.5}]}),
    "how many outlines": ({"spans": [box("CAT", 1)]}, {"spans": [box("CAT", 1), box("CAT", 30)]}),
    "label of an outline": ({"spans": [box("CAT", 1)]}, {"spans": [box("DOG", 1)]}),
    "label of a relation": ({"relations": [relation("A")]}, {"relations": [relation("B")]}),
    "head of a relation": ({"relations": [relation("A", 0)]}, {"relations": [relation("A", 1)]}),
    "what only Python reads": ({"spans": [PER], "x": float("nan")}, {"spans": [ORG], "x": float("nan")}),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_it_is_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert of(one) == of(other)


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER.keys())
def test_it_is_another(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert of(one) != of(other)


@pytest.mark.parametrize("section", ["user_anns", "server_anns"])
@pytest.mark.parametrize("marks", [{"spans": [PER, ORG]}, {"relations": [relation("A", head_span=HEAD)]}])
def test_an_envelope_says_what_the_classic_row_says(section: str, marks: dict[str, Any]) -> None:
    assert of(envelope(**{section: marks})) == of({"text": "t", **marks})
    assert of(envelope(**{section: marks})) != of(envelope())


def test_what_the_person_left_in_an_envelope_goes_before_what_was_served() -> None:
    assert of(envelope(server_anns={"spans": [PER]}, user_anns={"spans": []})) == of({"spans": []})


def test_a_classic_task_that_speaks_of_envelopes_is_read_as_one() -> None:
    assert of({"spans": [PER], "text": '"user_anns"'}) == of({"spans": [PER]})
    assert of({"spans": [PER], "user_anns": 3}) == of({"spans": [PER]})


def test_it_is_the_same_number_after_a_restart() -> None:
    """It is kept in the store for ever: whoever changes it makes everybody disagree with their past."""
    assert of({"spans": [PER], "label": "A"}) == -1245688709926420281


things = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["start", "end", "label", "spans"]), inner),
    max_leaves=8,
)
keys = ["spans", "audio_spans", "relations", "__class__", "user_anns", "input", "head_span"]


@given(st.dictionaries(st.sampled_from(keys), things))
def test_nothing_that_may_stand_in_a_task_makes_it_fail(task: dict[str, Any]) -> None:
    assert isinstance(of(task), int)


@given(st.binary())
def test_no_content_makes_it_fail(content: bytes) -> None:
    event = Event("answer.saved", "e", "main", NOW, "news", {"answer": "accept"}, b'{"spans": ' + content)
    assert isinstance(opinion(event), int)


@pytest.mark.parametrize(
    ("name", "decided"),
    [("v1.9-ner_manual_news-headlines", 164), ("v1.10-relations_accept-and-ignore", 115)],
    ids=["spans", "relations"],
)
def test_real_answers_differ_where_what_is_marked_in_them_does(
    sample: Callable[[str], Path], name: str, decided: int
) -> None:
    """Told by Python's own decoder, mark by mark."""
    lines = sample(f"jsonl/{name}.jsonl").read_bytes().splitlines()
    by_hand = {by_python(json.loads(line)) for line in lines}
    assert len({of(line) for line in lines}) == len(by_hand) == decided


def by_python(task: dict[str, Any]) -> Any:
    if task["answer"] != "accept":
        return task["answer"]
    spans = frozenset((one["start"], one["end"], one["label"]) for one in task.get("spans") or ())
    ends = [(one["head_span"], one["child_span"], one["label"]) for one in task.get("relations") or ()]
    joined = frozenset((h["start"], h["end"], c["start"], c["end"], label) for h, c, label in ends)
    return spans, joined
