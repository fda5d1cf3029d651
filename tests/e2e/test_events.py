"""Each of the seven event types, from Prodigy's database to a phone, with the fields that users were promised."""

import json
from typing import Any

import pytest
from world import Team, wait_for

CONTENT = {
    *("answer", "annotator", "session", "example", "input_hash", "task_hash", "view", "labels", "score", "priority"),
    *("flagged", "decided_at", "changed_mind"),
}


def told(team: Team, kind: str) -> dict[str, Any]:
    """The CloudEvents form in the one message about an event of this type."""
    found = wait_for(
        lambda: [one["event"] for one in team.gateway.taken() if one["event"]["type"] == kind],
        f"{kind}:\n{team.logged()}",
    )
    assert len(found) == 1
    return dict(found[0])


@pytest.fixture
def listening(team: Team) -> Team:
    """The team with a rule for every type, and a daemon that is running."""
    kinds = "[dataset.*, session.started, answer.saved, example.added, source.*]"
    team.write("rules.yaml", f'rules:\n  - {{name: all, on: {kinds}, to: lea, title: "{{{{ event_type }}}}"}}\n')
    team.write("document.json.j2", '{"event": {{ event | tojson }}, "notification": {"title": "{{ title }}"}}')
    team.edit("otpushd.yaml", "kind: opentext-push", "kind: opentext-push\n    document: document.json.j2")
    team.prodigy.dataset("old", created=1_700_000_000)
    team.start()
    return team


def test_an_answer_carries_who_what_where_and_when(listening: Team) -> None:
    listening.prodigy.dataset("news-eu")
    task = {"text": "t", "answer": "reject", "_view_id": "ner_manual", "_timestamp": 1_767_600_000, "flagged": True}
    task |= {"spans": [{"label": "ORG", "score": 0.25}], "priority": 0.5, "meta": {"secret": "x"}}
    (example,) = listening.prodigy.save("news-eu", [task], session="news-eu-ann-marie")
    event = told(listening, "answer.saved")
    data = event["data"]
    assert set(data) == CONTENT  # without meta and task, which `expose` does not name
    assert (event["specversion"], event["source"], event["subject"]) == ("1.0", "main", "news-eu")
    assert (data["annotator"], data["session"], data["example"]) == ("ann-marie", "news-eu-ann-marie", example)
    assert (data["answer"], data["labels"], data["score"], data["priority"]) == ("reject", ["ORG"], 0.25, 0.5)
    assert (data["view"], data["flagged"], data["changed_mind"]) == ("ner_manual", True, False)
    assert data["decided_at"] == "2026-01-05T08:00:00Z"
    assert isinstance(data["input_hash"], int)
    assert isinstance(data["task_hash"], int)


def test_between_the_commits_of_a_save_nothing_is_said_too_early(listening: Team) -> None:
    """Examples, links to the dataset, links to the session: the person is known with the third."""
    listening.prodigy.dataset("news")
    told(listening, "dataset.created")
    examples = listening.prodigy.examples([{"text": "t", "answer": "accept"}])
    listening.prodigy.links("news", examples)
    wait_for(lambda: listening.stored("SELECT * FROM waiting_link"), "the link is seen and waits")
    listening.prodigy.session("news-bob")
    listening.prodigy.links("news-bob", examples)
    assert told(listening, "answer.saved")["data"]["annotator"] == "bob"
    assert listening.stored("SELECT * FROM waiting_link") == []


def test_an_import_is_told_from_peoples_work(listening: Team) -> None:
    listening.prodigy.import_rows("news", [{"text": "t", "meta": {"score": 0.75}}])
    data = told(listening, "example.added")["data"]
    assert set(data) == CONTENT | {"origin"}
    assert (data["origin"], data["annotator"], data["score"]) == ("import", None, 0.75)
    session = {"session": "2026-01-05_10-00-00", "annotator": None, "kind": "import"}
    assert told(listening, "session.started")["data"] == session


def test_a_script_is_told_from_peoples_work(listening: Team) -> None:
    listening.prodigy.save("news", [{"text": "t", "label": "A"}])
    data = told(listening, "example.added")["data"]
    assert (data["origin"], data["session"], data["labels"]) == ("script", None, ["A"])


def test_datasets_and_sessions_come_and_go(listening: Team) -> None:
    listening.prodigy.dataset("news", created=1_767_600_000)
    listening.prodigy.save("news", [{"text": "t", "answer": "accept"}], session="news-ann")
    assert told(listening, "dataset.created")["data"] == {"created": "2026-01-05T08:00:00Z", "answers": 0}
    started = told(listening, "session.started")
    assert started["subject"] == "news"
    assert started["data"] == {"session": "news-ann", "annotator": "ann", "kind": "named"}
    told(listening, "answer.saved")
    listening.prodigy.drop("news")
    dropped = told(listening, "dataset.dropped")
    assert (dropped["subject"], dropped["data"]["answers"]) == ("news", 1)
    assert "old" not in json.dumps(listening.gateway.taken())


def test_a_person_who_answers_again_has_changed_their_mind(listening: Team) -> None:
    for answer in ("accept", "reject"):
        listening.prodigy.save("news", [{"text": "t", "answer": answer}], session="news-ann")
    wait_for(lambda: listening.gateway.titles().count("answer.saved") == 2, "both")
    saved = [one["event"]["data"] for one in listening.gateway.taken() if one["event"]["type"] == "answer.saved"]
    assert sorted((one["answer"], one["changed_mind"]) for one in saved) == [("accept", False), ("reject", True)]


def test_only_what_is_exposed_leaves_the_machine(team: Team) -> None:
    team.write("document.json.j2", '{"event": {{ event | tojson }}, "notification": {"title": "{{ title }}"}}')
    team.edit("otpushd.yaml", "kind: opentext-push", "kind: opentext-push\n    document: document.json.j2")
    team.write("otpushd.yaml", (team.folder / "otpushd.yaml").read_text() + "expose: [meta.doc_id]\n")
    team.answer("private words", meta={"doc_id": "D-7", "note": "private note"})
    assert team.once("--from-beginning") == 0
    (one,) = team.gateway.taken()
    assert one["event"]["data"]["meta"] == {"doc_id": "D-7"}
    assert "private" not in json.dumps(one)
