"""`otpushd status` beside the real daemon, and without one."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from world import Team, wait_for

HEALTHY, DEGRADED, NOT_RUNNING = range(3)


def asked(team: Team, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "otpushd", "status", "--config", str(team.folder / "otpushd.yaml"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=team.folder)


def status(team: Team) -> tuple[int, dict[str, Any]]:
    """Its exit status, and what it says."""
    answer = asked(team, "--json")
    assert answer.stderr == ""
    return answer.returncode, json.loads(answer.stdout)


def awaited(team: Team, code: int) -> dict[str, Any]:
    """What it says once it ends so, which must be soon."""
    wait_for(lambda: status(team)[0] == code, f"{code}: {status(team)}")
    return status(team)[1]


@pytest.mark.usefixtures("any_store")
def test_a_daemon_that_is_well(team: Team) -> None:
    process = team.start()
    team.answer()
    team.await_titles("ann said accept on news")
    wait_for(lambda: (status(team)[1]["sources"] or [{"lag_seconds": None}])[0]["lag_seconds"] is not None, "a poll")
    said = awaited(team, HEALTHY)
    (daemon,), (source,) = said["daemons"], said["sources"]
    assert (daemon["pid"], daemon["rules"], daemon["reload"]) == (process.pid, 1, None)
    assert (source["name"], source["reachable"], source["history_read"], source["row"]) == ("main", True, True, 2)
    assert source["lag_seconds"] < 10 and said["reasons"] == said["outbox"] == []


@pytest.mark.usefixtures("any_store")
def test_nobody_runs(team: Team) -> None:
    assert status(team)[0] == NOT_RUNNING
    process = team.start()
    awaited(team, HEALTHY)
    team.stop(process)
    assert awaited(team, NOT_RUNNING)["reasons"] == ["no daemon runs on this store"]
    team.start()
    team.started[-1].kill()
    awaited(team, NOT_RUNNING)


@pytest.mark.usefixtures("any_store")
def test_a_refused_reload_degrades_until_one_is_good(team: Team) -> None:
    """Also while otpushd.yaml itself is wrong."""
    process = team.start()
    team.edit("otpushd.yaml", "people: people.yaml", "peeple: people.yaml")
    process.send_signal(signal.SIGHUP)
    said = awaited(team, DEGRADED)
    assert "the last reload was refused for 2 problem(s)" in said["reasons"][0]
    assert any("peeple" in one for one in said["daemons"][0]["reload"]["problems"])
    team.edit("otpushd.yaml", "peeple", "people")
    process.send_signal(signal.SIGHUP)
    reload = awaited(team, HEALTHY)["daemons"][0]["reload"]
    assert (reload["ok"], reload["problems"], reload["restart_needed"]) == (True, [], [])


def test_a_source_that_is_away_degrades(team: Team) -> None:
    team.start()
    awaited(team, HEALTHY)
    (team.folder / "prodigy.db").rename(team.folder / "away.db")
    said = awaited(team, DEGRADED)
    assert not said["sources"][0]["reachable"] and said["sources"][0]["down_since"]
    wait_for(lambda: status(team)[1]["sources"][0]["trouble"], "why")
    (team.folder / "away.db").rename(team.folder / "prodigy.db")
    awaited(team, HEALTHY)


def test_dead_letters_and_held_channels_degrade(team: Team) -> None:
    team.gateway.fault("400:1", "401:1")
    team.start()
    team.answer()
    said = awaited(team, DEGRADED)
    assert said["dead_letters"] == 1 and said["outbox"][0]["dead"] == 1
    team.answer("u")
    wait_for(lambda: status(team)[1]["outbox"][0]["held_until"], "a channel that is held")
    outbox = status(team)[1]["outbox"][0]
    assert outbox["pending"] == 1 and outbox["oldest_seconds"] >= 0 and outbox["held_why"]


def test_the_next_dates_of_the_plan(team: Team) -> None:
    deadline = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    team.write("plan.yaml", f"datasets: {{news: {{deadline: '{deadline.isoformat()}', target: 3, remind: [2d]}}}}\n")
    team.edit("otpushd.yaml", "people: people.yaml", "people: people.yaml\nplan: plan.yaml")
    team.prodigy.dataset("news")
    team.start()
    timers = status(team)[1]["timers"]
    assert [one["at"] for one in timers] == [(deadline - timedelta(days=2)).isoformat(), deadline.isoformat()]
    assert {(one["kind"], one["dataset"], one["due"]) for one in timers} == {("deadline", "news", deadline.isoformat())}
    assert "reminder of the deadline of news, which is in 8 d" in asked(team).stdout


def test_a_daemon_that_is_stopped_is_seen_to_hang(team: Team) -> None:
    """What it told is made older, so that the test need not wait."""
    process = team.start()
    awaited(team, HEALTHY)
    process.send_signal(signal.SIGSTOP)
    with closing(sqlite3.connect(team.store)) as store, store:
        store.execute("UPDATE daemon_state SET at = at - 60000000")
    code, said = status(team)
    process.send_signal(signal.SIGCONT)
    assert code == DEGRADED and "has not reported for 1 min" in said["reasons"][0]


def test_it_makes_no_file_and_tells_no_address(team: Team) -> None:
    team.gateway.fault("400:1")
    team.start()
    team.answer()
    awaited(team, DEGRADED)
    before = sorted(team.store.parent.iterdir())
    shown = asked(team).stdout + asked(team, "--json").stdout
    assert "example.org" not in shown and "ann said" not in shown
    assert sorted(team.store.parent.iterdir()) == before


def test_watching_goes_on_until_it_is_interrupted(team: Team) -> None:
    team.start()
    command = [sys.executable, "-m", "otpushd", "status", "--config", str(team.folder / "otpushd.yaml")]
    watching = subprocess.Popen([*command, "--watch", "--json"], stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    said = [json.loads(watching.stdout.readline())["at"] for _ in range(2)]
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == HEALTHY and said[0] < said[1]
    watching.stdout.close()


def test_a_configuration_that_cannot_be_read_says_so(team: Team) -> None:
    team.write("otpushd.yaml", "store: [")
    answer = asked(team)
    assert answer.returncode == NOT_RUNNING and "otpushd.yaml:1:" in answer.stderr
