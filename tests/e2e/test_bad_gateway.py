"""A gateway that refuses, hangs, lies or returns HTML: a clear line for each message, and the rest goes on."""

from collections.abc import Callable

import pytest
from wire import OK, Wire, answer
from world import PASSWORD, Team, free_port, wait_for

HTML = answer("200 OK", b"<!doctype html><title>Sign in</title>", "Content-Type: text/html")


def outcomes(team: Team) -> list[tuple[str, str]]:
    return team.stored("SELECT state, detail FROM notification")


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        pytest.param(answer("400 Bad Request"), "dead", "HTTP 400", id="400"),
        pytest.param(answer("413 Content Too Large"), "dead", "HTTP 413", id="413"),
        pytest.param(answer("200 OK", b'{"status_code": 2004}'), "pending", "status code 2004", id="200 with a code"),
        pytest.param(HTML, "pending", "HTML", id="a page for people"),
        pytest.param(None, "pending", "closed the connection", id="taken and dropped"),
        pytest.param(b"SSH-2.0-OpenSSH_9\r\n\r\n", "pending", "not HTTP", id="not HTTP"),
        pytest.param(answer("302 Found", b"", "Location: https://evil.example/x?y"), "pending", "evil", id="302"),
        pytest.param(answer("503 Service Unavailable"), "pending", "HTTP 503", id="503"),
        pytest.param(answer("500 Oops", b"x" * 200_000), "pending", "HTTP 500", id="a large error page"),
        pytest.param(answer("204 No Content", b""), "accepted", "HTTP 204", id="204"),
    ],
)
def test_what_the_gateway_says_is_understood_and_told(
    team: Team, wire: Callable[..., Wire], given: bytes | None, state: str, words: str
) -> None:
    far = wire(given)
    team.edit("otpushd.yaml", team.gateway.url, far.url)
    team.answer()
    assert team.once("--from-beginning") == 0
    ((found, detail),) = outcomes(team)
    assert (found, len(far.requests)) == (state, 1)
    assert words in detail and "Traceback" not in team.logged()


def test_a_gateway_that_is_not_there_holds_nothing_up_and_is_tried_again(team: Team) -> None:
    team.edit("otpushd.yaml", team.gateway.url, f"http://127.0.0.1:{free_port()}")
    for number in range(40):
        team.answer(str(number))
    assert team.once("--from-beginning") == 0
    assert set(outcomes(team)) == {("pending", "not sent: connection refused")}


def test_one_message_that_is_refused_does_not_hold_up_the_others(team: Team, wire: Callable[..., Wire]) -> None:
    far = wire(OK, answer("400 Bad Request"), OK)
    team.edit("otpushd.yaml", team.gateway.url, far.url)
    for number in range(10):
        team.answer(str(number))
    assert team.once("--from-beginning") == 0
    assert sorted(state for state, _ in outcomes(team)) == ["accepted"] * 9 + ["dead"]


def test_refused_credentials_hold_the_channel_and_a_corrected_file_opens_it(team: Team) -> None:
    """Every 15 minutes by itself (its unit test has the clock for that), or at once when the daemon is started anew."""
    team.write("secret", "wrong\n")
    team.answer("history")
    process = team.start()
    team.answer("first")
    (held,) = wait_for(lambda: team.events("channel_held"), "the channel is held", process)
    assert "user or password" in held["reason"]
    team.answer("second")
    wait_for(lambda: team.stored("SELECT count(*) FROM notification") == [(2,)], "the second")
    assert len(team.gateway.received()) == 1
    team.stop(process)
    team.write("secret", PASSWORD)
    team.start()
    team.await_titles("ann said accept on news")


def test_a_secret_that_cannot_be_read_is_a_problem_at_the_start(team: Team) -> None:
    (team.folder / "secret").unlink()
    assert team.run().wait(10) == 2
    assert "otpushd.yaml:8:3: auth:" in team.logged() or ": auth:" in team.logged()
