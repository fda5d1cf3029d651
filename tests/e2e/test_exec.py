"""`otpushd exec` with the real command: it is as if it were not there, but for the message."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from world import Team, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase

IMPORT = """
import json, sys
from pathlib import Path
from otpushd.demo.prodigy_database import ProdigyDatabase

lines = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
prodigy = ProdigyDatabase(Path("prodigy.db"))
prodigy.import_rows("news", lines[: int(sys.argv[2])])
"""
LINES = "".join(json.dumps({"text": str(number)}) + "\n" for number in range(5))


@pytest.fixture
def failing(team: Team) -> Team:
    """A team that is told of imports that fail, with an import to run."""
    team.rule("import.failed", "{{ dataset }}: {{ command }}: {{ status }}: {{ detail }}")
    team.write("import.py", IMPORT)
    team.write("in.jsonl", LINES)
    return team


def started(team: Team, *arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "otpushd", "exec", "--config", str(team.folder / "otpushd.yaml")]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen([*command, "--dataset", "news", *arguments], cwd=team.folder, **{**pipes, **more})
    team.started.append(process)  # type: ignore[arg-type]
    return process


def done(team: Team, *arguments: str, given: bytes = b"") -> tuple[int, bytes, bytes]:
    process = started(team, *arguments)
    out, err = process.communicate(given, timeout=30)
    return process.returncode, out, err


def letters(team: Team) -> list[dict[str, Any]]:
    if not team.store.exists():
        return []
    return [json.loads(data)[0] for (data,) in team.stored("SELECT data FROM inbox ORDER BY at")]


def test_output_input_and_status_pass_through_byte_for_byte(failing: Team) -> None:
    script = r"printf 'out\377\n'; cat; printf 'err\000' >&2; exit 42"
    assert done(failing, "--", "sh", "-c", script, given=b"in\xfe") == (42, b"out\xff\nin\xfe", b"err\x00")
    assert letters(failing) == [{"command": "sh -c …", "status": 42, "detail": "exit status 42"}]


def test_an_import_that_goes_well_says_nothing(failing: Team) -> None:
    command = ("--expect", "in.jsonl", "--", sys.executable, "import.py", "in.jsonl", "5")
    assert done(failing, *command) == (0, b"", b"")
    assert letters(failing) == []


def test_too_few_rows_are_told_though_the_command_says_all_is_well(failing: Team) -> None:
    assert failing.once() == 0
    failing.start()
    done(failing, "--expect", "in.jsonl", "--", sys.executable, "import.py", "in.jsonl", "3")
    program = Path(sys.executable).name
    failing.await_titles(f"news: {program} import.py in.jsonl …: 0: rows expected: 5, arrived: 3")


def test_rows_that_were_there_before_do_not_count(failing: Team) -> None:
    failing.prodigy.import_rows("news", [{"text": f"old {number}"} for number in range(9)])
    done(failing, "--expect", "in.jsonl", "--", sys.executable, "import.py", "in.jsonl", "4")
    assert [one["detail"] for one in letters(failing)] == ["rows expected: 5, arrived: 4"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_is_forwarded_and_the_command_ends_as_it_likes(failing: Team, number: int) -> None:
    script = "trap 'echo caught; exit 9' TERM INT; echo ready; while :; do sleep 0.05; done"
    process = started(failing, "--", "sh", "-c", script, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (9, b"caught\n")
    assert [one["detail"] for one in letters(failing)] == ["exit status 9"]


def test_a_command_that_a_signal_ends_ends_us_the_same_way(failing: Team) -> None:
    status, _, err = done(failing, "--", "sh", "-c", "kill -TERM $$")
    assert (status, err) == (-signal.SIGTERM, b"")
    assert letters(failing) == [{"command": "sh -c …", "status": 143, "detail": "killed by signal SIGTERM"}]


def test_a_command_that_is_not_there(failing: Team) -> None:
    status, _, err = done(failing, "--", "./nothing", "--dataset", "x")
    assert status == 127 and b"not started: No such file" in err
    assert [one["status"] for one in letters(failing)] == [127]


def test_options_behind_the_command_are_its_own(failing: Team) -> None:
    assert done(failing, "--", "echo", "--config", "x", "-h") == (0, b"--config x -h\n", b"")
    assert done(failing, "echo", "--dataset", "x") == (0, b"--dataset x\n", b"")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(("--source", "other"), b"no source 'other'", id="unknown source"),
        pytest.param(("--expect", "nothing.jsonl"), b"nothing.jsonl", id="no such file"),
        pytest.param((), b"version", id="configuration"),
    ],
)
def test_what_cannot_be_begun_is_refused_before_anything_ran(
    failing: Team, arguments: tuple[str, ...], why: bytes
) -> None:
    if not arguments:
        failing.edit("otpushd.yaml", "version: 1", "version: 7")
    status, out, err = done(failing, *arguments, "--", "echo", "ran")
    assert (status, out) == (2, b"")
    assert why in err


def test_a_store_that_cannot_take_it_is_told_with_the_way_to_hand_it_in_later(failing: Team) -> None:
    failing.write("store", "a file where the folder should be")
    status, _, err = done(failing, "--", "sh", "-c", "exit 3")
    assert status == 3
    assert b"could not be stored" in err and b"otpushd emit import.failed --dataset news --data" in err


def test_a_database_that_cannot_be_read_does_not_stop_the_import(failing: Team) -> None:
    failing.prodigy.close()
    path = failing.folder / "prodigy.db"
    path.write_bytes(b"no database" * 100)
    status, out, err = done(failing, "--expect", "in.jsonl", "--", "echo", "ran")
    assert (status, out) == (0, b"ran\n")
    assert b"cannot be counted" in err
    assert letters(failing) == []
    path.unlink()
    failing.prodigy = ProdigyDatabase(path)


def test_it_works_beside_a_running_daemon_and_while_none_runs(failing: Team) -> None:
    done(failing, "--", "false")
    failing.start()
    done(failing, "--", "false")
    wait_for(lambda: len(failing.gateway.titles()) == 2, failing.logged())
    assert letters(failing) == []
    assert failing.store.stat().st_mode & 0o077 == 0
