"""The OpenText operations over a real socket: what is taken, refused and spoiled, and what is written down about it."""

import socket
from base64 import b64encode
from datetime import timedelta
from typing import Any

import httpx
import pytest

from otpushd.sandbox.checks import ParserRules
from otpushd.sandbox.document_schema import document_checker
from otpushd.sandbox.faults import parse_fault

JSON = {"Content-Type": "application/json"}


def test_a_push_is_taken_with_an_empty_object_and_written_down(sandbox: Any) -> None:
    """An empty object, so that a sender cannot come to depend on more."""
    answer = sandbox.push({"title": "Hello", "to": "ann"}, "x.json", headers={"X-MRA-SubmitId": "x"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert sandbox.lines() == sandbox.received()
    assert sandbox.lines() == [
        {
            "number": 1, "time": "2026-03-02T09:00:00.000Z", "method": "POST", "path": "/mra/v1/utils/parser",
            "status": 200, "outcome": "accepted", "filename": "x.json", "times": 1, "submit_id": "x", "domain": "MR",
            "document": {"title": "Hello", "to": "ann"}, "warnings": [], "problem": None, "fault": None, "job_id": None,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "status"),
    [
        pytest.param({"auth": None}, 401, id="no credentials"),
        pytest.param({"auth": ("acme-push", "wrong")}, 401, id="wrong password"),
        pytest.param({"auth": None, "headers": [("Authorization", "Bearer x")]}, 401, id="unknown token"),
        pytest.param({"auth": None, "headers": [("Authorization", "Bearer x")] * 2}, 401, id="two headers"),
        pytest.param({"params": {"a": "b"}}, 400, id="query"),
        pytest.param({"content": b"{}"}, 400, id="no media type"),
        pytest.param({"data": {"domain": "MR"}}, 400, id="form"),
        pytest.param({"content": b"hello", "headers": JSON}, 400, id="no JSON"),
        pytest.param({"json": {"domain": "MR", "filename": "a.json"}}, 400, id="no data"),
        pytest.param({"json": {"domain": "XX", "filename": "a.json", "data": "e30="}}, 400, id="domain"),
        pytest.param({"json": {"domain": "MR", "filename": "a.json", "data": "e30"}}, 400, id="base64"),
        pytest.param({"json": {"domain": "MR", "filename": "a", "data": "e30="}, "headers": {"Content-Encoding": "br"}},
                     400, id="compressed"),
        pytest.param({"json": {"domain": "MR", "filename": "a.json", "data": "ICAg" * 90_000}}, 413, id="over budget"),
        pytest.param({"content": b" " * 700_000, "headers": JSON}, 413, id="body beyond reading"),
    ],
)  # fmt: skip
def test_a_refused_push_is_answered_in_the_contracts_shape_and_written_down(
    sandbox: Any, how: dict[str, Any], status: int
) -> None:
    """MraError, and a record that says why."""
    answer = sandbox.push(**how)
    assert (answer.status_code, answer.json()["status_code"]) == (status, 1)
    assert answer.json()["errors"][0]["error_code"] == status
    assert ("www-authenticate" in answer.headers) == (status == 401)
    [record] = sandbox.lines()
    assert (record["status"], record["outcome"], bool(record["problem"])) == (status, "refused", True)


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/mra/v1/utils/parser", 405, "POST"),
        ("PUT", "/mra/v1/utils/parser", 405, "POST"),
        ("POST", "/mra/v1/utils/parser/", 404, None),
        ("POST", "/mra/v1/outbound/sms", 404, None),
        ("GET", "/tenants/t-1/oauth2/token", 405, "POST"),
        ("HEAD", "/tenants/t-1/.well-known/openid-configuration", 405, "GET"),
    ],
)
def test_what_the_contract_does_not_serve_is_refused_and_written_down(
    sandbox: Any, method: str, path: str, status: int, allow: str | None
) -> None:
    """A sender with a wrong base path finds itself in the log, without its query."""
    answer = sandbox.http.request(method, path, params={"password": "in-the-query"})
    assert (answer.status_code, answer.headers.get("allow")) == (status, allow)
    assert [(line["status"], line["path"]) for line in sandbox.lines()] == [(status, path)]
    assert "in-the-query" not in sandbox.log.read_text()


def test_the_operators_schema_is_applied(start: Any) -> None:
    """The decoded document of a refused push is still shown, which is what its author needs."""
    sandbox = start(parser=ParserRules(document_problem=document_checker({"required": ["to"]})))
    assert [sandbox.push({"to": "ann"}).status_code, sandbox.push({"title": "x"}).status_code] == [200, 400]
    assert sandbox.lines()[1]["document"] == {"title": "x"}


