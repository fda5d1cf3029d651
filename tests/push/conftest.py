"""A gateway on a real socket that misbehaves on command, and a channel that sends to it."""

import asyncio
import base64
import json
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from otpushd.model.delivery import Message, Priority, Recipient
from otpushd.push.answer import Answer
from otpushd.push.opentext_push import OpentextPushSettings, connect

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
PASSWORD = "s3cret-Passw0rd"
FAST = {"connect": "2s", "read": "2s", "write": "2s", "pool": "2s"}


def reply(status: str = "200 OK", body: bytes = b"{}", headers: str = "Content-Type: application/json") -> Behaviour:
    """Answer every request alike and keep the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *([headers] if headers else [])]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


@dataclass
class Gateway:
    """What a far side did and saw. `behave` may be replaced between requests."""

    behave: Behaviour = field(default_factory=reply)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    most_at_once: int = 0
    at_once: int = 0
    port: int = 0
    greeting: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in self.requests]

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(base64.b64decode(envelope["data"])) for envelope in self.envelopes]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(self.greeting)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                length = next((line for line in lines if line.startswith(b"content-length:")), b":0")
                self.requests.append(head + await reader.readexactly(int(length.partition(b":")[2])))
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                await self.behave(reader, writer, self.requests[-1])
                self.at_once -= 1
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Gateway]]:
    """Start gateways, each on its own port; they live on a loop in another thread until the test ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def starting(behave: Behaviour | None = None, tls: ssl.SSLContext | None = None) -> Gateway:
        gateway = Gateway(behave or reply())
        serving = asyncio.start_server(gateway.serve, "127.0.0.1", 0, ssl=tls, backlog=512)
        server = asyncio.run_coroutine_threadsafe(serving, loop).result(5)
        gateway.port = server.sockets[0].getsockname()[1]
        return gateway

    yield starting
    asyncio.run_coroutine_threadsafe(_end_all(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    """One gateway that takes everything until told otherwise."""
    return start()


@pytest.fixture
def replying() -> Callable[..., Behaviour]:
    """`reply`, for tests."""
    return reply


@pytest.fixture
def settings() -> Callable[..., OpentextPushSettings]:
    """Settings of a channel, from a base URL and what differs."""

    def made(base_url: str, **more: Any) -> OpentextPushSettings:
        auth = {"basic": {"user": "acme-push", "password": PASSWORD}}
        values = {"kind": "opentext-push", "base_url": base_url, "auth": auth, "timeouts": FAST} | more
        return OpentextPushSettings.model_validate(values)

    return made


@pytest.fixture
def message() -> Callable[..., Message]:
    """A message to Ann, with what differs."""

    def made(number: int = 0, **more: Any) -> Message:
        values: dict[str, Any] = {
            "id": f"otpushd-{number:040x}",
            "title": "12 high-value samples",
            "body": "Scores 0.8 to 0.99",
            "link": None,
            "priority": Priority.HIGH,
            "expires_at": datetime(2026, 3, 2, 13, tzinfo=UTC),
            "rule": "high-value-batch",
            "event": {
                "specversion": "1.0",
                "id": "e1",
                "source": "main",
                "type": "example.added",
                "data": {"score": 0.9},
            },
            "recipient": Recipient("ann.meyer@acme.example", "ann", "Ann Meyer", "ann"),
        }
        return Message(**(values | more))

    return made


@pytest.fixture
def send(tmp_path: Path, message: Callable[..., Message]) -> Callable[..., list[Answer]]:
    """Send messages one after the other through a fresh channel; the answers."""

    def sending(
        settings: OpentextPushSettings, *messages: Message, environ: dict[str, str] | None = None
    ) -> list[Answer]:
        async def scenario() -> list[Answer]:
            sender = connect(settings, tmp_path, environ or {})
            try:
                return [await sender.send(one) for one in messages or (message(),)]
            finally:
                await sender.aclose()

        return asyncio.run(scenario())

    return sending


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key, in one PEM file."""
    if not which("openssl"):
        pytest.skip("no openssl binary to make a certificate with")
    pem = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=otpushd-test -addext subjectAltName=IP:127.0.0.1"
    key, crt = pem.with_suffix(".key"), pem.with_suffix(".crt")
    command = ["openssl", *request.split(), "-keyout", str(key), "-out", str(crt)]
    subprocess.run(command, check=True, capture_output=True)
    pem.write_text(crt.read_text() + key.read_text())
    return pem
