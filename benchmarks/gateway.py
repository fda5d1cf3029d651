"""A gateway that answers 200 to any request, as cheaply as Python can: `python -m benchmarks.gateway DELAY_MS`.

Prints its port, then for each request one line: the instant of its answer (seconds of the monotonic clock, which all
processes of a machine share) and its body. Ends when its standard input is closed.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Conversation(asyncio.Protocol):
    """One connection, requests one after the other."""

    delay: float
    heard: list[tuple[float, bytes]]
    buffer: bytearray = field(default_factory=bytearray)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            at = self.buffer.lower().find(b"content-length:", 0, end)
            length = int(self.buffer[at + 15 : self.buffer.find(b"\r\n", at)])
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self.answer, body)
            else:
                self.answer(body)

    def answer(self, body: bytes) -> None:
        self.heard.append((time.monotonic(), body))
        self.transport.write(ANSWER)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway."""

    url: str
    process: subprocess.Popen[str]

    def end(self) -> list[tuple[float, str]]:
        """Stop it; the instants and bodies of everything that it answered."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.stdout is not None
        lines = [line.split(" ", 1) for line in self.process.stdout]
        return [(float(instant), body) for instant, body in lines]


@contextmanager
def gateway(delay_ms: int, core: int | None = None) -> Iterator[Gateway]:
    """A gateway in a process of its own, on a core of its own if one is named; it ends with the block."""
    command = [sys.executable, "-m", "benchmarks.gateway", str(delay_ms), "" if core is None else str(core)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield Gateway(f"http://127.0.0.1:{port}", process)
        finally:
            process.kill()


async def serve(delay: float) -> None:
    """Serve until standard input ends, then tell what was heard."""
    heard: list[tuple[float, bytes]] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(delay, heard), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    for instant, body in heard:
        print(instant, body.decode())


if __name__ == "__main__":
    if sys.argv[2]:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(sys.argv[2]) % len(cores)]})
    asyncio.run(serve(int(sys.argv[1]) / 1000))
