"""SIGTERM and SIGINT end the daemon in order, exit 0, within 15 s, whatever it is doing."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from wire import HANG, Wire
from world import Team, free_port, wait_for

LIMIT_SECONDS = 15.0
SLOW_NAMES = str(Path(__file__).parent / "slow_names")


def heeds_signals(process: subprocess.Popen[str]) -> bool:
    """Whether SIGTERM is caught: before that Python itself is starting."""
    line = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "SigCgt" in line)
    return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def begun(team: Team) -> bool:
    """Whether the first page of a baseline is committed."""
    try:
        return bool(team.stored("SELECT link_id FROM source_mark"))
    except sqlite3.OperationalError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_an_idle_daemon_ends_at_once(team: Team, number: signal.Signals) -> None:
    process = team.start()
    assert team.stop(process, number) < 3
    assert "Traceback" not in team.logged()
    assert not team.events("library_message")


@pytest.mark.parametrize("after", [0.0, 0.3, 0.7])
def test_while_it_starts(team: Team, after: float) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(3000)], session="news-ann")
    process = team.run()
    wait_for(lambda: heeds_signals(process), "a Python that heeds signals", process)
    time.sleep(after)
    assert team.stop(process) < 5
    assert "Traceback" not in team.logged()


def test_during_the_baseline_which_goes_on_at_the_next_start(team: Team) -> None:
    tasks = [{"text": str(n), "answer": "accept"} for n in range(20_000)]
    team.prodigy.save("news", tasks, session="news-ann")
    process = team.run()
    wait_for(lambda: team.events("baseline") or begun(team), "the first page", process)
    assert team.stop(process) < 5
    assert 0 < team.stored("SELECT link_id FROM source_mark")[0][0] < 40_000
    team.start()
    assert team.stored("SELECT sum(answers) FROM known_dataset") == [(20_000,)]
    assert team.gateway.received() == []


def test_while_the_gateway_hangs_with_many_requests_in_flight(team: Team, wire: Callable[..., Wire]) -> None:
    """They get a while to end; what is still without an answer then is repeated once, with the same id."""
    far = wire(HANG)
    team.edit("otpushd.yaml", team.gateway.url, far.url)
    process = team.start()
    for number in range(50):
        team.answer(str(number))
    wait_for(lambda: len(far.requests) == 32, "as many as may be in flight")
    wait_for(lambda: team.stored("SELECT count(*) FROM notification") == [(50,)], "the others")
    assert 7 < team.stop(process) < LIMIT_SECONDS
    states = team.stored("SELECT state, unanswered, claimed_by IS NULL, count(*) FROM notification GROUP BY 2")
    assert states == [("pending", 0, 1, 18), ("pending", 1, 1, 32)]


def test_while_the_source_is_locked(team: Team) -> None:
    process = team.start()
    team.prodigy.execute("BEGIN EXCLUSIVE")
    wait_for(lambda: team.events("source_unreadable"), "the lock is seen")
    assert team.stop(process) < 5


def test_while_nobody_reads_its_log(team: Team) -> None:
    """A pipe is full after 64 KiB, and what is to be sent is sent all the same."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    process = team.run(log=writing)
    os.close(writing)
    wait_for(lambda: begun(team), "the first look", process)
    for number in range(30):
        team.answer(f"number {number}")
    wait_for(lambda: len(team.gateway.titles()) >= 20, "most of them", process)
    assert team.stop(process) < LIMIT_SECONDS
    os.close(reading)


def test_while_the_store_is_locked(team: Team) -> None:
    process = team.start()
    with closing(sqlite3.connect(team.store)) as other:
        other.execute("BEGIN IMMEDIATE")
        team.answer()
        time.sleep(0.3)
        assert team.stop(process) < LIMIT_SECONDS
    assert team.once() == 0
    assert team.gateway.titles() == ["ann said accept on news"]


def test_while_the_name_server_hangs(team: Team) -> None:
    """The interpreter would wait for the thread that asks it."""
    team.edit("otpushd.yaml", team.gateway.url, f"https://gateway.example.org:{free_port()}")
    process = team.start(PYTHONPATH=SLOW_NAMES)
    team.answer()
    wait_for(lambda: (team.folder / "asked").exists(), "a question to the name server")
    assert team.stop(process) < LIMIT_SECONDS


def test_once_is_ended_early_and_what_is_under_way_is_recorded(team: Team) -> None:
    team.gateway.fault("slow:1:1")
    team.answer()
    process = team.run("--once", "--from-beginning")
    wait_for(lambda: team.gateway.received(), "a request", process)
    assert team.stop(process) < 5
    assert team.stored("SELECT state, claimed_by FROM notification") == [("accepted", None)]


def test_a_hang_up_does_not_end_it(team: Team) -> None:
    process = team.run()
    wait_for(lambda: heeds_signals(process), "a Python that heeds signals", process)
    time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: team.events("ready"), "ready", process)
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(team.events("reloaded")) == 2, "a word about each", process)
    team.answer()
    team.await_titles("ann said accept on news")


def test_a_second_daemon_on_the_same_store_is_refused_and_the_first_unharmed(team: Team) -> None:
    first = team.start()
    second = team.run()
    assert second.wait(10) == 1
    (line,) = [line for line in team.logged().splitlines() if line.startswith("otpushd: ")]
    assert f"process {first.pid}" in line
    team.answer()
    team.await_titles("ann said accept on news")
    assert "Traceback" not in team.logged()
