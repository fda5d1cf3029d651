"""`otpushd check-rules`: what it says, how it ends, and that it touches nothing."""

import json
import os
import pty
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from otpushd.cli.check_rules import command
from otpushd.cli.rehearsing import LONG_REPLAY
from otpushd.demo.prodigy_database import ProdigyDatabase

CONFIG = """version: 1
sources: [{{name: main, url: "sqlite:///prodigy.db"}}]
store: {{url: "sqlite:///store/otpushd.db"}}
channels:
  push:
    kind: opentext-push
    base_url: http://127.0.0.1:{port}
    auth: {{basic: {{user: u, password: {{file: secret}}}}}}
rules: [rules.yaml]
people: people.yaml
"""
PEOPLE = "people:\n  ann: {push: a, sessions: [ann]}\n  lea: {push: l}\n"
RULES = """rules:
  - name: rejected
    on: answer.saved
    match: {answer: reject}
    to: lea
    title: "{{ annotator }} rejected {{ example }}"
fixtures: {people: {lea: {push: l}}}
tests:
  - name: a rejection is told
    given: [{at: 2026-03-02T09:00Z, on: answer.saved, dataset: d, answer: reject, annotator: ann, example: 7}]
    expect: [{to: lea, title: ann rejected 7}]
"""


class Team:
    """A folder with everything a configuration names, as the working folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        for name, text in {
            "otpushd.yaml": CONFIG.format(port=port),
            "people.yaml": PEOPLE,
            "rules.yaml": RULES,
        }.items():
            (folder / name).write_text(text)
        (folder / "secret").write_text("s3cret\n")

    def change(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def answers(self, *answers: str, journal: str = "delete") -> None:
        """Ann's answers in prodigy.db, long ago."""
        database = ProdigyDatabase(self.folder / "prodigy.db")
        database.execute(f"PRAGMA journal_mode = {journal}")
        tasks = [{"text": str(n), "answer": one, "_timestamp": 1_600_000_000.0 + n} for n, one in enumerate(answers)]
        database.dataset("news", created=1_600_000_000)
        database.dataset("news-ann", session=True, created=1_600_000_000)
        database.save("news", tasks, session="news-ann")
        database.close()

    def state(self) -> dict[str, tuple[int, ...]]:
        """Everything below the folder that a write would change."""
        found = {}
        for path in [self.folder, *self.folder.rglob("*")]:
            status = path.stat()
            found[str(path)] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return found


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OTPUSHD_CONFIG", raising=False)
    return Team(tmp_path, port=18080)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def otpushd(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The real command, in its own process."""
    full = [sys.executable, "-m", "otpushd", *arguments]
    return subprocess.run(full, text=True, timeout=60, check=False, **{"capture_output": True} | options)  # type: ignore[call-overload, no-any-return]


def test_good_files_end_with_0_and_a_rehearsal(team: Team) -> None:
    """With ./otpushd.yaml, when nothing else is said."""
    team.answers("accept", "reject", "reject")
    result = check("--history", "all")

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "1 rule in 1 file; 1 of 1 test passed",
        "history of main, all of it: 3 answer.saved, 1 dataset.created, 1 session.started",
        "  2 messages would have gone out to 1 person:",
        "  rule      to   messages  from        until       busiest hour",
        "  rejected  lea         2  2020-09-13  2020-09-13  2 on Sun 2020-09-13 at 12",
        "      ann rejected 2",
        "      ann rejected 3",
        "  no message to 1 person: ann",
    ]


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ("30d", "history of main, the last 30d: none\n  the newest row is from 2020-09-13; say --history all"),
        ("1", "history of main, the last answer: 1 answer.saved\n  1 message would"),
        ("2", "history of main, the last 2 answers: 2 answer.saved\n  1 message would"),
        ("99999d", "history of main"),
    ],
)
def test_history_is_a_duration_or_a_number_of_answers(team: Team, history: str, said: str) -> None:
    """What is too old says what to do."""
    team.answers("reject", "accept", "reject")
    result = check("--history", history)

    assert (result.exit_code, said in result.output) == ((0, True) if history != "99999d" else (2, False))


def test_no_history_leaves_the_source_alone(team: Team) -> None:
    """For a check of the files alone."""
    assert check("--history", "0").output == "1 rule in 1 file; 1 of 1 test passed\n"


def test_a_source_that_cannot_be_read_is_named_and_is_no_problem(team: Team) -> None:
    """The files can be right without it."""
    result = check("--strict")

    assert result.exit_code == 0
    path = team.folder / "prodigy.db"
    assert (
        result.output.splitlines()[1] == f"history of main: not rehearsed, for it cannot be read: {path} does not exist"
    )


def test_every_problem_of_every_file_comes_at_once(team: Team) -> None:
    """Configuration, people, rules; one line each, then a summary."""
    team.change("otpushd.yaml", "version: 1", "version: 1\nretension: 9d")
    team.change("people.yaml", "push: l", "push: 7")
    team.change("rules.yaml", "to: lea\n", "to: leo\n")
    result = check()

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "otpushd.yaml:2:1: unknown key `retension`; did you mean 'retention'?",
        "people.yaml:3:15: an address is a text; write it in quotes",
        "rules.yaml:5:9: no person 'leo' in people.yaml; did you mean 'lea'?",
        "3 errors; 0 rules in 1 file; 0 of 0 tests passed; 1 not run, in files with errors",
        "history: not rehearsed before that is mended",
    ]


def test_a_failing_test_of_a_rule_is_a_problem(team: Team) -> None:
    """The rehearsal comes all the same."""
    team.change("rules.yaml", "title: ann rejected 7", "title: hello")
    team.answers("reject")
    result = check("--history", "all")

    assert result.exit_code == 1
    assert "2 errors; 1 rule in 1 file; 0 of 1 test passed\n" in result.output
    assert "1 message would have gone out" in result.output


@pytest.mark.parametrize(("options", "status"), [((), 0), (("--strict",), 1)], ids=["usually", "strict"])
def test_warnings_count_only_if_asked(team: Team, options: tuple[str, ...], status: int) -> None:
    """A secret that a dry run may not read is one."""
    (team.folder / "secret").unlink()
    result = check(*options)

    assert result.exit_code == status
    assert "8:5: warning: " in result.output
    assert "1 warning; 1 rule" in result.output


@pytest.mark.parametrize(
    "arguments",
    [("--config", "gone.yaml"), ("gone.yaml",), ("--history", "much"), ("--no-such",), ()],
    ids=["no such configuration", "no such path", "no amount of history", "no such option", "no configuration"],
)
def test_what_cannot_run_ends_with_2(team: Team, arguments: tuple[str, ...]) -> None:
    """Wrong usage, in one sentence."""
    (team.folder / "otpushd.yaml").unlink()
    result = check(*arguments)

    assert result.exit_code == 2
    assert "Error: " in result.output


def test_the_variable_names_the_configuration(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where --config does not."""
    (team.folder / "otpushd.yaml").rename(team.folder / "other.yaml")
    monkeypatch.setenv("OTPUSHD_CONFIG", "other.yaml")

    assert check("--history", "0").exit_code == 0
    assert check("--config", "gone.yaml").exit_code == 2


def test_paths_replace_the_configurations_rules(team: Team) -> None:
    """Its people, channels and history stay."""
    (team.folder / "draft.yaml").write_text("rules: [{name: all, on: answer.saved, to: [lea, leo], title: x}]\n")
    result = check("draft.yaml")

    assert result.output.splitlines()[0] == "draft.yaml:1:49: no person 'leo' in people.yaml; did you mean 'lea'?"
    assert "0 rules in 1 file" in result.output


def test_rules_can_be_checked_without_a_configuration(team: Team) -> None:
    """By their own fixtures."""
    (team.folder / "otpushd.yaml").unlink()
    result = check("rules.yaml")

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "1 rule in 1 file; 1 of 1 test passed",
        "history: not rehearsed without --config FILE",
    ]


