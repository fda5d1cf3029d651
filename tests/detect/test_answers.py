"""A row in a main dataset as an event: its fields by the catalogue, its key for who answered what."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from otpushd.detect.answers import ADDED, SAVED, Row, facts_of, read_row
from otpushd.model.event import COMMON_FIELDS, CONTENT_FIELDS, Event
from otpushd.model.row import DatasetRow, LinkRow
from otpushd.prodigy.origin import Voice
from otpushd.prodigy.session import SessionKind

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEWS = DatasetRow(1, "news", 100, False, True)
CONTENT = b'{"answer": "reject", "label": "PER", "score": 0, "meta": {"doc": 7}, "_view_id": "ner", "_timestamp": 0}'
LINK = LinkRow(5, 3, 1, -11, 22, CONTENT, len(CONTENT))
ANN = Voice(SessionKind.NAMED, "news-ann", "ann")
NOBODY = Voice(None, None, None)


def events_of(source: str, rows: Sequence[Row], known: Collection[Any], now: datetime) -> list[Event]:
    return [fact.event for fact in facts_of(source, rows, known, now)]


def row(link: LinkRow = LINK, dataset: DatasetRow = NEWS, voice: Voice = ANN, source: str = "main") -> Row:
    return read_row(source, link, dataset, voice, {"news"})


def test_a_persons_row_is_an_answer_with_every_field_of_its_type() -> None:
    (event,) = events_of("main", [row()], (), NOW)
    assert (event.type, event.source, event.time, event.dataset) == ("answer.saved", "main", NOW, "news")
    assert event.data == {
        **{"answer": "reject", "annotator": "ann", "session": "news-ann", "example": 3, "input_hash": -11},
        **{"task_hash": 22, "view": "ner", "labels": ["PER"], "score": 0.0, "priority": None, "flagged": False},
        **{"decided_at": datetime(1970, 1, 1, tzinfo=UTC), "changed_mind": False, "meta": {"doc": 7}},
    }
    assert event.value("task")["score"] == 0


def test_a_row_without_a_person_is_an_example_with_its_origin() -> None:
    (event,) = events_of("main", [row(LINK._replace(content=b"{}"), voice=NOBODY)], (), NOW)
    assert (event.type, event.value("origin"), event.value("annotator")) == ("example.added", "script", None)


@pytest.mark.parametrize("kind", [SAVED, ADDED], ids=lambda kind: kind.name)
def test_events_carry_just_the_fields_that_the_catalogue_declares(kind: object) -> None:
    voice, link = (ANN, LINK) if kind is SAVED else (NOBODY, LINK._replace(content=b"{}"))
    (event,) = events_of("main", [row(link, voice=voice)], (), NOW)
    assert {*event.data, "task"} == set(kind.fields)  # type: ignore[attr-defined]


def test_content_fields_are_declared_and_common_ones_are_not_repeated() -> None:
    assert CONTENT_FIELDS.issubset(SAVED.fields)
    assert not set(COMMON_FIELDS) & set(ADDED.fields)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(row(source="other"), id="source"),
        pytest.param(row(dataset=NEWS._replace(id=2)), id="dataset id"),
        pytest.param(row(dataset=NEWS._replace(created=101)), id="dataset's creation"),
        pytest.param(row(dataset=NEWS._replace(name="new")), id="dataset's name"),
        pytest.param(row(voice=ANN._replace(person="bob")), id="person"),
        pytest.param(row(LINK._replace(input_hash=-12)), id="input"),
    ],
)
def test_source_dataset_person_and_input_make_a_key(other: Row) -> None:
    assert other.key not in (None, row().key)


def test_neither_task_nor_link_nor_session_name_change_a_key() -> None:
    assert row(LINK._replace(id=9, example_id=9, task_hash=9), voice=ANN._replace(session="x")).key == row().key


@pytest.mark.parametrize(
    "other", [row(LINK._replace(content=b"{}"), voice=NOBODY), row(LINK._replace(input_hash=None))]
)
def test_without_person_or_input_there_is_no_key(other: Row) -> None:
    assert other.key is None


def test_the_second_of_one_key_is_a_changed_mind() -> None:
    events = events_of("main", [row(), row(LINK._replace(id=6))], (), NOW)
    assert [event.value("changed_mind") for event in events] == [False, True]


def test_a_key_that_was_answered_before_is_a_changed_mind() -> None:
    (event,) = events_of("main", [row()], {row().key}, NOW)
    assert event.value("changed_mind") is True


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(row(LINK._replace(id=6)), id="link"),
        pytest.param(row(LINK._replace(example_id=6)), id="example"),
        pytest.param(row(LINK._replace(content=CONTENT + b" ")), id="content"),
        pytest.param(row(LINK._replace(content=None)), id="content that is gone"),
        pytest.param(row(LINK._replace(content=None, size=40_000_000)), id="size of what is too large"),
        pytest.param(row(dataset=NEWS._replace(created=101)), id="dataset"),
        pytest.param(row(LINK._replace(content=b"{}"), voice=NOBODY), id="kind of event"),
    ],
)
def test_an_events_id_changes_with_what_was_saved_where(other: Row) -> None:
    one, another = events_of("main", [row(), other], (), NOW)
    assert one.id != another.id
