"""`otpushd explain` beside the real daemon: from the log to the message, its event, its group and its person."""

import json
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner
from world import PASSWORD, Team, wait_for

from otpushd.cli.explain import command

RULES = """
rules:
  - {name: saved, on: answer.saved, to: lea, title: "{{ annotator }} said {{ answer }}"}
  - {name: doubtful, on: answer.saved, to: lea, when: "score < 0.5 && has(task.text)", title: doubtful}
  - {name: many, on: answer.saved, collect: {by: [dataset], wait: 1s}, to: [lea, ann], title: "{{ count }}"}
  - {name: other, on: task.assigned, to: lea, title: new}
"""
CONTENT = "keep-this-text-in"


def explain(team: Team, *arguments: str, code: int = 0) -> str:
    """What the command says, which must end so, and never show content, addresses or secrets."""
    done = CliRunner().invoke(command, ["--config", str(team.folder / "otpushd.yaml"), *arguments])
    assert done.exit_code == code, done.output
    assert not [one for one in (CONTENT, PASSWORD, "@example.org") if one in done.output]
    return done.stdout if code == 0 else done.stderr


def found(team: Team, *arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(explain(team, "--json", *arguments))
    return document


@pytest.fixture
def told(team: Team, any_store: str) -> Team:
    """A daemon that runs, and two answers that it has told of."""
    team.write("rules.yaml", RULES)
    team.edit("people.yaml", "name: Ann Meyer", "name: Ann Meyer, opt_out: [many]")
    team.answer("history")
    team.start()
    tasks = [{"text": CONTENT + text, "answer": "accept", "meta": {"score": 0.9}} for text in "ab"]
    team.prodigy.save("news", tasks, session="news-ann")
    team.await_titles("2", "ann said accept", "ann said accept")
    wait_for(lambda: len(team.events("accepted")) == 3, "accepted")
    return team


def test_from_a_line_of_the_log_to_all_that_came_of_an_event(told: Team) -> None:
    """On both kinds of store, while the daemon runs. Of history nothing is kept."""
    id = told.events("accepted")[0]["notification"]
    message = found(told, id[:16])
    assert (message["kind"], message["message"]["id"], message["message"]["state"]) == ("notification", id, "accepted")
    assert message["message"]["attempts"][0]["state"] == "accepted"
    event = found(told, message["message"]["event_id"])
    verdicts = {one["rule"]: one for one in event["verdicts"]}
    assert (verdicts["saved"]["result"], verdicts["saved"]["people"]) == ("matched", ["lea"])
    assert verdicts["doubtful"]["why"] == "when: score < 0.5 failed, score was 0.9"
    assert (verdicts["other"]["today"], verdicts["other"]["result"]) == (True, "is about other types or datasets")
    assert [one["rule"] for one in event["messages"]] == ["saved"]
    assert told.stored("SELECT count(*) FROM heard") == [(2,)]
    (case,) = event["cases"]
    assert (case["rule"], case["now"], len(case["events"])) == ("many", None, 2)
    assert [(one["person"], one["what"]) for one in case["notes"]] == [("ann", "has opted out of this rule")]
    assert [one["state"] for one in case["messages"]] == ["accepted"]
    assert found(told, case["id"])["kind"] == "case"


def test_from_a_dataset_to_its_events(told: Team) -> None:
    """On both kinds of store, while the daemon runs."""
    head, *heard = explain(told, "news", "--since", "1h").splitlines()
    assert head.endswith(": 2 events on which a rule was tried")
    assert [line.split("  ")[2:] for line in heard] == [
        ["answer.saved", f"example {one['event']['data']['example']}", "matched: saved, many; did not match: doubtful"]
        for one in found(told, "news")["heard"]
    ]
    assert found(told, heard[0].split("  ")[1])["kind"] == "event"
    example = heard[1].split("  ")[3].removeprefix("example ")
    assert explain(told, "news", "--example", example).splitlines()[1:] == heard[1:]


def test_a_person_is_told_of_by_id_or_session(told: Team) -> None:
    assert explain(told, "lea", "--since", "1h").count("accepted, ") == 3
    assert "has opted out of this rule" in explain(told, "ann")
    assert found(told, "lea", "--since", "2099-01-01")["messages"] == []
    assert "since" in explain(told, "lea", "--since", "tomorrow", code=2)


def test_what_is_not_known_is_said_to_be_so(told: Team) -> None:
    assert "nothing is known" in explain(told, "otpushd-00000000", code=1)
    assert "Of an id at least 8" in explain(told, "otpu", code=1)
    assert "several ids begin" in explain(told, "otpushd-", code=1)


def test_the_command_itself_needs_neither_daemon_nor_files_that_are_right(told: Team) -> None:
    """A daemon that ended leaves all there is."""
    told.stop(told.started[0])
    told.write("rules.yaml", "rules: [{}]\n")
    whole = [sys.executable, "-m", "otpushd", "explain", "lea", "--json"]
    done = subprocess.run(whole, cwd=told.folder, capture_output=True, text=True, timeout=30, check=True)
    assert "errors in today's files" in done.stderr
    assert len(json.loads(done.stdout)["messages"]) == 3
