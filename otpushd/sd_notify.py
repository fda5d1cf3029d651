"""Tells systemd how the daemon is, over the datagram socket of sd_notify(3). Without a socket it is silent.

It is no logger and never stops its caller: a message that cannot be delivered is dropped.
"""

import socket
from collections.abc import Mapping
from datetime import timedelta

READY = "READY=1"
RELOADING = "RELOADING=1"
STOPPING = "STOPPING=1"
WATCHDOG = "WATCHDOG=1"


def status(text: str) -> str:
    """The line that `systemctl status` shows; line breaks become spaces, because a line is one assignment."""
    return "STATUS=" + " ".join(text.split())


def monotonic(nanoseconds: int) -> str:
    """When a reload began, on the system's monotonic clock; goes with RELOADING and lets READY end it."""
    return f"MONOTONIC_USEC={nanoseconds // 1000}"


def extend_timeout(by: timedelta) -> str:
    """Asks for `by` more time for the start or the stop that is under way, counted from now."""
    return f"EXTEND_TIMEOUT_USEC={by // timedelta(microseconds=1)}"


def notify(environ: Mapping[str, str], *assignments: str) -> bool:
    """Send the assignments as one message to $NOTIFY_SOCKET; True if it was handed over, False otherwise.

    Source: sd_notify(3). A path that begins with @ is in Linux's abstract name space, where the @ stands for a NUL.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            # The receiver's queue is short; without a limit a stuck receiver would stop the loop that reports health.
            sender.settimeout(1)
            sender.sendto("\n".join(assignments).encode(), address)
    except OSError:
        return False
    return True


def watchdog_interval(environ: Mapping[str, str], pid: int) -> timedelta | None:
    """How often to send WATCHDOG, or None if process `pid` is not watched: half of what systemd allows.

    Source: sd_watchdog_enabled(3), which also recommends the half.
    """
    limit = environ.get("WATCHDOG_USEC", "")
    if not (limit.isascii() and limit.isdecimal()) or int(limit) == 0:
        return None
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    return timedelta(microseconds=int(limit)) / 2
