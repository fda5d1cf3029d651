"""The life of `otpushd sandbox`: bind, say where, wait for a signal, end in order. Nothing is decided here."""

import asyncio
import signal
from collections.abc import Callable

from otpushd.sandbox.app import build, running
from otpushd.sandbox.settings import Settings


async def serve(settings: Settings, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is given the base URL once requests are answered.

    Raises OSError where the log file cannot be written or the address cannot be bound.
    """
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    async with running(build(settings), host, port) as bound:
        announce(base_url(host, bound))
        await end.wait()


def base_url(host: str, port: int) -> str:
    """The address of the sandbox as a URL, without a slash at the end."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
