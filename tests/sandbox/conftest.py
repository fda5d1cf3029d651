"""A sandbox on a real socket, run by a thread of its own, and a real browser where the machine has one."""

import asyncio
import base64
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from otpushd.sandbox.app import build, running
from otpushd.sandbox.settings import Settings

USER, PASSWORD = "acme-push", "pw-9f1c-keep-out"
CLIENT, SECRET = "acme-client", "cs-77aa-keep-out"
PUSH = "/mra/v1/utils/parser"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    instant: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def move(self, **how: float) -> None:
        self.instant += timedelta(**how)


@dataclass
class Sandbox:
    """A running sandbox, and a client that knows its credentials."""

    url: str
    http: httpx.Client
    clock: Clock
    log: Path
    stop: Callable[[], None]
    account: tuple[str, str] = (USER, PASSWORD)
    client: tuple[str, str] = (CLIENT, SECRET)

    def push(self, document: Any = None, filename: str = "a.json", **how: Any) -> httpx.Response:
        """Hand in a document; every part of the request can be replaced."""
        how = {"auth": self.account, "json": self.envelope(document, filename)} | how
        if "content" in how or "data" in how:
            del how["json"]
        return self.http.post(PUSH, **how)

    def token(self, path: str = "/tenants/t-1/oauth2/token", **how: Any) -> httpx.Response:
        """Ask for a token in the form style, unless said otherwise."""
        return self.http.post(path, **({"auth": self.client, "data": {"grant_type": "client_credentials"}} | how))

    def envelope(self, document: Any = None, filename: str = "a.json") -> dict[str, str]:
        raw = json.dumps({"title": "Hello"} if document is None else document).encode()
        return {"domain": "MR", "filename": filename, "data": base64.b64encode(raw).decode()}

    def received(self) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self.http.get("/_sandbox/received").json()["received"]
        return records

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def served(settings: Settings, clock: Clock, port: int = 0) -> Iterator[int]:
    """Serve in a thread with a loop of its own, so that tests can be plain functions with a plain client."""
    started, loop = threading.Event(), asyncio.new_event_loop()
    end, ports = asyncio.Event(), []

    async def serve() -> None:
        async with running(build(settings, now=clock.now), port=port) as bound:
            ports.append(bound)
            started.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
        loop.close()


StartSandbox = Callable[..., Sandbox]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartSandbox]:
    """A function that starts a sandbox with these settings changed, for as long as the test runs."""
    with ExitStack() as stack:

        def start_one(*, port: int = 0, **changed: Any) -> Sandbox:
            clock, log, own = Clock(), tmp_path / "received.jsonl", stack.enter_context(ExitStack())
            settings = Settings(**{"accounts": {USER: PASSWORD}, "clients": {CLIENT: SECRET}, "log": log} | changed)
            url = f"http://127.0.0.1:{own.enter_context(served(settings, clock, port))}"
            http = own.enter_context(httpx.Client(base_url=url, timeout=5))
            return Sandbox(url, http, clock, log, own.close)

        yield start_one


@pytest.fixture
def sandbox(start: StartSandbox) -> Sandbox:
    return start()


@dataclass
class Browser:
    """One tab of a headless browser, driven over the DevTools protocol."""

    folder: Path
    socket: aiohttp.ClientWebSocketResponse
    loop: asyncio.AbstractEventLoop
    calls: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self.loop.run_until_complete(asyncio.wait_for(self._call(method, params), 30))

    async def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        number = self.calls
        await self.socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = await self.socket.receive_json()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def open(self, url: str, width: int = 1500, height: int = 1000, scheme: str = "light") -> None:
        self.call("Log.enable")
        self.call("Runtime.enable")
        self.call("Page.enable")
        self.call("Network.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, expression: str, seconds: float = 15) -> None:
        """Return once `expression` is true in the page."""
        deadline = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"never true: {expression}\n{self.texts('body')}"
            time.sleep(0.02)

    def texts(self, selector: str) -> list[str]:
        found: list[str] = self.evaluate(f"[...document.querySelectorAll({selector!r})].map((e) => e.innerText)")
        return found

    def screenshot(self, name: str) -> Path:
        path = self.folder / name
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        return path

    def complaints(self) -> list[str]:
        """What the page's console holds: errors, refused resources, uncaught exceptions."""
        loud = ("Log.entryAdded", "Runtime.exceptionThrown")
        return [json.dumps(event["params"]) for event in self.events if event.get("method") in loud]

    def hosts(self) -> set[str]:
        """Every host that the page asked for anything."""
        asked = [event["params"]["request"]["url"] for event in self.events
                 if event.get("method") == "Network.requestWillBeSent"]  # fmt: skip
        return {httpx.URL(url).netloc.decode() for url in asked if not url.startswith("data:")}


FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)  # fmt: skip


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A fresh browser with an empty profile; the test is skipped where the machine has none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"needs a browser on PATH, one of {', '.join(names)}")
    profile = tmp_path / "profile"
    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    loop = asyncio.new_event_loop()
    session = None
    try:
        port = _devtools_port(profile / "DevToolsActivePort", process)
        session, socket = loop.run_until_complete(_first_tab(port))
        yield Browser(tmp_path, socket, loop)
    finally:
        if session is not None:
            loop.run_until_complete(session.close())
        loop.close()
        process.terminate()
        process.wait(15)


def _devtools_port(file: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if file.exists() and (lines := file.read_text().splitlines()):
            return int(lines[0])
        assert process.poll() is None, "the browser ended at once"
        time.sleep(0.05)
    raise AssertionError("the browser did not come up")


async def _first_tab(port: int) -> tuple[aiohttp.ClientSession, aiohttp.ClientWebSocketResponse]:
    session = aiohttp.ClientSession()
    tabs = await (await session.get(f"http://127.0.0.1:{port}/json/list")).json()
    address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    return session, await session.ws_connect(address, max_msg_size=0)
