"""`otpushd sandbox` as a process: what it prints, how it ends, and what it does not start with."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "otpushd", "sandbox"]
Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Start]:
    """A function that starts the command in an empty folder and gives the process and its first line."""
    with ExitStack() as stack:

        def start(*options: str) -> tuple[subprocess.Popen[str], str]:
            started = subprocess.Popen(
                [*COMMAND, "--port", "0", *options], cwd=tmp_path, env=environment(), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            stack.callback(started.communicate)
            stack.callback(started.kill)
            assert started.stdout is not None
            return started, started.stdout.readline()

        yield start


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": ""}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *options], cwd=folder, env=environment(), capture_output=True, text=True, timeout=20
    )


def url_in(line: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found.group()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_and_ends_in_order(process: Start, tmp_path: Path, number: signal.Signals) -> None:
    """One line, flushed; a request; a signal while a page is open; exit 0 and nothing more said."""
    sandbox, line = process()
    with httpx.Client(base_url=url_in(line), auth=("sandbox", "sandbox")) as client:
        answer = client.post("/mra/v1/utils/parser", json={"domain": "MR", "filename": "a.json", "data": "e30="})
        assert answer.json() == {}
        with client.stream("GET", "/_sandbox/stream"):
            sandbox.send_signal(number)
            assert sandbox.wait(10) == 0
    assert sandbox.communicate() == ("", "")
    log = (tmp_path / "otpushd-sandbox.jsonl").read_text()
    assert json.loads(log)["filename"] == "a.json"


def test_options_reach_the_gateway_and_secrets_reach_no_output(process: Start, tmp_path: Path) -> None:
    """Accounts, domains, faults, the job id, the schema, the log file."""
    (tmp_path / "schema.json").write_text('{"required": ["to"]}')
    sandbox, line = process("--account", "u:pw-secret", "--client", "c:cs-secret", "--domain", "XX", "--fault", "503:1",
                            "--job-id", "--document-schema", "schema.json", "--log", "log.jsonl")  # fmt: skip
    body = {"domain": "XX", "filename": "a.json", "data": "eyJ0byI6ImEifQ=="}
    with httpx.Client(base_url=url_in(line), auth=("u", "pw-secret")) as client:
        answers = [client.post("/mra/v1/utils/parser", json=body | more) for more in ({}, {}, {"data": "e30="})]
    assert [answer.status_code for answer in answers] == [503, 200, 400]
    assert answers[1].json() == {"job_id": "usme-1"}
    sandbox.terminate()
    assert "secret" not in line + "".join(sandbox.communicate()) + (tmp_path / "log.jsonl").read_text()


def test_a_port_in_use_is_a_clear_line(tmp_path: Path) -> None:
    """And exit 2: it cannot run."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(tmp_path, "--port", str(taken.getsockname()[1]))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"otpushd sandbox: port \d+ on 127\.0\.0\.1 is in use; .*--port.*\n", ended.stderr)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--fault", "explode"], "--fault: 'explode' is no fault", id="fault"),
        pytest.param(["--account", "keep-me-out"], "--account USER:PASSWORD", id="account"),
        pytest.param(["--client", ":keep-me-out"], "--client ID:SECRET", id="client"),
        pytest.param(["--document-schema", "missing.json"], "missing.json: No such file", id="schema missing"),
        pytest.param(["--document-schema", "broken.json"], "broken.json: ", id="schema broken"),
        pytest.param(["--document-schema", "wrong.json"], "not a usable JSON Schema", id="schema wrong"),
        pytest.param(["--log", "no/folder/log.jsonl"], "no/folder/log.jsonl: No such file", id="log"),
        pytest.param(["--host", "192.0.2.1"], "192.0.2.1", id="host not here"),
    ],
)
def test_what_it_cannot_start_with_is_one_clear_line(tmp_path: Path, options: list[str], says: str) -> None:
    """Exit 2, no stack trace, no secret."""
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "wrong.json").write_text('{"type": 7}')
    ended = run(tmp_path, "--port", "0", *options)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert says in ended.stderr
    assert "keep-me-out" not in ended.stderr


def test_the_contract_is_printed_without_starting_anything(tmp_path: Path) -> None:
    """Not even a log file."""
    ended = run(tmp_path, "--openapi")
    assert (ended.returncode, ended.stderr, ended.stdout[:15]) == (0, "", "openapi: 3.1.0\n")
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_can_no_longer_be_written_is_said_once_and_stops_nothing(process: Start) -> None:
    """A full disk must not look like a refusing gateway."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    sandbox, line = process("--log", "/dev/full")
    body = {"domain": "MR", "filename": "a.json", "data": "e30="}
    with httpx.Client(base_url=url_in(line), auth=("sandbox", "sandbox")) as client:
        assert [client.post("/mra/v1/utils/parser", json=body).status_code for _ in range(2)] == [200, 200]
    sandbox.terminate()
    assert sandbox.communicate()[1] == "otpushd sandbox: the log file is given up: No space left on device\n"
    assert sandbox.returncode == 0
