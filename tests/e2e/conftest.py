"""Fixtures: a gateway to push to, and a team that has everything a daemon needs. Whatever was started ends with the test."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from world import CONFIG, PEOPLE, RULES, Gateway, Team

from otpushd.demo.prodigy_database import ProdigyDatabase


@pytest.fixture
def start_gateway(tmp_path: Path) -> Iterator[Callable[..., Gateway]]:
    """Starts a sandbox with the given options; all of them end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, port: int = 0) -> Gateway:
        log = tmp_path / "gateway.jsonl"
        command = [sys.executable, "-m", "otpushd", "sandbox", "--port", str(port), "--log", str(log), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        return Gateway(line.split("(base_url): ")[1].split()[0], log, process)

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def gateway(start_gateway: Callable[..., Gateway]) -> Gateway:
    return start_gateway()


@pytest.fixture
def team(tmp_path: Path, gateway: Gateway) -> Iterator[Team]:
    """A team with one rule: every answer is told to Lea."""
    team = Team(tmp_path, gateway, ProdigyDatabase(tmp_path / "prodigy.db"))
    team.write("otpushd.yaml", CONFIG.format(base_url=gateway.url))
    team.write("people.yaml", PEOPLE)
    team.write("rules.yaml", RULES)
    team.write("secret", "sandbox\n")
    yield team
    for process in team.started:
        if process.poll() is None:
            process.kill()
            process.wait()
    team.prodigy.close()
