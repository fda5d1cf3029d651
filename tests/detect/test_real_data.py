"""Real databases and exports lead to the events that the people who made them would expect."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.detect.step import GRACE
from otpushd.model.event import Event
from otpushd.prodigy.sqlite_source import SqliteSource

TERMS = "db/2022_govuk_terms-teach_batches-of-10.db"
IMAGES = "db/2023a_openpecha_image_small.db"
HEADLINES = "jsonl/v1.9-ner_manual_news-headlines.jsonl"
CHOICES = "jsonl/v1.14-choice_unnamed-session.jsonl"


def everything(watch: Any) -> list[Event]:
    """All of history, told; what has no session waits for it once."""
    watch.from_beginning = True
    return [*watch.look(), *watch.look(GRACE.total_seconds())]


def store(prodigy: ProdigyDatabase, lines: list[bytes], session: str) -> None:
    """Each line whole, its hashes in their columns, a link to the main and one to the session dataset."""
    prodigy.dataset("main-set")
    prodigy.execute("BEGIN")
    for line in lines:
        task = json.loads(line)
        prodigy.execute(
            "INSERT INTO example (input_hash, task_hash, content) VALUES (?, ?, ?)",
            (task["_input_hash"], task["_task_hash"], line),
        )
    prodigy.execute("COMMIT")
    examples = [number for (number,) in prodigy.execute("SELECT id FROM example")]
    prodigy.links("main-set", examples)
    prodigy.session(session)
    prodigy.links(session, examples)


def test_terms_teach_is_330_answers_of_an_unnamed_session_and_4_seeds(
    sample: Callable[[str], Path], watch: Any
) -> None:
    watch.source = SqliteSource(sample(TERMS))
    found = everything(watch)
    kinds = Counter((one.type, one.value("origin") or one.value("kind")) for one in found)
    assert kinds == {
        ("dataset.created", None): 1,
        ("session.started", "server"): 3,
        ("answer.saved", None): 330,
        ("example.added", "script"): 4,
    }
    answers = [one for one in found if one.type == "answer.saved"]
    assert all(one.value("score") is not None and one.value("annotator") is None for one in answers)
    assert len({one.id for one in found}) == len(found)


def test_image_manual_is_five_answers_of_nobody_known_and_one_of_a_named_session(
    sample: Callable[[str], Path], watch: Any
) -> None:
    watch.source = SqliteSource(sample(IMAGES))
    answers = [one for one in everything(watch) if one.type == "answer.saved"]
    who = Counter((one.value("annotator"), one.value("session")) for one in answers)
    assert who == {(None, "2023-01-19_04-34-56"): 5, ("ta4tsering", "bdrc_crop-ta4tsering"): 1}


@pytest.mark.parametrize("name", [TERMS, IMAGES])
def test_a_real_database_is_history_at_the_first_look_and_counted(
    sample: Callable[[str], Path], watch: Any, name: str
) -> None:
    watch.source = SqliteSource(sample(name))
    assert watch.look() == watch.look(GRACE.total_seconds()) == []
    assert watch.answers() == ({"professions-terms": 330} if name == TERMS else {"bdrc_crop": 6})


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("jsonl/v1.x-textcat-binary-scored_reddit-insult.jsonl", {"accept": 90, "reject": 352, "ignore": 58}),
        (HEADLINES, {"accept": 372, "ignore": 1}),
        ("jsonl/v1.10-relations_accept-and-ignore.jsonl", {"accept": 114, "ignore": 110}),
        (CHOICES, {"accept": 21, "reject": 2, "ignore": 2}),
        ("jsonl/v1.14-classification_unnamed-session.jsonl", {"reject": 12, "accept": 10, "ignore": 3}),
    ],
)
@pytest.mark.parametrize(
    ("session", "annotator"), [("main-set-ann", "ann"), ("2023-10-27_16-50-00", None)], ids=["named", "unnamed"]
)
def test_every_line_of_a_real_export_is_the_answer_it_says(
    sample: Callable[[str], Path],
    prodigy: ProdigyDatabase,
    watch: Any,
    name: str,
    answers: dict[str, int],
    session: str,
    annotator: str | None,
) -> None:
    store(prodigy, sample(name).read_bytes().splitlines(), session)
    found = [one for one in everything(watch) if one.type not in ("dataset.created", "session.started")]
    assert {one.type for one in found} == {"answer.saved"}
    assert Counter(one.value("answer") for one in found) == answers
    assert {one.value("annotator") for one in found} == {annotator}
    assert [len(done.unreadable) for done in watch.steps] == [0] * len(watch.steps)


def test_the_fields_of_real_exports_are_found_where_they_are(
    sample: Callable[[str], Path], prodigy: ProdigyDatabase, watch: Any
) -> None:
    scored = sample("jsonl/v1.x-textcat-binary-scored_reddit-insult.jsonl").read_bytes().splitlines()[0]
    spans = sample(HEADLINES).read_bytes().splitlines()[0]
    choice = sample(CHOICES).read_bytes().splitlines()[0]
    store(prodigy, [scored, spans, choice], "main-set-ann")
    one, two, three = [event for event in everything(watch) if event.type == "answer.saved"]
    first, second, third = json.loads(scored), json.loads(spans), json.loads(choice)
    assert (one.value("score"), one.value("labels")) == (first["score"], [first["label"]])
    assert two.value("labels") == list(dict.fromkeys(span["label"] for span in second["spans"]))
    assert (three.value("labels"), three.value("view")) == (third["accept"], "choice")
    assert three.value("decided_at").timestamp() == third["_timestamp"]
