"""Rows of structured storage become the same events as classic ones; a migration never becomes somebody's answer."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from otpushd.detect.answers import Row, facts_of, read_row, read_structured_row
from otpushd.model.event import Event
from otpushd.model.row import DatasetRow, LinkRow, Structured
from otpushd.prodigy.origin import Voice
from tests.prodigy_structured import envelope

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NEWS = DatasetRow(1, "news", 100, False, False)


def read(
    task: dict[str, Any],
    session: str,
    *,
    link: int = 1,
    example: int = 1,
    corrects: bool = False,
    history: bool = False,
) -> Row:
    content = json.dumps(task).encode()
    given = Structured(session, superseded=False, corrects=corrects)
    row = LinkRow(link, example, 1, -5, 7, content, len(content), given)
    return read_structured_row("main", row, NEWS, (), {"news"}, history=history)


def event(row: Row) -> Event:
    (fact,) = facts_of("main", [row], (), NOW)
    return fact.event


def test_an_answer_is_an_answer() -> None:
    found = event(read(envelope(answer="reject", user_anns={"label": "POS"}), "news-ann"))
    assert found.type == "answer.saved"
    expected = {"answer": "reject", "annotator": "ann", "session": "news-ann", "labels": ["POS"], "changed_mind": False}
    assert {name: found.data[name] for name in expected} == expected


def test_a_correction_is_one_changed_mind() -> None:
    found = event(read(envelope(_migrated_from=3, _annotator_id="news-ann"), "migrated", example=2, corrects=True))
    assert (found.type, found.data["annotator"], found.data["changed_mind"]) == ("answer.saved", "ann", True)


@pytest.mark.parametrize(
    ("task", "session", "origin"),
    [
        pytest.param(envelope(_migrated_from=3, _annotator_id="ann"), "migrated", "migration", id="migration"),
        pytest.param(envelope(_migrated_from=3, _timestamp=1), "news-ann", "migration", id="under a person's name"),
        pytest.param(envelope(_annotator_id="ann", _timestamp=1), "default", "script", id="written directly"),
    ],
)
def test_nobodys_work_is_an_example_that_was_added(task: dict[str, Any], session: str, origin: str) -> None:
    found = event(read(task, session))
    assert (found.type, found.data["origin"], found.data["annotator"]) == ("example.added", origin, None)


def test_the_correction_of_a_row_is_another_event_and_a_second_look_is_the_same() -> None:
    first, again = read(envelope(), "news-ann"), read(envelope(), "news-ann")
    newer = read(envelope(), "news-ann", example=2, corrects=True)
    assert event(first).id == event(again).id
    assert event(first).id != event(newer).id


def test_a_classic_row_of_the_same_numbers_is_another_event() -> None:
    row = read(envelope(), "news-ann")
    classic = read_row("main", row.link._replace(structured=None), NEWS, Voice(None, None, None), {"news"})
    assert event(classic._replace(origin=row.origin)).id != event(row).id


def test_in_history_a_migrated_answer_counts_for_its_person() -> None:
    """The classic row is gone: else whoever answers it again would not have changed their mind."""
    task = envelope(_migrated_from=3, _annotator_id="news-ann")
    copy = read(task, "migrated", history=True)
    assert copy.by_person
    assert copy.key == read(envelope(), "news-ann").key
    assert read(task, "migrated").key is None
