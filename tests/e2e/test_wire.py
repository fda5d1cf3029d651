"""What goes over the wire, byte for byte, and that nothing else does."""

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from wire import HANG, OK, Wire, answer
from world import PASSWORD, Team, wait_for

AUTHORIZATION = "Basic " + base64.b64encode(f"acme-push:{PASSWORD}".encode()).decode()


@pytest.fixture
def far(team: Team, wire: Callable[..., Wire]) -> Wire:
    """A server in place of the sandbox, for the team; it takes everything."""
    far = wire(OK)
    team.edit("otpushd.yaml", team.gateway.url, far.url)
    return far


def parts(request: bytes) -> tuple[str, dict[str, str], dict[str, str]]:
    """A request's first line, its headers, and the members of its body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    return first, dict(line.lower().split(": ", 1) for line in lines), json.loads(body)


def test_a_push_is_exactly_the_envelope_of_the_contract(team: Team, far: Wire) -> None:
    team.answer("history")
    team.start()
    team.answer(answer="reject", score=0.25)
    wait_for(lambda: far.requests, "a request")
    first, headers, body = parts(far.requests[0])
    assert first == "POST /mra/v1/utils/parser HTTP/1.1"
    assert headers["authorization"] == AUTHORIZATION.lower()
    assert headers["content-type"] == "application/json"
    assert sorted(body) == ["data", "domain", "filename"]
    assert body["domain"] == "MR"
    assert re.fullmatch(r"otpushd-[0-9a-f]{40}\.json", body["filename"])
    assert headers["x-mra-submitid"] + ".json" == body["filename"]
    document = json.loads(base64.b64decode(body["data"], validate=True))
    assert base64.b64decode(body["data"]) == json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    assert document["notification"]["title"] == "ann said reject on news"
    assert AUTHORIZATION.encode() in far.requests[0]


def test_many_pushes_share_one_connection(team: Team, far: Wire) -> None:
    team.edit("otpushd.yaml", "kind: opentext-push", "kind: opentext-push\n    concurrency: 1")
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(40)], session="news-ann")
    assert team.once("--from-beginning") == 0
    assert (len(far.requests), far.connections) == (40, 1)


def test_a_long_body_is_cut_to_the_budget_of_a_push_and_marked(team: Team, far: Wire) -> None:
    team.edit("rules.yaml", '"Example {{ example }}, score {{ score }}"', "\"{{ labels | join(' ') }}\"")
    team.prodigy.save("news", [{"text": "t", "answer": "accept", "label": "höher" * 3000}], session="news-ann")
    assert team.once("--from-beginning") == 0
    document = base64.b64decode(parts(far.requests[0])[2]["data"])
    body = json.loads(document)["notification"]["body"]
    assert 3400 < len(document) <= 3500
    assert body.startswith("höher")
    assert body.endswith("…")


def test_what_expired_is_never_sent(team: Team, far: Wire) -> None:
    team.edit("rules.yaml", "on: answer.saved", "on: answer.saved\n    expires: 1s")
    far.answers = [answer("503 Service Unavailable", b"{}", "Retry-After: 2")]
    team.answer("history")
    team.start()
    team.answer()
    wait_for(lambda: team.stored("SELECT state FROM notification") == [("expired",)], "it expires")
    assert len(far.requests) == 1


def test_retry_after_is_honoured_for_the_whole_channel(team: Team, far: Wire) -> None:
    far.answers = [answer("429 Too Many Requests", b"{}", "Retry-After: 2"), OK]
    team.answer("history")
    team.start()
    team.answer("first")
    wait_for(lambda: team.events("channel_held"), "the channel is held")
    begun = time.monotonic()
    team.answer("second")
    wait_for(lambda: len(far.requests) == 3, "both, after the wait")
    assert 1.5 < time.monotonic() - begun < 6
    first, _, _ = (parts(request)[2]["filename"] for request in far.requests)
    assert sorted(parts(request)[2]["filename"] for request in far.requests).count(first) == 2


def test_one_repeat_with_the_same_bytes_after_an_answer_that_never_came_then_unknown(team: Team, far: Wire) -> None:
    far.answers = [HANG]
    team.edit("otpushd.yaml", "kind: opentext-push", "kind: opentext-push\n    timeouts: {read: 200ms}")
    team.answer("history")
    team.start()
    team.answer()
    wait_for(lambda: team.stored("SELECT state, attempts FROM notification") == [("unknown", 2)], "the end")
    assert len(far.requests) == 2
    assert far.requests[0] == far.requests[1]


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a self-signed certificate for a name, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")

    def make(name: str) -> Path:
        path = tmp_path / "certificate.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"),
                *("-addext", f"subjectAltName=DNS:{name}", "-keyout", path, "-out", tmp_path / "public.pem"),
            ],
            check=True,
            capture_output=True,
        )
        with path.open("a") as both:
            both.write((tmp_path / "public.pem").read_text())
        return path

    return make


@pytest.mark.parametrize(
    ("name", "trusted", "reason"),
    [
        pytest.param("localhost", False, "self-signed", id="self-signed"),
        pytest.param("gateway.example.org", True, "another host's name", id="another host's name"),
        pytest.param("localhost", True, "accepted", id="trusted"),
    ],
)
def test_tls_is_verified(
    team: Team, wire: Callable[..., Wire], certificate: Callable[[str], Path], name: str, trusted: bool, reason: str
) -> None:
    far = wire(OK, tls=certificate(name))
    team.edit("otpushd.yaml", team.gateway.url, far.url)
    team.answer()
    environ = {"SSL_CERT_FILE": str(team.folder / "public.pem")} if trusted else {}
    assert team.once("--from-beginning", **environ) == 0
    assert bool(far.requests) == (reason == "accepted")
    assert reason in team.stored("SELECT coalesce(detail, '') || state FROM notification")[0][0]


def test_the_unverified_example_is_refused_for_opentexts_own_hosts(team: Team) -> None:
    team.edit("otpushd.yaml", team.gateway.url, "https://t2api.us.cloudmessaging.opentext.com")
    assert team.run().wait(10) == 2
    assert "otpushd.yaml:8:3: document" in team.logged()
    assert "allow_unverified_document" in team.logged()
