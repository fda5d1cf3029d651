"""What systemd is told, over a real datagram socket."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from world import Team, wait_for


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
