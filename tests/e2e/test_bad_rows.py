"""Rows, names and people that nobody expected: a visible fault on that one event, and every other message goes out."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from world import Team, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase

HOSTILE = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"not json", id="no JSON"),
    pytest.param(b"\xff\xfe\x00{", id="no UTF-8"),
    pytest.param(b"[1, 2]", id="a list"),
    pytest.param(b"null", id="null"),
    pytest.param(b"[" * 100_000, id="deep"),
    pytest.param(b'{"text": "half', id="cut off"),
    pytest.param(b'{"a":' * 90_000 + b"1" + b"}" * 90_000, id="deep and whole"),
    pytest.param(None, id="NULL"),
    pytest.param(3.5, id="a number"),
    pytest.param("text, no blob", id="text"),
    pytest.param(b'{"answer": ["accept"], "score": NaN, "meta": "m", "spans": 1, "_session_id": {}}', id="wrong types"),
    pytest.param(b'{"score": 1e999, "_timestamp": 1e300, "priority": ' + b"9" * 5000 + b"}", id="huge numbers"),
    pytest.param(b'{"label": "\\ud800", "meta": {"\\udfff": "\\ud83d"}, "answer": "accept"}', id="half surrogates"),
    pytest.param(b'{"label": "\\u0000\\u001b[2J\\r\\n", "_annotator_id": "\\u0000"}', id="control characters"),
    pytest.param(b'{"text": "' + b"x" * 40_000_000 + b'"}', id="40 MB"),
]


def put(prodigy: ProdigyDatabase, content: object, dataset: str = "news", session: str | None = "news-ann") -> None:
    """An example whose content is whatever it is, saved to a dataset."""
    prodigy.execute("PRAGMA ignore_check_constraints = 1")
    (example,) = prodigy.examples([{"text": "t"}])
    prodigy.execute("UPDATE example SET content = ? WHERE id = ?", (content, example))
    prodigy.links(dataset, [example])
    if session is not None:
        prodigy.session(session)
        prodigy.links(session, [example])


def nullable(team: Team) -> None:
    """Prodigy's own tables forbid NULL; what others made of them may not."""
    with closing(sqlite3.connect(team.folder / "prodigy.db")) as prodigy:
        prodigy.execute("PRAGMA writable_schema = 1")
        prodigy.execute("UPDATE sqlite_master SET sql = replace(sql, '\"content\" BLOB NOT NULL', '\"content\" BLOB')")
        prodigy.commit()


def test_hostile_content_stops_nothing(team: Team) -> None:
    """All of it in one database, between good rows; each row gives a message of its own, or a fault."""
    nullable(team)
    team.prodigy.close()
    team.prodigy = ProdigyDatabase(team.folder / "prodigy.db")
    team.edit("rules.yaml", '"Example {{ example }}, score {{ score }}"', '"{{ labels | join }} {{ flagged }}"')
    for case in HOSTILE:
        put(team.prodigy, case.values[0])
        team.answer("good")
    assert team.once("--from-beginning") == 0, team.logged()
    assert team.gateway.titles().count("ann said accept on news") >= len(HOSTILE)
    assert len(team.gateway.received()) == len(team.gateway.taken()) == 2 * len(HOSTILE)
    faults = team.stored("SELECT what FROM fault ORDER BY what")
    assert {what.split(":")[0] for (what,) in faults} == {"task"}
    assert len(faults) >= 8
    assert "Traceback" not in team.logged()
    assert not team.events("job_failed")


NAMES = [
    'it\'s "quoted"; DROP TABLE link --',
    "two\nlines\tand\x1b[31m a \x00 NUL",
    "データ🦜e\u0301",
    "{{ 7 * 7 }}{% for x in y %}",
    "x" * 5000,
    "",
    "-",
    "news-",
    b"\xff\xfe",
    "half-\ud83d".encode("utf-8", "surrogatepass"),
]


