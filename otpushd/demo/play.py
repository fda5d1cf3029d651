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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.scenes import JOBS, Office, Scene, scenes
from otpushd.demo.shortened import STEP, WAIT
from otpushd.demo.team import ASLEEP, write_team

START_SECONDS = 20.0
ARRIVAL_SECONDS = 10.0
CLOCK_SECONDS = ASLEEP.total_seconds() + 60
"""By then everything that comes by the clock has come."""
OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "PRODIGY_CONFIG_OVERRIDES", "OTPUSHD_CONFIG")
"""Variables that mean another daemon or another Prodigy."""

Say = Callable[[str], object]


class DemoFailed(Exception):
    """The demo did not come to its end; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that the gateway took: its id, who got it, what it said, by which rule, and how long after the save.

    What comes by the clock, and not after a save, has no `seconds`.
    """

    id: str
    name: str
    title: str
    rule: str
    seconds: float | None


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
            config = write_team(folder, stage.url, rules, datetime.now(UTC))
            with _daemon(config, folder) as stage.running["daemon"]:
                say(f"Groups close after {WAIT} here and escalations come after {STEP}; all else is as shipped.")
                say("otpushd is watching. The 68 answers from before are history: nobody is told of them.")
                _play_all(folder, stage, say)
        except sqlite3.Error as error:
            raise DemoFailed(f"the team's database in {folder}: {error}") from None
        _check(stage)
        yield stage


def _play_all(folder: Path, stage: Stage, say: Say) -> None:
    database = ProdigyDatabase(folder / "prodigy.db")
    office = Office(folder, database, lambda *words: _run(folder, words))
    job = 0
    try:
        for scene in scenes():
            if scene.job != job:
                job = scene.job
                say(f"\n{job}. {JOBS[job]}")
            say(f"   {scene.told}")
            _play(scene, office, stage, say)
    finally:
        database.close()


def _play(scene: Scene, office: Office, stage: Stage, say: Say) -> None:
    expected = Counter(scene.due) + Counter(() if scene.by_clock else _in_scenes(stage))
    longest = ARRIVAL_SECONDS + (CLOCK_SECONDS if scene.by_clock else 0)
    scene.act(office)
    began = time.monotonic()
    while missing := expected - Counter(one.rule for one in stage.arrived):
        _show_news(stage, None if scene.waiting else began, say)
        for name, process in stage.running.items():
            if process.poll() is not None:
                raise DemoFailed(f"the {name} ended in the middle (exit status {process.returncode})")
        if time.monotonic() - began > longest:
            raise DemoFailed(f"{missing.total()} of {len(scene.due)} due did not arrive within {longest:.0f} s")
        time.sleep(0.02)
    if not scene.due:
        say("     no rule asks for that, so nobody is disturbed")
    time.sleep(scene.pause)


def _in_scenes(stage: Stage) -> list[str]:
    """By which rules there were messages but for those that come by the clock."""
    clock = _clock()
    return [one.rule for one in stage.arrived if one.rule not in clock]


def _clock() -> set[str]:
    return {rule for scene in scenes() if scene.by_clock for rule in scene.due}


def _show_news(stage: Stage, began: float | None, say: Say) -> None:
    clock = _clock()
    for one in _received(stage.log)[len(stage.arrived) :]:
        document = one["document"]
        rule = document["data"]["rule"]
        arrival = Arrival(
            id=one["filename"],
            name=document["recipient"]["name"],
            title=document["notification"]["title"],
            rule=rule,
            seconds=None if rule in clock or began is None else time.monotonic() - began,
        )
        stage.arrived.append(arrival)
        took = "" if arrival.seconds is None else f", {arrival.seconds:.1f} s"
        say(f"     -> {arrival.name:<11} {arrival.title}   (rule {rule}{took})")


def _check(stage: Stage) -> None:
    """Each message that is due arrived once, and no other."""
    due = Counter(rule for scene in scenes() for rule in scene.due)
    received = _received(stage.log)
    rules = Counter(one["document"]["data"]["rule"] for one in received)
    if rules != due or len({one["filename"] for one in received}) != due.total():
        raise DemoFailed(f"{len(received)} messages arrived where {due.total()} were due, each once")


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


def _run(folder: Path, words: tuple[str, ...]) -> int:
    """One of our commands to its end, quietly. Returns its exit status."""
    command = [sys.executable, "-m", "otpushd", words[0], "--config", str(folder / "otpushd.yaml"), *words[1:]]
    with (folder / "commands.log").open("a") as log:
        done = subprocess.run(  # noqa: S603 - our own command
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=_environ(), check=False
        )
    return done.returncode


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OURS}


@contextmanager
def _process(arguments: list[str], folder: Path, errors: Path) -> Iterator["subprocess.Popen[str]"]:
    """One of our commands, in a session of its own so that Ctrl-C in the terminal reaches us alone, who then end it."""
    command = [sys.executable, "-m", "otpushd", *arguments]
    with errors.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            cwd=folder,
            env=_environ(),
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