def test_the_url_safe_alphabet_is_a_warning_in_the_record(sandbox: Any) -> None:
    """Taken, but visible."""
    answer = sandbox.push(json={"domain": "MR", "filename": "a.json", "data": "eyJhIjoiPz8_In0="})
    assert answer.status_code == 200
    assert "URL-safe" in sandbox.lines()[0]["warnings"][0]


def test_the_same_file_name_is_taken_again_and_counted(sandbox: Any) -> None:
    """No published source promises that OpenText drops repeats."""
    assert [sandbox.push(filename="a.json").status_code for _ in range(2)] == [200, 200]
    assert [(line["outcome"], line["times"]) for line in sandbox.lines()] == [("accepted", 1), ("accepted", 2)]


def test_the_other_assumption_can_be_tested(start: Any) -> None:
    """With both switches the repeat is answered with the first job and not taken."""
    sandbox = start(dedupe_by_filename=True, job_id=True)
    answers = [sandbox.push(filename=name).json() for name in ("a.json", "a.json", "b.json")]
    assert answers == [{"job_id": "usme-1"}, {"job_id": "usme-1"}, {"job_id": "usme-2"}]
    assert [line["outcome"] for line in sandbox.lines()] == ["accepted", "repeat", "accepted"]


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [("503:2", 503, None), ("429:2:30", 429, "30"), ("500:2", 500, None), ("401:2", 401, None), ("301:2", 301, None)],
)
def test_a_status_is_injected_as_often_as_asked(start: Any, fault: str, status: int, retry_after: str | None) -> None:
    """Then the same request is taken."""
    sandbox = start(faults=(parse_fault(fault),))
    answers = [sandbox.push() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers.get("retry-after") == retry_after
    assert [line["outcome"] for line in sandbox.lines()] == ["fault", "fault", "accepted"]
    assert [line["times"] for line in sandbox.lines()] == [None, None, 1]


def test_a_dropped_answer_is_recorded_as_taken_before_the_connection_closes(start: Any) -> None:
    """The ambiguous end: the repeat shows that the first was taken."""
    sandbox = start(faults=(parse_fault("drop:1"),))
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.push()
    assert sandbox.push().status_code == 200
    seen = [(line["outcome"], line["status"], line["times"]) for line in sandbox.lines()]
    assert seen == [("accepted", None, 1), ("accepted", 200, 2)]


def test_a_hanging_request_takes_nothing_and_never_answers(start: Any) -> None:
    """Until the client gives up; others are served meanwhile."""
    sandbox = start(faults=(parse_fault("hang:1"),))
    with pytest.raises(httpx.ReadTimeout):
        sandbox.push(timeout=0.3)
    assert sandbox.push().json() == {}
    assert [(line["outcome"], line["status"]) for line in sandbox.lines()] == [("fault", None), ("accepted", 200)]


def test_a_slow_answer_is_recorded_at_once(start: Any) -> None:
    """A client that gives up sooner has been taken all the same."""
    sandbox = start(faults=(parse_fault("slow:1:30"), parse_fault("slow:1:0.05")))
    with pytest.raises(httpx.ReadTimeout):
        sandbox.push(timeout=0.3)
    assert sandbox.push().status_code == 200
    assert [(line["outcome"], line["times"]) for line in sandbox.lines()] == [("accepted", 1), ("accepted", 2)]


def test_a_web_page_in_between_is_no_acceptance(start: Any) -> None:
    """200, HTML, nothing taken."""
    sandbox = start(faults=(parse_fault("html:1"),))
    answer = sandbox.push()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert sandbox.lines()[0]["outcome"] == "fault"


def test_a_rate_is_kept_by_the_clock(start: Any) -> None:
    """One in ten seconds; the header says how long to wait, and waiting helps."""
    sandbox = start(faults=(parse_fault("rate:1:10"),))
    sandbox.push()
    refused = sandbox.push()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    sandbox.clock.move(seconds=10)
    assert sandbox.push().status_code == 200


@pytest.mark.parametrize(
    ("path", "how"),
    [
        pytest.param("/tenants/t-1/oauth2/token", {}, id="OCP form"),
        pytest.param("/tenants/t-1/oauth2/token", {"auth": None, "data": None, "json": True}, id="OCP JSON"),
        pytest.param("/otdsws/oauth2/token", {"auth": None, "data": True}, id="OTDS"),
        pytest.param("/otdsws/otdstenant/t-1/oauth2/token", {"auth": None, "data": True}, id="OTDS tenant"),
        pytest.param("/otdstenant/t-1/oauth2/token", {"auth": None, "data": True}, id="OT2"),
    ],
)
def test_a_token_from_any_endpoint_opens_push_until_it_expires(start: Any, path: str, how: dict[str, Any]) -> None:
    """Every published style, and the bearer on push that only siblings are known to take."""
    sandbox = start(token_lifetime=timedelta(seconds=60))
    pair = dict(zip(("client_id", "client_secret"), sandbox.client, strict=True)) | {"grant_type": "client_credentials"}
    answer = sandbox.token(path, **{name: pair if value is True else value for name, value in how.items()})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json()["expires_in"] == 60
    bearer = {"auth": None, "headers": {"Authorization": f"Bearer {answer.json()['access_token']}"}}
    assert sandbox.push(**bearer).status_code == 200
    sandbox.clock.move(seconds=60)
    assert sandbox.push(**bearer).status_code == 401


@pytest.mark.parametrize(
    ("how", "status", "error"),
    [
        pytest.param({"auth": ("acme-client", "wrong")}, 401, "invalid_client", id="wrong secret"),
        pytest.param({"data": {"grant_type": "implicit"}}, 400, "unsupported_grant_type", id="grant"),
        pytest.param({"data": None, "content": b"x", "headers": {"Content-Type": "text/plain"}}, 400, "invalid_request",
                     id="media type"),
        pytest.param({"auth": None, "data": None, "json": []}, 400, "invalid_request", id="JSON list"),
        pytest.param({"data": None, "content": b"&".join([b"a=b"] * 99),
                      "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400, "invalid_request",
                     id="too many parameters"),
    ],
)  # fmt: skip
def test_a_refused_token_request_is_an_oauth_error(sandbox: Any, how: dict[str, Any], status: int, error: str) -> None:
    """With the challenge that RFC 6749 section 5.2 demands of a 401, and a record."""
    answer = sandbox.token(**how)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert [(line["outcome"], line["status"]) for line in sandbox.lines()] == [("refused", status)]


def test_discovery_names_a_token_endpoint_that_works(sandbox: Any) -> None:
    """At the address that the caller used."""
    endpoint = sandbox.http.get("/tenants/a%20b/.well-known/openid-configuration").json()["token_endpoint"]
    assert endpoint == f"{sandbox.url}/tenants/a%20b/oauth2/token"
    assert sandbox.token(endpoint).status_code == 200


def test_no_credential_appears_in_any_output(sandbox: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """Not in the file, the list, an answer, or on the terminal: neither right ones nor wrong ones."""
    body = dict(zip(("client_id", "client_secret"), sandbox.client, strict=True)) | {"grant_type": "client_credentials"}
    token = sandbox.token().json()["access_token"]
    answers = [
        sandbox.push(), sandbox.push(auth=("acme-push", "wrong-pw-1")),
        sandbox.token(auth=("acme-client", "wrong-pw-2")),
        sandbox.push(auth=None, headers={"Authorization": f"Bearer {token}"}),
        sandbox.push(auth=None, headers={"Authorization": "Bearer wrong-pw-3"}),
        sandbox.push(auth=None, json=body), sandbox.push(json=body), sandbox.push(data=body),
        sandbox.token(auth=None, json=body | {"client_secret": "wrong-pw-4"}), sandbox.http.get("/_sandbox/received"),
    ]  # fmt: skip
    told = "".join([sandbox.log.read_text(), *(answer.text for answer in answers), *capfd.readouterr()])
    pairs = [b64encode(":".join(pair).encode()).decode() for pair in (sandbox.account, sandbox.client)]
    secrets = [sandbox.account[1], sandbox.client[1], token, "wrong-pw", *pairs]
    assert [secret for secret in secrets if secret in told] == []


def test_a_malformed_header_is_not_repeated_on_the_terminal(sandbox: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """The server library would print it, and it may be a credential."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic pw-\x01\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.0 400")
    assert capfd.readouterr() == ("", "")


def test_half_a_request_leaves_no_trace(sandbox: Any) -> None:
    """A client that goes away in the middle of its body has submitted nothing."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /mra/v1/utils/parser HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
    assert sandbox.push(filename="after.json").status_code == 200
    assert [line["filename"] for line in sandbox.lines()] == ["after.json"]
