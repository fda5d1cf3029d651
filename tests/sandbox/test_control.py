"""The sandbox's own operations over a real socket: the stream, the list, the faults, the page's armour."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest


@contextmanager
def listening(sandbox: Any, last_event_id: str | None = None) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of the stream as dictionaries of their fields, as they come."""
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    with sandbox.http.stream("GET", "/_sandbox/stream", headers=headers) as answer:
        yield events(answer)


def events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    fields: dict[str, Any] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = json.loads(value) if name == "data" else value
        else:
            yield fields
            fields = {}


def test_the_stream_replays_history_and_goes_on_live(sandbox: Any) -> None:
    """A page that is opened late sees everything once, in order."""
    for name in ("a.json", "b.json"):
        sandbox.push(filename=name)
    with listening(sandbox) as stream:
        first = [next(stream) for _ in range(4)]
        sandbox.push(filename="c.json")
        live = next(stream)
    assert [event["event"] for event in first] == ["hello", "faults", "received", "received"]
    names = [event["data"]["filename"] for event in [*first[2:], live]]
    assert names == ["a.json", "b.json", "c.json"]


def test_a_reconnect_gets_only_what_it_missed(sandbox: Any) -> None:
    """The browser says by itself which event it had last."""
    sandbox.push(filename="a.json")
    with listening(sandbox) as stream:
        last = [next(stream) for _ in range(3)][2]["id"]
    sandbox.push(filename="b.json")
    with listening(sandbox, last) as stream:
        missed = [next(stream) for _ in range(3)]
    assert [event["data"].get("filename") for event in missed if event["event"] == "received"] == ["b.json"]


def test_the_stream_tells_of_faults_and_of_clearing(sandbox: Any) -> None:
    """Each as it happens."""
    sandbox.push()
    with listening(sandbox) as stream:
        for _ in range(3):
            next(stream)
        sandbox.http.post("/_sandbox/faults", json={"faults": ["503:1"]})
        assert next(stream) == {"event": "faults", "data": ["503:1"]}
        sandbox.push()
        assert [next(stream)["event"], next(stream)["event"]] == ["faults", "received"]
        sandbox.http.delete("/_sandbox/received")
        assert next(stream)["event"] == "cleared"


def test_the_stream_ends_when_the_sandbox_ends(start: Any) -> None:
    """An open page must not hold up the end; the fixture waits for it."""
    sandbox = start()
    with listening(sandbox) as stream:
        assert next(stream)["event"] == "hello"


def test_clearing_forgets_records_and_file_names_but_not_the_file(sandbox: Any) -> None:
    """After it, the same file name counts as new; the numbers and the log go on."""
    sandbox.push()
    assert sandbox.http.delete("/_sandbox/received").status_code == 204
    assert sandbox.received() == []
    sandbox.push()
    assert [(record["number"], record["times"]) for record in sandbox.received()] == [(2, 1)]
    assert len(sandbox.lines()) == 2


def test_memory_keeps_the_newest_and_the_file_keeps_all(start: Any) -> None:
    """A sandbox may run for days."""
    sandbox = start(kept=3)
    for number in range(5):
        sandbox.push(filename=f"{number}.json")
    answer = sandbox.http.get("/_sandbox/received").json()
    assert (answer["total"], [record["filename"] for record in answer["received"]]) == (
        5,
        ["2.json", "3.json", "4.json"],
    )
    assert len(sandbox.lines()) == 5


def test_faults_are_added_listed_and_cleared(sandbox: Any) -> None:
    """At run time, for the next push."""
    answer = sandbox.http.post("/_sandbox/faults", json={"faults": ["503:2", "rate:5:1"]})
    assert answer.json() == {"faults": ["503:2", "rate:5:1"]}
    assert sandbox.push().status_code == 503
    assert sandbox.http.get("/_sandbox/faults").json() == {"faults": ["503:1", "rate:5:1"]}
    assert sandbox.http.delete("/_sandbox/faults").status_code == 204
    assert sandbox.push().status_code == 200


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        pytest.param({"json": {"faults": ["503:1", "nonsense"]}}, "is no fault", id="one of two is wrong"),
        pytest.param({"json": ["503:1"]}, "write", id="bare list"),
        pytest.param({"json": {"faults": "503:1"}}, "write", id="string"),
        pytest.param({"json": {"faults": [503]}}, "write", id="number"),
        pytest.param({"json": {"faults": [], "more": 1}}, "write", id="another member"),
        pytest.param({"content": b"{", "headers": {"Content-Type": "application/json"}}, "not JSON", id="no JSON"),
        pytest.param({"data": {"faults": "503:1"}}, "Content-Type", id="form from another site"),
    ],
)
def test_faults_that_are_not_understood_change_nothing(sandbox: Any, how: dict[str, Any], problem: str) -> None:
    """All or none."""
    answer = sandbox.http.post("/_sandbox/faults", **how)
    assert (answer.status_code, problem in answer.json()["problem"]) == (400, True)
    assert sandbox.http.get("/_sandbox/faults").json() == {"faults": []}


def test_the_page_admits_nothing_from_outside(sandbox: Any) -> None:
    """Its policy names its own style and script by digest, and the page names no other address."""
    answer = sandbox.http.get("/")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].startswith("'sha256-")
    assert policy["connect-src"] == "'self'"
    assert answer.text.count("http") == answer.text.count("http://www.w3.org/2000/svg") + answer.text.count('"http')
    assert "/*STYLE*/" not in answer.text


def test_the_sandbox_shows_its_own_requests_to_nobody(sandbox: Any) -> None:
    """The page, its stream and its icon are not part of what was received."""
    for path in ("/", "/_sandbox/received", "/_sandbox/nothing", "/favicon.ico"):
        sandbox.http.get(path)
    assert sandbox.received() == []
