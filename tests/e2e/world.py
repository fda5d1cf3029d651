"""The real command against a real database and a real socket: a team's folder, a gateway, daemons to start and kill."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase

PASSWORD = "pw-5e1d-keep-out"
CONFIG = """
version: 1
timezone: Europe/Zurich
sources:
  - {name: main, url: "sqlite:///prodigy.db", poll: 50ms}
store: {url: "sqlite:///store/otpushd.db"}
channels:
  push:
    kind: opentext-push
    base_url: BASE_URL
    auth: {basic: {user: acme-push, password: {file: secret}}}
rules: [rules.yaml]
people: people.yaml
"""
PEOPLE = """
people:
  ann: {name: Ann Meyer, sessions: [ann], push: ann@example.org}
  lea: {name: Lea Roth, push: lea@example.org}
groups:
  leads: [lea]
"""
RULES = """
rules:
  - name: saved
    on: answer.saved
    to: group:leads
    title: "{{ annotator }} said {{ answer }} on {{ dataset }}"
    body: "Example {{ example }}, score {{ score }}"
"""
DEADLINE_SECONDS = 20.0


@dataclass
class Gateway:
    """Something that listens, and what it wrote down: the sandbox, or a server of a test's own."""

    url: str
    log: Path = Path("/dev/null")
    offset: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)

    def received(self, outcome: str | None = None) -> list[dict[str, Any]]:
        """The push requests so far, all or those with this outcome."""
        with self.log.open("rb") as log:
            log.seek(self.offset)
            for line in log:
                if line.endswith(b"\n"):
                    self.offset += len(line)
                    self.records.append(json.loads(line))
        records = [one for one in self.records if one["path"].endswith("/parser")]
        return [one for one in records if outcome in (None, one["outcome"])]

    def taken(self) -> list[dict[str, Any]]:
        """The documents that were accepted, in order."""
        return [one["document"] for one in self.received("accepted")]

    def titles(self) -> list[str]:
        return sorted(one["notification"]["title"] for one in self.taken())

    def fault(self, *faults: str) -> None:
        """Let the next requests fail."""
        body = json.dumps({"faults": faults}).encode()
        urlopen(Request(f"{self.url}/_sandbox/faults", body, {"Content-Type": "application/json"})).close()


@dataclass
class Team:
    """A folder with configuration, people, rules and a Prodigy database, and the daemons started on it."""

    folder: Path
    gateway: Gateway
    prodigy: ProdigyDatabase
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    log: str = "log.txt"
    look: Callable[[str], list[tuple[Any, ...]]] | None = None
    """How to ask a store that is not the file."""

    @property
    def store(self) -> Path:
        return self.folder / "store" / "otpushd.db"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a piece of one of the team's files, which must be there."""
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def rule(self, on: str, title: str, more: str = "") -> None:
        """Add a rule that tells Lea."""
        name = f"r{(self.folder / 'rules.yaml').read_text().count('name:')}"
        with (self.folder / "rules.yaml").open("a") as rules:
            rules.write(f'  - {{name: {name}, on: {on}, to: lea, title: "{title}"{more}}}\n')

    def answer(self, text: str = "t", session: str = "news-ann", **task: Any) -> None:
        """One answer in `news`, as Prodigy saves it."""
        self.prodigy.save("news", [{"text": text, "answer": "accept", **task}], session=session)

    def run(
        self, *arguments: str, prefix: Sequence[str] = (), log: int | None = None, **environ: str
    ) -> subprocess.Popen[str]:
        """Start `otpushd run` here; what it prints goes to the log, or where the descriptor `log` leads."""
        command = [
            *prefix,
            sys.executable,
            "-m",
            "otpushd",
            "run",
            "--config",
            str(self.folder / "otpushd.yaml"),
            *arguments,
        ]
        with os.fdopen(os.dup(log), "a") if log is not None else (self.folder / self.log).open("a") as lines:
            process = subprocess.Popen(
                command, stdout=lines, stderr=lines, text=True, env={**os.environ, **environ}, cwd=self.folder
            )
        self.started.append(process)
        return process

    def start(self, *arguments: str, prefix: Sequence[str] = (), **environ: str) -> subprocess.Popen[str]:
        """Start `otpushd run` and wait until it says that it is ready."""
        before = len(self.events("ready"))
        process = self.run(*arguments, prefix=prefix, **environ)
        wait_for(lambda: len(self.events("ready")) > before, f"ready:\n{self.logged()}", process)
        return process

    def once(self, *arguments: str, **environ: str) -> int:
        return self.run("--once", *arguments, **environ).wait(DEADLINE_SECONDS)

    def stop(self, process: subprocess.Popen[str], number: int = signal.SIGTERM) -> float:
        """Ask a daemon to end, which it must do in order. Returns the seconds that it took."""
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(DEADLINE_SECONDS) == 0, self.logged()
        return time.monotonic() - begun

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()

    def logged(self) -> str:
        path = self.folder / self.log
        return path.read_text() if path.exists() else ""

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        lines = [json.loads(line) for line in self.logged().splitlines() if line.startswith("{") and line[-1] == "}"]
        return [line for line in lines if line["event"] == name]

    def stored(self, sql: str) -> list[tuple[Any, ...]]:
        """What stands in the store."""
        if self.look is not None:
            return self.look(sql)
        with closing(sqlite3.connect(f"{self.store.as_uri()}?mode=ro", uri=True)) as store:
            return store.execute(sql).fetchall()

    def await_titles(self, *titles: str) -> None:
        """Wait until exactly these messages were accepted."""
        wait_for(lambda: len(self.gateway.titles()) >= len(titles), f"{titles}\n{self.logged()}")
        assert self.gateway.titles() == sorted(titles)


def wait_for(
    ready: Callable[[], Any], what: str, process: subprocess.Popen[str] | None = None, seconds: float = DEADLINE_SECONDS
) -> Any:
    """The first true value of `ready`; fails after `seconds` or when `process` ends before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        if process is not None and process.poll() is not None:
            pytest.fail(f"ended with {process.returncode} while waiting for {what}")
        time.sleep(0.02)
    pytest.fail(f"waited {seconds} s in vain for {what}")


def free_port() -> int:
    """A port at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def peak(pid: int) -> int:
    """The most memory (bytes) that a process has had resident."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
