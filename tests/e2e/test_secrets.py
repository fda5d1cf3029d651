"""Credentials and annotators' content stay inside, whatever goes wrong: in no log line, no store, no process table."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from wire import Wire, answer
from world import PASSWORD, Team, free_port

BOTH = base64.b64encode(f"acme-push:{PASSWORD}".encode()).decode()
SECRETS = [PASSWORD, BOTH, base64.b64encode(PASSWORD.encode()).decode()]
CONTENT = ["very private words", "patient-4711", "ann@example.org", "lea@example.org"]
ECHO = f"Authorization: Basic {BOTH} {PASSWORD} very private words lea@example.org"


def everything(team: Team) -> bytes:
    """All that the daemon left behind in files of its own."""
    files = [team.folder / "log.txt", *(team.folder / "store").glob("*")]
    return b"\n".join(path.read_bytes() for path in files if path.is_file())


def leaks(haystack: bytes, needles: list[str]) -> list[str]:
    return [needle for needle in needles if needle.encode() in haystack]


ECHOES = [
    answer(f"400 {ECHO}", ECHO.encode()),
    answer("302 Found", b"", f"Location: https://acme-push:{PASSWORD}@x/{BOTH}"),
    answer("503 Busy", b"", f"Retry-After: {ECHO}"),
    answer("200 OK", b"{}", f"Set-Cookie: a={PASSWORD}"),
    f"garbage {ECHO}\r\n\r\n".encode(),
    f"HTTP/1.1 200 OK\r\n{ECHO}\r\nContent-Length: x\r\n\r\n".encode(),
    None,
    answer("401 Unauthorized", ECHO.encode(), f"WWW-Authenticate: {ECHO}"),
]


def test_a_gateway_that_echoes_the_request_gets_nothing_written_down(team: Team, wire: Callable[..., Wire]) -> None:
    far = wire(*ECHOES)
    team.edit("otpushd.yaml", team.gateway.url, far.url)
    team.edit("otpushd.yaml", "kind: opentext-push", "kind: opentext-push\n    concurrency: 1")
    for number in range(len(ECHOES)):
        team.answer(f"very private words {number}", meta={"id": "patient-4711"})
    assert team.once("--from-beginning") == 0
    assert len(far.requests) == len(ECHOES)
    assert leaks(everything(team), SECRETS + CONTENT) == []


def test_a_gateway_that_is_not_there_gets_nothing_written_down(team: Team) -> None:
    team.edit("otpushd.yaml", team.gateway.url, f"http://127.0.0.1:{free_port()}")
    team.answer("very private words")
    assert team.once("--from-beginning") == 0
    assert leaks(everything(team), SECRETS + CONTENT) == []


def test_rows_and_rules_that_fail_put_no_content_into_log_or_store(team: Team) -> None:
    team.edit("rules.yaml", '"Example {{ example }}, score {{ score }}"', '"{{ labels[0] + score }}"')
    team.answer("very private words", meta={"id": "patient-4711"}, label="A")
    (example,) = team.prodigy.save("news", [{"text": "very private words"}], session="news-ann")
    team.prodigy.execute("UPDATE example SET content = ? WHERE id = ?", (b'{"text": "very private words", ', example))
    assert team.once("--from-beginning") == 0
    assert len(team.stored("SELECT * FROM fault")) >= 2
    assert leaks(everything(team), SECRETS + CONTENT) == []


def test_the_process_table_shows_nothing(team: Team) -> None:
    process = team.start()
    seen = b"".join(Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm"))
    seen += subprocess.run(["ps", "-ww", "-o", "args", "-p", str(process.pid)], capture_output=True, check=False).stdout
    assert seen
    assert leaks(seen, SECRETS) == []


@pytest.mark.parametrize(
    ("given", "environ"),
    [
        pytest.param("{env: OT_PASSWORD}", {"OT_PASSWORD": PASSWORD}, id="environment"),
        pytest.param(PASSWORD, {}, id="plain"),
    ],
)
def test_a_secret_from_anywhere_else_stays_inside_too(team: Team, given: str, environ: dict[str, str]) -> None:
    team.edit("otpushd.yaml", "{file: secret}", given)
    team.answer()
    assert team.once("--from-beginning", **environ) == 0
    assert len(team.gateway.taken()) == 1
    assert leaks(everything(team), SECRETS) == []


def test_a_configuration_that_is_wrong_shows_no_secret(team: Team) -> None:
    team.edit("otpushd.yaml", "password: {file: secret}", f"password: [{PASSWORD}, {BOTH}]")
    assert team.run().wait(10) == 2
    assert "otpushd.yaml:11:47: not a secret" in team.logged()
    assert leaks(everything(team), SECRETS) == []
