"""`otpushd explain` as lines and as JSON, on stories made up in a store of SQLite."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest
from click.testing import CliRunner, Result

from otpushd.cli.explain import command
from otpushd.model.case import Case, Letter
from otpushd.model.cases import Cases
from otpushd.model.delivery import DIGEST, Fault, Notification, Priority, Remark, State
from otpushd.model.event import Event
from otpushd.model.heard import Heard
from otpushd.model.silence import Scope, Silence
from otpushd.store import silence as silences
from otpushd.store.cases import save_cases
from otpushd.store.heard import add_heard
from otpushd.store.opening import open_store
from otpushd.store.outbox import add_letters
from otpushd.store.remarks import add_faults, add_remarks

CONFIG = """version: 1
timezone: Europe/Zurich
sources: [{name: main, url: "sqlite:///prodigy.db"}]
store: {url: "sqlite:///store.db"}
channels: {push: {kind: opentext-push, base_url: "http://127.0.0.1:1", auth: {basic: {user: u, password: p}}}}
rules: [rules.yaml]
people: people.yaml
"""
RULES = """rules:
  - {name: kept, on: answer.saved, to: lea, title: t}
  - {name: text, on: answer.saved, match: {answer: reject}, to: lea, title: t}
  - {name: content, on: answer.saved, match: {meta.lang: de}, to: lea, title: t}
  - {name: changed, on: answer.saved, to: lea, title: t}
  - {name: elsewhere, on: task.assigned, to: lea, title: t}
"""
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
ID = "aaaaaaaa" * 5
DATA = {"answer": "accept", "score": 0.31, "meta": {"doc_id": 7, "name": "SECRET"}}
EVENT = Event("answer.saved", ID, "main", NOW, "news\x1b[2J", DATA)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[peewee.Database]:
    (tmp_path / "otpushd.yaml").write_text(CONFIG)
    (tmp_path / "people.yaml").write_text("people: {lea: {push: lea@example.org, sessions: [lea-s]}}\n")
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    database = open_store(tmp_path / "store.db")
    yield database
    database.close()


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def lines(*arguments: str) -> list[str]:
    done = explain(*arguments)
    assert done.exit_code == 0, done.output
    return [line.strip() for line in done.stdout.splitlines()]


def message(id: str = "otpushd-1", person: str = "lea", **changes: Any) -> Notification:
    plain: dict[str, Any] = {
        **{"id": id, "rule": "kept", "event_id": ID, "event_type": "answer.saved", "dataset": "news"},
        **{"person": person, "channels": ("push", "sms"), "title": "TITLE", "body": "BODY", "link": None},
        **{"priority": Priority.HIGH, "created_at": NOW, "expires_at": None, "event": b"{}"},
    }
    return Notification(**{**plain, **changes})


def hear(store: peewee.Database) -> None:
    missed = {"high": "score: at_least 0.8, was 0.31"}
    add_heard(store, [Heard(EVENT, NOW, {"kept": ("lea",)}, missed, ("meta.doc_id",))])


def test_an_event_has_the_verdict_of_each_rule(store: peewee.Database) -> None:
    """What rules say that were not tried is today's, and they are not asked about content, which is gone."""
    hear(store)
    said = lines(ID[:8])
    assert said[0] == f"event {ID}: answer.saved in news\ufffd[2J"
    assert {'answer: "accept"', "score: 0.31", 'meta: {"doc_id": 7}'} <= set(said)
    assert said[said.index("rules") + 1 :] == [
        "kept: matched, meant lea",
        "high: did not match: score: at_least 0.8, was 0.31",
        'text: was not tried: answer: "reject", was "accept" (by today\'s rules)',
        "content: was not tried: it looks at content, which is not kept (by today's rules)",
        "changed: was not tried: it has been added or changed since (by today's rules)",
        "elsewhere is about other types or datasets (by today's rules)",
        "no message was made of it",
    ]


