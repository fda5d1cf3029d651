"""What systemd is told, over a real datagram socket."""

import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from world import PEOPLE, Team, wait_for


@dataclass
class Listener:
    """systemd's side. `at` is what stands in $NOTIFY_SOCKET; each message is kept when it is asked for."""

    at: str
    socket: socket.socket
    told: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        while True:
            try:
                self.told += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.told

    def wait(self, line: str) -> None:
        wait_for(lambda: line in self.lines(), line)


@pytest.fixture
def listen() -> Iterator[Callable[[str], Listener]]:
    made: list[socket.socket] = []

    def start(at: str) -> Listener:
        made.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
        made[-1].bind("\0" + at[1:] if at.startswith("@") else at)
        return Listener(at, made[-1])

    yield start
    for one in made:
        one.close()


@pytest.fixture
def systemd(listen: Callable[[str], Listener], tmp_path: Path) -> Listener:
    return listen(str(tmp_path / "notify"))


@pytest.mark.parametrize("abstract", [pytest.param(False, id="path"), pytest.param(True, id="abstract")])
def test_ready_is_told_once_the_baseline_is_committed(
    team: Team, listen: Callable[[str], Listener], abstract: bool
) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(1200)], session="news-ann")
    systemd = listen(f"@otpushd-{uuid4().hex}" if abstract else str(team.folder / "notify"))
    process = team.run(NOTIFY_SOCKET=systemd.at)
    systemd.wait("READY=1")
    assert team.stored("SELECT link_id, history_to FROM source_mark") == [(2400, 2400)]
    assert team.gateway.received() == []
    team.stop(process)
    assert systemd.lines()[-1] == "STOPPING=1"
    assert systemd.lines().count("READY=1") == 1


def test_a_long_baseline_asks_for_more_time_and_shows_how_far_it_is(team: Team, systemd: Listener) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(1200)], session="news-ann")
    team.run(NOTIFY_SOCKET=systemd.at)
    systemd.wait("READY=1")
    before = systemd.lines()[: systemd.lines().index("READY=1")]
    assert before.count("EXTEND_TIMEOUT_USEC=60000000") >= 5
    assert any(re.fullmatch(r"STATUS=main: history read up to row 1?\d{1,3} of 2400", line) for line in before)


def test_a_source_that_is_missing_does_not_hold_up_readiness(team: Team, systemd: Listener) -> None:
    team.edit("otpushd.yaml", "poll: 50ms}", 'poll: 50ms}\n  - {name: gone, url: "sqlite:///gone.db", poll: 50ms}')
    team.answer("history")
    team.run(NOTIFY_SOCKET=systemd.at)
    systemd.wait("READY=1")
    team.answer()
    team.await_titles("ann said accept on news")


def test_the_watchdog_is_told_twice_as_often_as_it_asks(team: Team, systemd: Listener) -> None:
    team.start(NOTIFY_SOCKET=systemd.at, WATCHDOG_USEC="400000")
    begun, pings = time.monotonic(), systemd.lines().count("WATCHDOG=1")
    wait_for(lambda: systemd.lines().count("WATCHDOG=1") >= pings + 5, "five pings")
    assert 0.7 < time.monotonic() - begun < 3


@pytest.mark.parametrize("good", [pytest.param(True, id="good"), pytest.param(False, id="refused")])
def test_a_reload_is_told_when_it_begins_and_when_it_ends(team: Team, systemd: Listener, good: bool) -> None:
    """As sd_notify(3) asks for it, also where the files are refused: the daemon goes on."""
    process = team.start(NOTIFY_SOCKET=systemd.at)
    systemd.wait("READY=1")
    before, begun = len(systemd.lines()), time.monotonic_ns() // 1000
    team.write("people.yaml", PEOPLE if good else "people: [")
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: "READY=1" in systemd.lines()[before:], "the end of it")
    reloading, at, ready, status = [line for line in systemd.lines()[before:] if line != "WATCHDOG=1"]
    assert (reloading, ready) == ("RELOADING=1", "READY=1")
    assert begun <= int(at.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000
    assert status == ("STATUS=reloaded" if good else "STATUS=reload refused, the rules from before go on")


def test_a_reload_while_it_starts_does_not_make_it_ready_too_early(team: Team, systemd: Listener) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(9000)], session="news-ann")
    process = team.run(NOTIFY_SOCKET=systemd.at)
    wait_for(lambda: any("history read" in line for line in systemd.lines()), "the baseline", process)
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: systemd.lines() and team.events("ready") and team.events("reloaded"), "both", process)
    assert team.stored("SELECT link_id = history_to FROM source_mark") == [(1,)]
    assert systemd.lines().count("READY=1") == 1 + systemd.lines().count("RELOADING=1")
    assert "READY=1" not in systemd.lines()[: systemd.lines().index("STATUS=watching 1 source(s)") - 1]


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"NOTIFY_SOCKET": "/nonexistent/notify"}, id="nobody listens"),
        pytest.param({"NOTIFY_SOCKET": "nonsense", "WATCHDOG_USEC": "soon"}, id="nonsense"),
    ],
)
def test_without_systemd_the_daemon_works_all_the_same(team: Team, environ: dict[str, str]) -> None:
    process = team.start(**environ)
    assert team.stop(process) < 5
