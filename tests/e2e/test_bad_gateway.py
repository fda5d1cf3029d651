"""A gateway that refuses, hangs, lies or returns HTML: a clear line for each message, and the rest goes on."""

from collections.abc import Callable

from wire import OK, Wire, answer
from world import PASSWORD, Team, free_port, wait_for

PAGE = b"<!doctype html><title>Sign in</title>"


def outcomes(team: Team) -> list[tuple[str, str]]:
    return team.stored("SELECT state, detail FROM notification")


ANSWERS = [
    (answer("400 Bad Request"), "dead", "HTTP 400, no content type, 2 bytes"),
    (answer("413 Content Too Large"), "dead", "HTTP 413, no content type, 2 bytes"),
    (answer("200 OK", b'{"status_code": 2004}'), "pending", "HTTP 200, status code 2004, no content type, 21 bytes"),
    (answer("200 OK", PAGE, "Content-Type: text/html"), "pending", "no usable answer (HTTP 200, HTML, 37 bytes)"),
    (b"SSH-2.0-OpenSSH_9\r\n\r\n", "pending", "no answer: what came is not HTTP"),
    (None, "pending", "no answer: the gateway closed the connection"),
    (answer("302 Found", b"", "Location: https://elsewhere.example/x?y"), "pending", "elsewhere.example"),
    (answer("503 Service Unavailable"), "pending", "HTTP 503, no content type, 2 bytes"),
    (answer("500 Oops", b"x" * 200_000), "pending", "HTTP 500, no content type, 65536 bytes"),
    (answer("204 No Content", b""), "accepted", "HTTP 204, no body"),
    (OK, "accepted", "HTTP 200, JSON, 2 bytes"),
]
"""What comes, the state it leads to, and the words for it; the retry table itself has its unit tests."""


def test_each_answer_is_understood_and_told_and_keeps_no_other_message_back(
    team: Team, wire: Callable[..., Wire]
) -> None:
    far = wire(*(given for given, _, _ in ANSWERS))
    team.edit("otpushd.yaml", team.gateway.url, far.url)
    team.edit("otpushd.yaml", "kind: opentext-push", "kind: opentext-push\n    concurrency: 1")
    for number in range(len(ANSWERS)):
        team.answer(str(number))
    assert team.once("--from-beginning") == 0
    assert len(far.requests) == len(ANSWERS)
    told = outcomes(team)
    wanted = [(state, words) for _, state, words in ANSWERS]
    assert [one for one in wanted if not any(one[0] == state and one[1] in detail for state, detail in told)] == []
    assert "Traceback" not in team.logged()


def test_a_gateway_that_is_not_there_holds_nothing_up_and_is_tried_again(team: Team) -> None:
    team.edit("otpushd.yaml", team.gateway.url, f"http://127.0.0.1:{free_port()}")
    for number in range(40):
        team.answer(str(number))
    assert team.once("--from-beginning") == 0
    assert set(outcomes(team)) == {("pending", "not sent: connection refused")}


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