def test_a_dataset_may_be_called_anything(team: Team) -> None:
    team.rule("dataset.created", "made {{ dataset }}")
    for number, name in enumerate(NAMES):
        put(team.prodigy, b'{"answer": "accept"}', dataset=f"plain{number}", session=f"plain{number}-ann")
        team.prodigy.execute("UPDATE dataset SET name = ? WHERE name = ?", (name, f"plain{number}"))
    assert team.once("--from-beginning") == 0
    assert len(team.gateway.taken()) == 2 * len(NAMES)
    assert "Traceback" not in team.logged()
    assert "\x1b" not in team.logged()


def test_a_session_may_be_called_anything(team: Team) -> None:
    for number, name in enumerate(NAMES):
        put(team.prodigy, b'{"answer": "accept"}', session=f"plain{number}")
        team.prodigy.execute("UPDATE dataset SET name = ? WHERE name = ?", (name, f"plain{number}"))
    assert team.once("--from-beginning") == 0
    assert len(team.gateway.taken()) == len(NAMES)
    assert "Traceback" not in team.logged()


def test_many_rows_at_once_all_arrive(team: Team) -> None:
    team.prodigy.dataset("news")
    team.start()
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(2000)], session="news-ann")
    wait_for(lambda: len(team.gateway.received()) >= 2000, "every message")
    assert len({one["filename"] for one in team.gateway.received()}) == 2000


def test_a_template_that_fails_for_one_event_is_a_fault_of_that_event_alone(team: Team) -> None:
    team.edit("rules.yaml", '"Example {{ example }}, score {{ score }}"', '"{{ score + 1 }}"')
    team.answer("without a score")
    team.answer("with one", score=0.5)
    assert team.once("--from-beginning") == 0
    assert [one["notification"]["body"] for one in team.gateway.taken()] == ["1.5"]
    ((rule, person, what),) = team.stored("SELECT rule, person, what FROM fault")
    assert (rule, person) == ("saved", "lea")
    assert "body" in what
    assert [one["rule"] for one in team.events("event_fault")] == ["saved"]


def test_a_person_without_an_address_is_a_fault_and_the_others_get_theirs(team: Team) -> None:
    team.edit("people.yaml", ", push: lea@example.org", "")
    team.edit("rules.yaml", "to: group:leads", "to: [lea, ann]")
    team.answer()
    assert team.once("--from-beginning") == 0
    assert len(team.gateway.taken()) == 1
    assert [person for (person,) in team.stored("SELECT person FROM fault")] == ["lea"]


def test_a_field_that_names_nobody_is_a_fault_and_says_so(team: Team) -> None:
    team.edit("rules.yaml", "to: group:leads", 'to: ["field:annotator", lea]')
    team.answer("t", session="news-stranger")
    assert team.once("--from-beginning") == 0
    assert team.gateway.titles() == ["stranger said accept on news"]
    assert len(team.stored("SELECT what FROM fault")) == 1


def test_a_name_in_people_yaml_may_be_half_a_surrogate_pair(team: Team) -> None:
    """YAML can escape what no UTF-8 can hold; a text that no store takes would stop its source for ever."""
    team.edit("people.yaml", "Lea Roth", '"Lea \\ud83d Roth"')
    team.edit("rules.yaml", "{{ annotator }} said", "{{ recipient.name }}: {{ annotator }} said")
    assert team.run().wait(20) == 2
    assert "people.yaml:4:22: " in team.logged()
    assert "Traceback" not in team.logged()


def test_files_that_are_wrong_are_told_all_at_once_and_exit_2(team: Team) -> None:
    team.edit("otpushd.yaml", "timezone: Europe/Zurich", "timezone: Europe/Zurych\ncollekt: 1")
    team.edit("people.yaml", "groups:", "groupz:")
    team.edit("rules.yaml", "{{ annotator }}", "{{ anotator }}")
    assert team.run().wait(10) == 2
    logged = team.logged()
    for place in ("otpushd.yaml:3:", "otpushd.yaml:4:", "people.yaml:5:", "rules.yaml:6:"):
        assert place in logged
    assert "Traceback" not in logged
    assert not Path(team.store).exists()
    assert json.dumps("anotator")[1:-1] in logged
