"""Plays the demo: gateway and daemon as processes of their own, the team's scenes in between, and what arrived.

Whatever way it ends, both processes have ended by then.
"""

import json
import os
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.team import Scene, scenes, write_team

START_SECONDS = 20.0
ARRIVAL_SECONDS = 10.0
OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "PRODIGY_CONFIG_OVERRIDES", "OTPUSHD_CONFIG")
"""Variables that mean another daemon or another Prodigy."""

Say = Callable[[str], object]


class DemoFailed(Exception):
    """The demo did not come to its end; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that the gateway took: its id, who got it, what it said, by which rule, and how long after the save."""

    id: str
    name: str
    title: str
    rule: str
    seconds: float


@dataclass(slots=True)
class Stage:
    """The gateway's page and its log, the processes by name, and what has arrived."""

    url: str
    log: Path
    running: dict[str, "subprocess.Popen[str]"]
    arrived: list[Arrival] = field(default_factory=list)


@contextmanager
def play(folder: Path, rules: Path, say: Say) -> Iterator[Stage]:
    """Play everything in `folder`, an empty one; the gateway stays up until the context ends. Raises DemoFailed."""
    with _gateway(folder) as stage:
        say(f"Everybody's phone, live, in a browser: {stage.url}/\n")
        try:
            config = write_team(folder, stage.url, rules)
            with _daemon(config, folder) as stage.running["daemon"]:
                say("otpushd is watching. The 50 answers from before are history: nobody is told of them.\n")
                _play_all(folder, stage, say)
        except sqlite3.Error as error:
            raise DemoFailed(f"the team's database in {folder}: {error}") from None
        _check(stage)
        yield stage


def _play_all(folder: Path, stage: Stage, say: Say) -> None:
    database = ProdigyDatabase(folder / "prodigy.db")
    try:
        for number, scene in enumerate(scenes(), 1):
            say(f"{number}. {scene.told}")
            _play(scene, database, stage, say)
    finally:
        database.close()


def _play(scene: Scene, database: ProdigyDatabase, stage: Stage, say: Say) -> None:
    expected = len(stage.arrived) + scene.messages
    began = time.monotonic()
    scene.act(database)
    while len(stage.arrived) < expected:
        _show_news(stage, began, say)
        for name, process in stage.running.items():
            if process.poll() is not None:
                raise DemoFailed(f"the {name} ended in the middle (exit status {process.returncode})")
        if time.monotonic() - began > ARRIVAL_SECONDS:
            missing = expected - len(stage.arrived)
            raise DemoFailed(f"{missing} of {scene.messages} due did not arrive within {ARRIVAL_SECONDS:.0f} s")
        time.sleep(0.02)
    if not scene.messages:
        say("     no rule asks for that, so nobody is disturbed")
    time.sleep(scene.pause)


def _show_news(stage: Stage, began: float, say: Say) -> None:
    for one in _received(stage.log)[len(stage.arrived) :]:
        document = one["document"]
        arrival = Arrival(
            id=one["filename"],
            name=document["recipient"]["name"],
            title=document["notification"]["title"],
            rule=document["data"]["rule"],
            seconds=time.monotonic() - began,
        )
        stage.arrived.append(arrival)
        say(f"     -> {arrival.name:<11} {arrival.title}   (rule {arrival.rule}, {arrival.seconds:.1f} s)")


def _check(stage: Stage) -> None:
    due = sum(scene.messages for scene in scenes())
    received = {one["filename"] for one in _received(stage.log)}
    if not len(received) == len(_received(stage.log)) == due:
        raise DemoFailed(f"{len(_received(stage.log))} messages arrived where {due} were due, each once")


def _received(log: Path) -> list[dict[str, Any]]:
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    records = [json.loads(line) for line in lines if line.endswith("\n")]
    return [one for one in records if one["outcome"] == "accepted" and one["document"]]


@contextmanager
def _gateway(folder: Path) -> Iterator[Stage]:
    log, errors = folder / "gateway.jsonl", folder / "gateway.log"
    with _process(["sandbox", "--port", "0", "--log", str(log)], folder, errors) as process:
        readable = select.select([process.stdout.fileno()], [], [], START_SECONDS)[0] if process.stdout else []
        line = process.stdout.readline() if process.stdout and readable else ""
        if "(base_url): " not in line:
            raise DemoFailed(f"the sandbox did not start\n{errors.read_text()}")
        yield Stage(line.split("(base_url): ")[1].split()[0], log, {"sandbox": process})


@contextmanager
def _daemon(config: Path, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    log = folder / "daemon.log"
    with _process(["run", "--config", str(config)], folder, log) as process:
        end = time.monotonic() + START_SECONDS
        while '"ready"' not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise DemoFailed(f"the daemon did not start\n{log.read_text()}")
            time.sleep(0.05)
        yield process


@contextmanager
def _process(arguments: list[str], folder: Path, errors: Path) -> Iterator["subprocess.Popen[str]"]:
    """One of our commands, in a session of its own so that Ctrl-C in the terminal reaches us alone, who then end it."""
    command = [sys.executable, "-m", "otpushd", *arguments]
    environ = {name: value for name, value in os.environ.items() if name not in OURS}
    with errors.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
