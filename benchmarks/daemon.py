"""The real command on a made-up team's folder: `otpushd run` as a process, and what the kernel says about it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 30.0
CONFIG = """
version: 1
timezone: Europe/Zurich
sources:
  - {{name: main, url: "sqlite:///prodigy.db", poll: {poll}}}
store: {{url: "sqlite:///store/otpushd.db"}}
channels:
  push:
    kind: opentext-push
    base_url: {url}
    auth: {{basic: {{user: user, password: password}}}}
rules: [rules.yaml]
people: people.yaml
"""
PEOPLE = """
people:
  lea: {name: Lea Roth, sessions: [lea], push: lea@example.org}
"""


@contextmanager
def daemon(folder: Path, url: str, poll: str) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon that is ready, on `folder`/prodigy.db and `folder`/rules.yaml, sending to `url`."""
    (folder / "otpushd.yaml").write_text(CONFIG.format(poll=poll, url=url))
    (folder / "people.yaml").write_text(PEOPLE)
    command = [sys.executable, "-m", "otpushd", "run", "--config", str(folder / "otpushd.yaml")]
    log = folder / "log.txt"
    with log.open("wb") as lines, subprocess.Popen(command, stderr=lines) as process:
        end = time.monotonic() + PATIENCE_SECONDS
        while '"event": "ready"' not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"the daemon is not ready:\n{log.read_text()}")
            time.sleep(0.02)
        try:
            yield process
        finally:
            process.terminate()


def cpu_seconds(process: int) -> float:
    """What all threads of a process have used so far. The kernel counts in nanoseconds, one file a thread."""
    threads = (Path("/proc") / str(process) / "task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def megabytes(process: int) -> tuple[float, float]:
    """Resident memory, and the part of it that is the process's own."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    sizes = {name: int(size) / 1024 for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}
    return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


def wall_seconds(*arguments: str) -> float:
    """How long a Python command takes from its start to its end."""
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environ)
    return time.perf_counter() - begun