def test_who_was_dropped_is_said_with_why(store: peewee.Database) -> None:
    hear(store)
    add_remarks(store, [Remark(ID, "kept", "ann", "has opted out of this rule", NOW)])
    add_faults(store, [Fault(ID, "kept", None, "there is no person 'bob'", NOW)])
    said = " ".join(lines(ID))
    assert "rule kept, ann: has opted out of this rule" in said
    assert "rule kept: fault: there is no person 'bob'" in said


def test_a_message_has_its_holds_with_the_silence_and_its_author(store: peewee.Database) -> None:
    silences.add(store, Silence("3fa90c", Scope(rule="kept"), NOW, NOW + MINUTE, "Ann", "migration", NOW))
    add_letters(store, [Letter(message(), State.HELD, NOW + MINUTE, held="silence 3fa90c")])
    add_remarks(store, [Remark("otpushd-1", "kept", "lea", "held back: silence 3fa90c", NOW)])
    said = "\n".join(lines("otpushd-1"))
    assert "at least: silence 3fa90c" in said
    assert "rule kept, lea: held back: silence 3fa90c" in said
    assert "by Ann: migration" in said
    assert "TITLE" not in said
    assert "BODY" not in said


def test_a_digest_and_what_went_out_in_it_name_each_other(store: peewee.Database) -> None:
    digest = message("otpushd-digest", rule=DIGEST, event_id="otpushd-digest", dataset=None)
    one = Letter(message(), State.ACCEPTED, NOW, digest="otpushd-digest")
    add_letters(store, [Letter(digest, State.ACCEPTED, NOW), one])
    assert f"otpushd-1: rule kept, of event {ID}, accepted" in lines("otpushd-digest")
    assert lines("otpushd-1")[:2] == [
        "notification otpushd-1",
        "rule kept, to lea, answer.saved in news, priority high: accepted, in digest otpushd-digest",
    ]
    assert "notification otpushd-digest" in lines("otpushd-1")


def test_a_case_that_is_open_says_what_comes_next(store: peewee.Database) -> None:
    cases = Cases()
    trigger = Event("answer.saved", ID, "main", NOW, "news", {}, b"CONTENT")
    due = {"escalate 0": NOW + MINUTE}
    cases.put(Case("cccccccc1", "kept", "key", trigger, b"{}", NOW, people=["lea"], due=due, waits={"kept/until": "x"}))
    save_cases(store, cases)
    said = lines("cccccccc")
    assert said[0] == "case cccccccc1 of rule kept: still open"
    assert said[2].startswith("next: escalate 0 at ")
    assert said[3] == "waits for kept/until"
    assert json.loads(explain("cccccccc", "--json").stdout)["now"]["trigger"] == ID
    assert "CONTENT" not in explain("cccccccc", "--json").stdout


def test_an_event_that_only_ended_something_is_known_by_that(store: peewee.Database) -> None:
    add_remarks(store, [Remark("cccccccc1", "kept", None, f"until came: answer.saved {ID}", NOW)])
    said = lines(ID)
    assert said[0] == f"event {ID}"
    assert said[said.index("it ended") + 1].endswith(f"rule kept: until came: answer.saved {ID} (cccccccc1)")


def hear_of(store: peewee.Database, id: str, minutes: int, dataset: str = "news", **more: Any) -> None:
    at = NOW + minutes * MINUTE
    event = Event(more.pop("type", "answer.saved"), id, more.pop("source", "main"), at, dataset, more)
    add_heard(store, [Heard(event, at, {"kept": ("lea",)}, {"high": "score: at_least 0.8, was 0.31", "text": "x"})])


