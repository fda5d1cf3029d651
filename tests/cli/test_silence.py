"""`otpushd silence`: what it takes, shows and lifts, what it refuses with exit 2, on both kinds of store."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otpushd.cli.silence import command
from otpushd.files.postgres_url import postgres_url
from otpushd.store.lock import StoreLock
from otpushd.store.opening import open_store
from otpushd.store.sql import rows
from tests.postgres import Cluster

CONFIG = """version: 1
timezone: Europe/Zurich
sources: [{name: main, url: "sqlite:///prodigy.db"}]
store: {url: "STORE"}
channels: {push: {kind: opentext-push, base_url: "http://127.0.0.1:1", auth: {basic: {user: u, password: p}}}}
rules: [rules.yaml]
people: people.yaml
events: {contract.signed: {customer: string}}
"""
PEOPLE = """people: {lea: {push: l, sessions: [lea-s]}, cid: {push: c}}
groups: {ops: [lea]}
"""
RULES = "rules: [{name: expert-rejected, on: answer.saved, to: lea, title: t}, {name: 7, when: (}]\n"
STORE = Path("store", "otpushd.db")
NEXT_YEAR = datetime.now(UTC).year + 1
SKIPPED = next(f"{NEXT_YEAR}-03-{day}T02:30" for day in range(25, 32) if date(NEXT_YEAR, 3, day).isoweekday() == 7)
"""Clocks are put forward on the last Sunday of March."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "otpushd.yaml").write_text(CONFIG.replace("STORE", f"sqlite:///{STORE}"))
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=["sqlite", "postgresql"])
def either(folder: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """A configuration whose store is not there yet, on each database."""
    if request.param == "sqlite":
        yield
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create_database()
    (folder / "otpushd.yaml").write_text(CONFIG.replace("STORE", postgres_url(cluster.parameters(name))))
    yield
    cluster.drop_database(name)


def silence(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def add(*arguments: str) -> Result:
    return silence("add", "--reason", "the model is replaced", *arguments)


def listed(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(silence("list", "--json", *arguments).stdout)
    return found


@pytest.mark.usefixtures("either")
def test_one_is_added_listed_and_lifted_on_each_store() -> None:
    added = add("--rule", "expert-*", "--for", "2h", "--author", "Ann")
    assert (added.exit_code, added.stderr) == (0, "")
    [one] = listed()
    assert added.stdout.startswith(f"silence {one['id']}: rule expert-*; until ")
    assert (one["rule"], one["author"], one["state"]) == ("expert-*", "Ann", "in force")
    lifted = silence("lift", one["id"], "--reason", "done", "--author", "Bob")
    assert (lifted.exit_code, lifted.stdout) == (0, f"lifted {one['id']}: rule expert-*\n")
    assert listed() == []
    [one] = listed("--all")
    assert (one["state"], one["lifted_by"], one["lift_reason"]) == ("lifted", "Bob", "done")


def test_all_that_is_asked_for_is_stored(folder: Path) -> None:
    times = ["--from", f"{NEXT_YEAR}-03-02T09:00", "--until", f"{NEXT_YEAR}-03-02T17:00Z"]
    what = ["--dataset", "c-*", "--person", "lea", "--type", "contract.*", "--priority", "high", "--priority", "low"]
    assert add(*what, *times).stderr == ""
    [one] = listed()
    assert (one["dataset"], one["person"], one["type"], one["rule"]) == ("c-*", "lea", "contract.*", None)
    assert (one["priorities"], one["state"], one["reason"]) == (["low", "high"], "to come", "the model is replaced")
    assert (one["starts"], one["ends"]) == (f"{NEXT_YEAR}-03-02T08:00:00Z", f"{NEXT_YEAR}-03-02T17:00:00Z")


def test_a_duration_runs_from_the_given_start(folder: Path) -> None:
    add("--all", "--from", f"{NEXT_YEAR}-03-02T09:00", "--for", "90m")
    assert listed()[0]["ends"] == f"{NEXT_YEAR}-03-02T09:30:00Z"


def test_a_start_that_has_passed_is_now(folder: Path) -> None:
    before = datetime.now(UTC)
    add("--all", "--from", (before - timedelta(hours=1)).isoformat(), "--for", "2h")
    [one] = listed()
    assert before <= datetime.fromisoformat(one["starts"]) <= datetime.now(UTC)
    assert datetime.fromisoformat(one["ends"]) - before == timedelta(hours=1)


def test_the_author_is_somebody_also_when_not_given(folder: Path) -> None:
    add("--all", "--for", "1h")
    assert listed()[0]["author"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["--for", "1h"], "say what is held back", id="nothing to match"),
        pytest.param(["--for", "1h", "--all", "--rule", "x"], "--all is every message", id="all and less"),
        pytest.param(["--all"], "either --for 2h or --until", id="no end"),
        pytest.param(["--all", "--for", "1h", "--until", "2099-01-01"], "either --for 2h or", id="two ends"),
        pytest.param(["--all", "--for", "2"], "--for: the duration has no unit; write 2s", id="no unit"),
        pytest.param(["--all", "--for", "0s"], "--for: that is over", id="no time at all"),
        pytest.param(["--all", "--until", "2026-01-01"], "--until: that is over", id="over"),
        pytest.param(["--all", "--until", "tomorrow"], "--until: not an instant; write 2026", id="no instant"),
        pytest.param(["--all", "--for", "1h", "--from", "2026-01-01"], "have ended at 2026-01-01 01:00 CET", id="was"),
        pytest.param(["--all", "--from", "2099-01-02", "--until", "2099-01-01"], "ends before it begins", id="turned"),
        pytest.param(["--all", "--until", "9999-12-31T23:59Z"], "more than 100 years away", id="for ever"),
        pytest.param(["--all", "--from", "9999-12-31", "--for", "9d"], "more than 100 years", id="beyond all years"),
        pytest.param(["--for", "1h", "--priority", "hihg"], "did you mean 'high'?; there is low", id="priority"),
        pytest.param(["--for", "1h", "--type", "answer.svaed"], "did you mean 'answer.saved'", id="type"),
        pytest.param(["--for", "1h", "--type", "answr.*"], "no event type is like `answr.*`", id="types"),
        pytest.param(["--for", "1h", "--rule", " "], "--rule is of 1 to 200 printable", id="blank"),
        pytest.param(["--for", "1h", "--all", "--author", "a\nb"], "--author is of 1 to 200", id="two lines"),
        pytest.param(["--for", "1h", "--all", "--reason", ""], "--reason is of 1 to 1000", id="no reason"),
        pytest.param(["--for", "1h", "--all", "--config", "no.yaml"], "which is no file", id="no configuration"),
    ],
)
def test_what_is_wrong_is_refused_with_the_mend_and_no_store_is_made(
    folder: Path, arguments: list[str], reason: str
) -> None:
    refused = add(*arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert reason in refused.stderr
    assert not STORE.exists()


def test_everything_that_is_wrong_is_told_at_once(folder: Path) -> None:
    refused = add("--priority", "hihg", "--person", "", "--from", "tomorrow", "--for", "2", "--reason", "")
    told = [line.split(": ")[2][:9] for line in refused.stderr.splitlines()]
    assert told == ["--person ", "no priori", "--reason ", "--from", "--for"]


@pytest.mark.parametrize(
    ("arguments", "warning"),
    [
        pytest.param(["--rule", "expert-rejectd"], "did you mean 'expert-rejected'?", id="rule"),
        pytest.param(["--rule", "exprt-*"], "no rule is called like 'exprt-*'", id="rules"),
        pytest.param(["--person", "lae"], "nobody has the id 'lae'; did you mean 'lea'?", id="person"),
        pytest.param(["--person", "lea-s"], "that is how Prodigy knows 'lea'", id="session"),
        pytest.param(["--person", "ops"], "that is a group", id="group"),
        pytest.param(["--all", "--from", SKIPPED], "03:30 is meant", id="a time that is skipped"),
    ],
)
def test_what_is_probably_not_meant_is_a_warning_and_stored(folder: Path, arguments: list[str], warning: str) -> None:
    added = add("--for", "1h", *arguments)
    assert added.exit_code == 0
    assert warning in added.stderr
    assert len(listed()) == 1


def test_a_dataset_that_was_never_seen_is_a_warning_once_some_were(folder: Path) -> None:
    assert add("--for", "1h", "--dataset", "newz").stderr == ""
    with closing(open_store(STORE)) as store:
        columns = "source, dataset_id, name, created, session, bare, answers"
        rows(store, f"INSERT INTO known_dataset ({columns}) VALUES ('main', 1, 'news', 0, false, false, 0)")
    assert "called like 'newz'; did you mean 'news'?" in add("--for", "1h", "--dataset", "newz").stderr
    assert add("--for", "1h", "--dataset", "n*").stderr == ""


def test_the_table_has_a_line_for_each_in_the_zone_of_the_configuration(folder: Path) -> None:
    add("--all", "--from", f"{NEXT_YEAR}-07-02T09:00", "--for", "1h", "--author", "Ann")
    add("--person", "cid", "--from", f"{NEXT_YEAR}-01-02T09:00", "--for", "1h", "--author", "Eve")
    head, cid, all_of_it = silence("list").stdout.splitlines()
    assert head.split() == ["ID", "STATE", "FROM", "UNTIL", "WHAT", "BY", "WHY"]
    when = f"{NEXT_YEAR}-01-02 09:00 CET   {NEXT_YEAR}-01-02 10:00 CET "
    assert cid[6:] == f"  to come  {when}  person cid  Eve  the model is replaced"
    assert f"{NEXT_YEAR}-07-02 10:00 CEST  everything  Ann" in all_of_it


def test_the_table_says_who_lifted_one_and_why(folder: Path) -> None:
    add("--all", "--for", "1h")
    silence("lift", listed()[0]["id"], "--author", "Bob", "--reason", "done")
    assert silence("list").stdout == "no silences\n"
    assert silence("list", "--all").stdout.endswith("  the model is replaced (lifted by Bob: done)\n")


def test_looking_and_lifting_make_no_store(folder: Path) -> None:
    assert (silence("list").stdout, listed("--all")) == ("no silences\n", [])
    assert silence("lift", "3fa90c").exit_code == 1
    assert not STORE.exists()


def test_what_is_not_there_or_over_cannot_be_lifted(folder: Path) -> None:
    add("--all", "--for", "1h")
    id = listed()[0]["id"]
    missing = silence("lift", id[:5])
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert f"there is no silence '{id[:5]}'; did you mean '{id}'?" in missing.stderr
    silence("lift", id, "--author", "Bob")
    again = silence("lift", id)
    assert (again.exit_code, "is over, it was lifted by Bob at 2" in again.stderr) == (1, True)


def test_a_lift_for_no_reason_at_all_is_refused(folder: Path) -> None:
    add("--all", "--for", "1h")
    assert silence("lift", listed()[0]["id"], "--reason", " ").exit_code == 2
    assert len(listed()) == 1


def test_it_works_beside_a_daemon_that_holds_the_store(folder: Path) -> None:
    STORE.parent.mkdir()
    daemon, lock = open_store(STORE), StoreLock(STORE)
    lock.take()
    assert add("--all", "--for", "1h").exit_code == 0
    assert silence("lift", listed()[0]["id"]).exit_code == 0
    lock.release()
    daemon.close()


@pytest.mark.parametrize("arguments", [["add", "--all", "--for", "1h", "--reason", "x"], ["list"], ["lift", "3fa90c"]])
def test_a_configuration_or_store_that_is_wrong_is_a_refusal(folder: Path, arguments: list[str]) -> None:
    STORE.mkdir(parents=True)
    refused = silence(*arguments)
    assert (refused.exit_code, "this is no file" in refused.stderr) == (2, True)
    (folder / "otpushd.yaml").write_text("colour: red\n")
    refused = silence(*arguments)
    assert (refused.exit_code, "otpushd.yaml:1:1" in refused.stderr) == (2, True)