def test_run_refuses_with_the_same_lines(team: Team) -> None:
    """And ends with 2: all of them at once, failing tests too."""
    team.change("otpushd.yaml", "version: 1", "version: 1\nretension: 9d")
    team.change("rules.yaml", "title: ann rejected 7", "title: hello")
    checked, ran = otpushd("check-rules"), otpushd("run")

    assert (checked.returncode, ran.returncode, ran.stdout) == (1, 2, "")
    assert ran.stderr.splitlines() == checked.stdout.splitlines()[:3]
    assert len(ran.stderr.splitlines()) == 3


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_nothing_is_written_and_nothing_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: str) -> None:
    """Not in the folder of the configuration, not beside the source, not to the gateway."""
    monkeypatch.delenv("OTPUSHD_CONFIG", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        team = Team(tmp_path, gateway.getsockname()[1])
        team.answers("reject", "accept", journal=journal)
        before = team.state()
        result = otpushd("check-rules", "--history", "all", cwd=tmp_path)
        gateway.setblocking(False)
        with pytest.raises(BlockingIOError):
            gateway.accept()

    assert "1 message would have gone out" in result.stdout
    assert team.state() == before


def test_a_terminal_of_few_characters_stops_nothing(team: Team) -> None:
    """What it cannot show is a question mark there."""
    team.change("rules.yaml", "rejected {{ example", "→ {{ example")
    team.change("rules.yaml", "ann rejected 7", "ann → 7")
    team.answers("reject")
    result = otpushd("check-rules", "--history", "all", env={**os.environ, "PYTHONIOENCODING": "iso-8859-1"})

    assert (result.returncode, result.stderr) == (0, "")
    assert "ann ? 1" in result.stdout


def test_a_reader_that_goes_away_stops_it_quietly(team: Team) -> None:
    """As in `otpushd check-rules | head -1`."""
    read, write = os.pipe()
    os.close(read)
    result = otpushd("check-rules", capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)

    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_a_long_replay_shows_on_a_terminal_how_far_it_is(team: Team) -> None:
    """And takes that away when it is done."""
    team.answers(*["accept"] * (LONG_REPLAY // 2 + 1))
    terminal, end = pty.openpty()
    result = otpushd("check-rules", "--history", "all", capture_output=False, stdout=subprocess.PIPE, stderr=end)
    os.close(end)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)

    assert re.match("\r  reading the history of main: [0-9]+ %", shown)
    assert shown.endswith("\r\x1b[K")
    assert "reading" not in result.stdout


def test_a_plan_that_names_no_dataset_is_a_warning_once_the_source_was_read(team: Team) -> None:
    """It counts with `--strict`; where the source cannot be read nothing is said."""
    team.change("otpushd.yaml", "people: people.yaml", "people: people.yaml\nplan: plan.yaml")
    (team.folder / "plan.yaml").write_text("datasets: {new: {owners: lea}, news: {owners: lea}}\n")
    said = "plan.yaml:1:12: warning: no dataset is called `new` so far; did you mean 'news'?"
    unread = check("--history", "all")
    team.answers("accept")
    read, strict = check("--history", "all"), check("--history", "all", "--strict")

    assert said not in unread.output
    assert said in read.output
    assert (unread.exit_code, read.exit_code, strict.exit_code) == (0, 0, 1)


def test_against_other_rules_the_difference_is_said(team: Team) -> None:
    """On one history, read once."""
    team.answers("accept", "reject", "ignore")
    old = RULES.split("fixtures:")[0].replace("answer: reject", "answer: [reject, ignore]")
    (team.folder / "old.yaml").write_text(old)
    result = check("--history", "all", "--against", "old.yaml")

    assert result.exit_code == 0
    assert result.output.splitlines()[-4:-1] == [
        "compared with old.yaml on the same history: messages 1 only before",
        "  rule      to   before  now  only before  only now  moved  altered",
        "  rejected  lea       2    1            1         0      0        0",
    ]


def test_other_rules_with_errors_are_not_compared_with(team: Team) -> None:
    """Their errors are problems, their warnings and tests are not."""
    team.answers("reject")
    (team.folder / "old.yaml").write_text("rules: [{name: all, on: answer.saved, to: leo, title: x}]\n")
    result = check("--history", "all", "--against", "old.yaml")

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "old.yaml:1:43: no person 'leo' in people.yaml; did you mean 'lea'?",
        "1 error; 1 rule in 1 file; 1 of 1 test passed",
        "history: not rehearsed before that is mended",
    ]


@pytest.mark.parametrize("arguments", [("--history", "0"), ("rules.yaml",)], ids=["no history", "no configuration"])
def test_without_a_history_there_is_nothing_to_compare_on(team: Team, arguments: tuple[str, ...]) -> None:
    """Said before anything is read."""
    if "rules.yaml" in arguments:
        (team.folder / "otpushd.yaml").unlink()
    result = check(*arguments, "--against", "rules.yaml")

    assert (result.exit_code, "--against compares on a history" in result.output) == (2, True)


def test_json_is_all_that_is_printed(team: Team) -> None:
    """With the same exit status."""
    team.answers("accept", "reject")
    team.change("rules.yaml", "title: ann rejected 7", "title: hello")
    result = otpushd("check-rules", "--history", "all", "--json")
    found = json.loads(result.stdout)

    assert (result.returncode, found["good"], result.stderr) == (1, False, "")
    assert [(one["line"], one["severity"]) for one in found["problems"]] == [(11, "error"), (11, "error")]
    assert found["sources"][0]["messages"][0]["count"] == 1


def test_json_says_too_what_was_not_rehearsed(team: Team) -> None:
    """Neither a missing source nor wrong files make it anything else than a document."""
    away = json.loads(check("--json").stdout)
    team.change("rules.yaml", "to: lea\n", "to: leo\n")
    wrong = json.loads(check("--json").stdout)

    assert away["sources"][0]["not_rehearsed"].endswith("prodigy.db does not exist")
    assert (wrong["not_rehearsed"], wrong["sources"]) == ("not rehearsed before that is mended", [])


def test_who_would_get_more_than_push_services_let_through_is_a_warning_at_the_channel(team: Team) -> None:
    """It counts with `--strict`."""
    team.answers(*["reject"] * 21)
    usual, strict = check("--history", "all"), check("--history", "all", "--strict")

    assert "otpushd.yaml:5:3: warning: push services let through to a phone 20 collapsible" in usual.output
    assert "too many come: 1 for lea (first 2020-09-13" in usual.output
    assert (usual.exit_code, strict.exit_code) == (0, 1)


def test_the_page_is_written_over_a_file_and_nothing_is_said_of_it(team: Team) -> None:
    """All else is printed as ever."""
    team.answers("reject")
    (team.folder / "page.html").write_text("x" * 100_000)
    result = check("--history", "all", "--report", "page.html")
    text = (team.folder / "page.html").read_text()

    assert (result.exit_code, result.output) == (0, check("--history", "all").output)
    assert text.startswith("<!DOCTYPE html>")
    assert text.rstrip().endswith("</html>")
    assert "ann rejected 1" in text


@pytest.mark.parametrize(
    ("path", "why"),
    [(".", "is no regular file"), ("pipe", "is no regular file"), ("gone/page.html", "is no folder")],
)
def test_a_page_that_cannot_be_written_ends_with_2(team: Team, path: str, why: str) -> None:
    """Before a long replay, not after it."""
    os.mkfifo(team.folder / "pipe")
    result = check("--report", path)

    assert (result.exit_code, why in result.output) == (2, True)
    assert "rule in 1 file" not in result.output