def test_a_dataset_has_what_was_heard_in_it_a_line_each_newest_last(store: peewee.Database) -> None:
    """So the id is found of an event of which no message was made."""
    hear_of(store, "b" * 40, 0, example=7)
    hear_of(store, "c" * 40, -1)
    hear_of(store, "d" * 40, -1, dataset="other")
    hear_of(store, "e" * 40, -70)
    said = lines("news", "--since", "1h")
    assert said[0].startswith("dataset news, since ")
    assert said[0].endswith(": 2 events on which a rule was tried")
    rules = "matched: kept; did not match: high, text"
    assert [line.split("  ")[1:] for line in said[1:]] == [
        ["cccccccccccc", "answer.saved", rules],
        ["bbbbbbbbbbbb", "answer.saved", "example 7", rules],
    ]
    assert lines(said[1].split("  ")[1])[0].startswith(f"event {'c' * 40}")
    first = json.loads(explain("news", "--json").stdout)["heard"][0]
    assert (first["event"]["id"], first["missed"]["high"]) == ("e" * 40, "score: at_least 0.8, was 0.31")


@pytest.mark.parametrize(
    ("narrow", "found"),
    [
        pytest.param(["--type", "answer.*"], ["a", "b"], id="type"),
        pytest.param(["--example", "7"], ["b", "c"], id="example"),
        pytest.param(["--type", "answer.*", "--example", "7"], ["b"], id="both"),
    ],
)
def test_what_was_heard_in_a_dataset_can_be_narrowed(
    store: peewee.Database, narrow: list[str], found: list[str]
) -> None:
    hear_of(store, "a" * 40, 0, example=8)
    hear_of(store, "b" * 40, 1, example=7)
    hear_of(store, "c" * 40, 2, example=7, type="task.assigned")
    assert [line.split("  ")[1] for line in lines("news", *narrow)[1:]] == [id * 12 for id in found]


def test_what_is_narrowed_is_a_dataset_though_somebody_is_called_so(store: peewee.Database) -> None:
    hear_of(store, "b" * 40, 0, dataset="lea")
    assert lines("lea")[0].startswith("person lea")
    assert lines("lea", "--type", "*")[0].startswith("dataset lea")
    done = explain("lea", "--type", "task.*")
    assert (done.exit_code, done.stdout) == (1, "")
    assert 'no event of dataset "lea" that fits' in done.stderr


def test_of_a_busy_dataset_the_newest_are_shown_and_that_there_are_more(store: peewee.Database) -> None:
    for number in range(202):
        hear_of(store, f"{number:040}", -number)
    said = lines("news", "--since", "1d")
    assert said[0].endswith(": the newest 200 events on which a rule was tried; there are more, narrow it")
    assert (len(said), len({line.split("  ")[1] for line in said[1:]})) == (201, 200)
    assert said[-1].split("  ")[1] == "0" * 40  # the first 12 characters are not enough here


def test_events_of_several_sources_say_which(store: peewee.Database) -> None:
    hear_of(store, "a" * 40, 0)
    hear_of(store, "b" * 40, 1, source="other")
    assert [line.split("  ")[3] for line in lines("news")[1:]] == ["source main", "source other"]


@pytest.mark.parametrize("name", ["lea", "lea-s"])
def test_a_person_has_all_that_was_made_and_left_out_newest_last(store: peewee.Database, name: str) -> None:
    add_letters(store, [Letter(message(), State.ACCEPTED, NOW)])
    add_remarks(store, [Remark("c", "kept", "lea", "said already", NOW + MINUTE)])
    add_remarks(store, [Remark("c", "kept", "lea", "long ago", NOW - 3000 * MINUTE)])
    said = lines(name)
    assert said[0].startswith("person lea, since ")
    assert said[1] == "notification otpushd-1"
    assert said[-1].endswith("rule kept, lea: said already (c)")
    assert "long ago" not in " ".join(said)
    assert "long ago" in " ".join(lines(name, "--since", "3d"))


@pytest.mark.parametrize("spelled", ["2026-11-23T17:28:51.760145+00:00", "2026-11-23T17:28:51Z"])
def test_an_instant_in_a_remark_is_shown_in_local_time_to_the_second(store: peewee.Database, spelled: str) -> None:
    add_remarks(store, [Remark("c", "kept", "lea", f"said already; not again until {spelled}", NOW)])
    assert lines("lea")[-1].endswith("said already; not again until 2026-11-23 18:28:51 CET (c)")
    assert json.loads(explain("lea", "--json").stdout)["notes"][0]["what"].endswith(spelled)


