"""What systemd is told, seen on a real socket."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from otpushd import sd_notify


@pytest.fixture(params=["path", "abstract"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A receiver as systemd opens one, and the $NOTIFY_SOCKET that leads to it."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@otpushd-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        receiver.settimeout(5)
        yield address, receiver


def test_one_message_carries_all_assignments(listening: tuple[str, socket.socket]) -> None:
    """READY=1 and STATUS= reach the socket together, one a line."""
    address, receiver = listening

    sent = sd_notify.notify({"NOTIFY_SOCKET": address}, sd_notify.READY, sd_notify.status("polling main"))

    assert sent
    assert receiver.recv(1000) == b"READY=1\nSTATUS=polling main"


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="not under systemd"),
        pytest.param({"NOTIFY_SOCKET": ""}, id="empty"),
        pytest.param({"NOTIFY_SOCKET": "vsock:2:1234"}, id="a kind of socket that we do not speak"),
        pytest.param({"NOTIFY_SOCKET": "/nowhere/notify"}, id="nobody listens"),
        pytest.param({"NOTIFY_SOCKET": "/" + "x" * 500}, id="a path longer than a socket's may be"),
    ],
)
def test_it_is_silent_where_nobody_listens(environ: dict[str, str]) -> None:
    """Without a socket that works nothing is sent and nothing is raised."""
    assert not sd_notify.notify(environ, sd_notify.READY)


def test_a_receiver_that_does_not_read_does_not_hold_us_up(tmp_path: Path) -> None:
    """A full queue ends in False after the time limit instead of a hang."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        answers = (sd_notify.notify({"NOTIFY_SOCKET": address}, sd_notify.WATCHDOG) for _ in range(100_000))

        assert not all(answers)


def test_a_status_is_one_line() -> None:
    """A line break in a status would be read as a further assignment."""
    assert sd_notify.status("one\nREADY=1") == "STATUS=one READY=1"


def test_more_time_is_asked_for_in_microseconds() -> None:
    """The unit of EXTEND_TIMEOUT_USEC is the microsecond."""
    assert sd_notify.extend_timeout(timedelta(seconds=30)) == "EXTEND_TIMEOUT_USEC=30000000"


def test_when_a_reload_began_is_told_in_microseconds() -> None:
    """MONOTONIC_USEC is of the clock that Python counts in nanoseconds."""
    assert sd_notify.monotonic(1_234_567_890) == "MONOTONIC_USEC=1234567"


@pytest.mark.parametrize(
    ("environ", "interval"),
    [
        pytest.param({}, None, id="no watchdog"),
        pytest.param({"WATCHDOG_USEC": "30000000"}, timedelta(seconds=15), id="half of the limit"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, timedelta(seconds=15), id="meant for us"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None, id="meant for another process"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="switched off"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="not a number"),
    ],
)
def test_the_watchdog_is_fed_as_systemd_says(environ: dict[str, str], interval: timedelta | None) -> None:
    """WATCHDOG_USEC counts only where WATCHDOG_PID is absent or ours."""
    assert sd_notify.watchdog_interval(environ, pid=7) == interval
