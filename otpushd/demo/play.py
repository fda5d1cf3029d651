"""Plays the demo: gateway and daemon as processes of their own, the team's scenes in between, and what arrived."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.team import scenes, write_team

START_SECONDS = 20.0
ARRIVAL_SECONDS = 10.0

Say = Callable[[str], object]


class DemoFailed(Exception):
    """The demo did not come to its end; the text says where and where to look."""


def play(folder: Path, rules: Path, say: Say) -> Counter[str]:
    """Play everything in `folder`; returns how many messages reached each recipient. Raises DemoFailed."""
    with _gateway(folder) as (url, log):
        say(f"The gateway's page, with everybody's phone: {url}/")
        config = write_team(folder, url, rules)
        with _daemon(config, folder):
            say("otpushd is watching; 50 old answers are its baseline and announce nothing.\n")
            expected, arrived = 0, 0
            database = ProdigyDatabase(folder / "prodigy.db")
            for scene in scenes():
                time.sleep(scene.after)
                say(f"Prodigy  {scene.told}")
                scene.act(database)
                expected += scene.messages
                arrived = _show_arrivals(log, arrived, expected, say)
            database.close()
    return Counter(_recipient(one) for one in _received(log))


@contextmanager
def _gateway(folder: Path) -> Iterator[tuple[str, Path]]:
    log = folder / "gateway.jsonl"
    command = [sys.executable, "-m", "otpushd", "sandbox", "--port", "0", "--log", str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)  # noqa: S603 - our own command
    try:
        line = process.stdout.readline() if process.stdout else ""
        if "(base_url): " not in line:
            raise DemoFailed("the sandbox did not start")
        yield line.split("(base_url): ")[1].split()[0], log
    finally:
        _end(process)


@contextmanager
def _daemon(config: Path, folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "otpushd", "run", "--config", str(config)]
    lines = folder / "daemon.log"
    environ = {name: value for name, value in os.environ.items() if name not in ("NOTIFY_SOCKET", "WATCHDOG_USEC")}
    with lines.open("w") as output:
        process = subprocess.Popen(command, stderr=output, cwd=folder, env=environ)  # noqa: S603 - our own command
    try:
        end = time.monotonic() + START_SECONDS
        while '"ready"' not in lines.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise DemoFailed(f"the daemon did not start:\n{lines.read_text()}")
            time.sleep(0.05)
        yield
    finally:
        _end(process)


def _show_arrivals(log: Path, shown: int, expected: int, say: Say) -> int:
    end = time.monotonic() + ARRIVAL_SECONDS
    while shown < expected:
        received = _received(log)
        for one in received[shown:]:
            notification = one["document"]["notification"]
            say(f"           -> {_recipient(one):<12} {notification['title']}")
        shown = len(received)
        if time.monotonic() > end:
            raise DemoFailed(f"{expected - shown} messages did not arrive within {ARRIVAL_SECONDS:.0f} s")
        time.sleep(0.05)
    return shown


def _received(log: Path) -> list[dict[str, Any]]:
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    records = [json.loads(line) for line in lines if line.endswith("\n")]
    return [one for one in records if one["outcome"] == "accepted" and one["document"]]


def _recipient(one: dict[str, Any]) -> str:
    return str(one["document"]["recipient"]["name"])


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