def remind(store: peewee.Database, count: int) -> None:
    """So many reminders of one cause, a minute apart; the last but two could not be sent."""
    for number in range(1, count + 1):
        at, state = NOW + number * MINUTE, State.FAILED if number == count - 2 else State.ACCEPTED
        add_letters(store, [Letter(message(f"otpushd-{number:02}", created_at=at), state, at)])
        add_remarks(store, [Remark(f"otpushd-{number:02}", "kept", "lea", f"this is reminder {number}", at)])


def headings(*arguments: str) -> list[str]:
    return [line for line in lines(*arguments) if line.startswith(("notification", "…"))]


@pytest.mark.parametrize("what", ["lea", ID])
def test_of_many_reminders_the_first_and_the_last_two_are_shown_and_the_rest_counted(
    store: peewee.Database, what: str
) -> None:
    remind(store, 20)
    first, rest, *last = headings(what)
    assert first == "notification otpushd-01: reminder 1"
    assert rest.startswith("… 17 more reminders of rule kept to lea, ")
    assert rest.endswith(": 16 accepted, 1 failed")
    assert last == ["notification otpushd-19: reminder 19", "notification otpushd-20: reminder 20"]
    assert len(json.loads(explain(what, "--json").stdout)["messages"]) == 20


@pytest.mark.parametrize("count", [1, 3])
def test_few_reminders_are_all_shown(store: peewee.Database, count: int) -> None:
    remind(store, count)
    assert len(headings("lea")) == count


def test_reminders_of_other_causes_and_people_are_counted_apart(store: peewee.Database) -> None:
    remind(store, 3)
    for id, changes in [("a", {"event_id": "b" * 40}), ("b", {"rule": "other"}), ("c", {"person": "ann"})]:
        add_letters(store, [Letter(message(f"otpushd-{id}", **changes), State.ACCEPTED, NOW)])
        add_remarks(store, [Remark(f"otpushd-{id}", "kept", "lea", "this is reminder 1", NOW)])
    assert len(headings("lea")) == 5
    assert len(headings(ID)) == 5


@pytest.mark.parametrize("called", ["step 2 of the escalation", "the closing message"])
def test_what_a_message_is_that_is_not_the_first_stands_in_its_heading(store: peewee.Database, called: str) -> None:
    add_letters(store, [Letter(message(), State.ACCEPTED, NOW)])
    add_remarks(store, [Remark("otpushd-1", "kept", "lea", f"this is {called}", NOW)])
    said = lines("otpushd-1")
    assert said[0] == f"notification otpushd-1: {called}"
    assert f"this is {called}" not in " ".join(said)


def test_who_left_is_known_by_what_was_sent(store: peewee.Database) -> None:
    add_letters(store, [Letter(message(person="bob"), State.ACCEPTED, NOW)])
    assert lines("bob")[0].startswith("person bob (nobody of that name today)")


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        pytest.param(["nobody"], 1, "Of an id at least 8 characters", id="unknown name"),
        pytest.param([ID], 1, "nothing is known of", id="unknown id"),
        pytest.param([""], 1, "nothing is known of", id="nothing"),
        pytest.param(["lea", "--since", "soon"], 2, "--since", id="no time"),
        pytest.param(["lea", "--since", "9999999999d"], 2, "--since", id="a time before all times"),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_cannot_be_explained_is_said_so(arguments: list[str], code: int, why: str) -> None:
    done = explain(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert why in done.stderr


def test_a_store_that_is_not_there_is_said_so(store: peewee.Database, tmp_path: Path) -> None:
    (tmp_path / "otpushd.yaml").write_text(CONFIG.replace("store.db", "other.db"))
    done = explain("lea")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "it is not there" in done.stderr
    assert not (tmp_path / "other.db").exists()
