"""The real command against a real database and a real socket: a team's folder, a gateway, and a daemon to start and kill."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase

CONFIG = """
version: 1
timezone: Europe/Zurich
sources:
  - {{name: main, url: "sqlite:///prodigy.db", poll: 50ms}}
store: {{url: "sqlite:///store/otpushd.db"}}
channels:
  push:
    kind: opentext-push
    base_url: {base_url}
    auth: {{basic: {{user: sandbox, password: {{file: secret}}}}}}
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
    to: [person-in-charge]
    title: "{{ annotator }} said {{ answer }} on {{ dataset }}"
    body: "Example {{ example }}, score {{ score }}"
""".replace("[person-in-charge]", "group:leads")
DEADLINE_SECONDS = 20.0


@dataclass
class Gateway:
    """The sandbox as a process of its own, and what it wrote down."""

    url: str
    log: Path
    process: subprocess.Popen[str]

    def received(self, outcome: str | None = None) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        records = [json.loads(line) for line in lines if line.strip()]
        return [one for one in records if one["path"].endswith("/parser") and outcome in (None, one["outcome"])]

    def titles(self) -> list[str]:
        return sorted(
            one["document"]["notification"]["title"]
            for one in self.received()
            if one["outcome"] in ("accepted", "repeat")
        )


@dataclass
class Team:
    """A folder with configuration, people, rules and a Prodigy database, and the daemons started on it."""

    folder: Path
    gateway: Gateway
    prodigy: ProdigyDatabase
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def store(self) -> Path:
        return self.folder / "store" / "otpushd.db"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def run(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start `otpushd run` here; its log lines go to log.txt."""
        command = [sys.executable, "-m", "otpushd", "run", "--config", str(self.folder / "otpushd.yaml"), *arguments]
        with (self.folder / "log.txt").open("a") as log:
            process = subprocess.Popen(command, stderr=log, text=True, env={**os.environ, **environ}, cwd=self.folder)
        self.started.append(process)
        return process

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start `otpushd run` and wait until it says that it is ready."""
        before = self.logged().count('"event": "ready"')
        process = self.run(*arguments, **environ)
        wait_for(lambda: self.logged().count('"event": "ready"') > before, f"ready:\n{self.logged()}", process)
        return process

    def once(self, *arguments: str) -> int:
        return self.run("--once", *arguments).wait(DEADLINE_SECONDS)

    def logged(self) -> str:
        path = self.folder / "log.txt"
        return path.read_text() if path.exists() else ""


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
