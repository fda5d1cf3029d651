"""The crash table of the architecture: one test a row, each kills the real process there and starts it again."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from world import Gateway, Team, wait_for

KILLER = str(Path(__file__).parent / "killer")
COMMIT = "otpushd.store.commit:commit_step"
CLAIM = "otpushd.store.outbox:claim"
SETTLE = "otpushd.store.outbox:settle"
pytestmark = pytest.mark.usefixtures("any_store")
IN_FLIGHT = 32
"""As many as a channel sends at once may be between the gateway's yes and our record when the process dies."""


def die(team: Team, where: str, *arguments: str) -> None:
    """Run the daemon until it is killed at `where`."""
    path = os.pathsep.join([KILLER, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = team.run(*arguments, KILL_AT=where, PYTHONPATH=path)
    assert process.wait(20) == -signal.SIGKILL, team.logged()


def baseline_then_answers(team: Team, count: int) -> None:
    team.prodigy.save("news", [{"text": "before", "answer": "accept"}], session="news-ann")
    assert team.once() == 0
    team.prodigy.save("news", [{"text": f"t{n}", "answer": "reject"} for n in range(count)], session="news-ann")


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(f"{COMMIT}:call:1", id="before T1: the same rows are read again"),
        pytest.param(f"{COMMIT}:return:1", id="after T1: the pending rows are sent"),
        pytest.param(f"{CLAIM}:found:1", id="after T2, before the request: the claim is taken back"),
    ],
)
def test_a_kill_before_the_request_neither_loses_nor_repeats(team: Team, where: str) -> None:
    baseline_then_answers(team, 5)
    die(team, where)
    assert team.gateway.received() == []
    team.start()
    wait_for(lambda: len(team.gateway.received()) >= 5, "five messages")
    time.sleep(0.3)
    assert team.gateway.titles() == ["ann said reject on news"] * 5


def test_a_kill_between_the_gateways_yes_and_our_record_repeats_with_the_same_id(team: Team) -> None:
    baseline_then_answers(team, 1)
    die(team, f"{SETTLE}:call:1")
    assert len(team.gateway.received("accepted")) == 1
    team.start()
    wait_for(lambda: len(team.gateway.received()) == 2, "the repeat")
    first, second = team.gateway.received()
    assert first["filename"] == second["filename"]
    assert first["document"] == second["document"]


def test_a_kill_after_the_record_says_nothing_again(team: Team) -> None:
    baseline_then_answers(team, 1)
    die(team, f"{SETTLE}:return:1")
    team.start()
    time.sleep(0.5)
    assert len(team.gateway.received()) == 1


def test_a_kill_during_the_baseline_continues_where_the_last_page_was_committed(team: Team) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(2000)], session="news-ann")
    die(team, f"{COMMIT}:return:3")
    ((mark,),) = team.stored("SELECT link_id FROM source_mark")
    assert 0 < mark < 4000
    team.start()
    team.prodigy.save("news", [{"text": "fresh", "answer": "accept"}], session="news-ann")
    wait_for(lambda: team.gateway.received(), "the one new answer")
    time.sleep(0.3)
    assert len(team.gateway.received()) == 1
    assert team.stored("SELECT sum(answers) FROM known_dataset") == [(2001,)]


def test_a_kill_during_a_long_replay_loses_nothing_and_repeats_only_what_was_in_flight(team: Team) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(700)], session="news-ann")
    die(team, f"{COMMIT}:return:2", "--from-beginning")
    team.start("--from-beginning")
    wait_for(lambda: len(team.gateway.received()) >= 700, "every answer", seconds=40)
    time.sleep(0.3)
    received = team.gateway.received()
    assert len({one["filename"] for one in received}) == 700
    assert len({json.dumps(one["document"]) for one in received}) == 700
    assert len(received) <= 700 + IN_FLIGHT


def test_after_a_kill_a_new_daemon_has_taken_back_the_claims_within_ten_seconds(
    team: Team, start_gateway: Callable[..., Gateway]
) -> None:
    gateway = start_gateway("hang:1")
    team.edit("otpushd.yaml", team.gateway.url, gateway.url)
    baseline_then_answers(team, 1)
    process = team.start()
    wait_for(lambda: gateway.received("fault"), "the request that hangs")
    process.kill()
    process.wait()
    begun = time.monotonic()
    team.start()
    wait_for(lambda: gateway.received("accepted"), "the claim taken back and sent")
    assert time.monotonic() - begun < 10
    assert len({one["filename"] for one in gateway.received()}) == 1


def test_random_kills_under_load_lose_nothing_and_repeat_only_with_the_same_id(team: Team) -> None:
    team.prodigy.dataset("news")
    assert team.once() == 0
    for burst in range(4):
        process = team.run()
        for n in range(20):
            team.prodigy.save("news", [{"text": f"{burst}-{n}", "answer": "accept"}], session="news-ann")
        time.sleep(0.9 + burst * 0.17)
        process.kill()
        process.wait()
    team.start()
    wait_for(lambda: len({one["filename"] for one in team.gateway.received()}) == 80, "every answer")
    bodies = {one["filename"]: one["document"]["notification"]["body"] for one in team.gateway.received()}
    assert len(bodies) == len(set(bodies.values())) == 80
