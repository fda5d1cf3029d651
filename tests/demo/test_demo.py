"""`otpushd demo`, for real: it comes to its end, and leaves nothing behind whatever way it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

MOST_SECONDS = 120


@dataclass
class Demo:
    """A demo that runs in a session of its own, with a folder for temporary files of its own, which is `scratch`."""

    process: subprocess.Popen[str]
    scratch: Path

    def read_until(self, text: str) -> str:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                break
        return "".join(lines)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=MOST_SECONDS)
        return self.process.returncode, out, err

    def left_behind(self) -> list[str]:
        """Files in its temporary folder, and processes that were started with a path in it."""
        running = [" ".join(words) for _, words in commands() if any(f"{self.scratch}/" in word for word in words)]
        return [str(path) for path in self.scratch.iterdir()] + running

    def child(self, word: str) -> int:
        """The process id of the daemon (`run`) or the gateway (`sandbox`)."""
        return next(
            number for number, words in commands() if word in words and any(str(self.scratch) in one for one in words)
        )


def commands() -> Iterator[tuple[int, list[str]]]:
    """Process id and command line of everything that runs."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield int(path.parent.name), path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it ended while we looked


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts `otpushd demo`; it is ended with the test."""
    started: list[Demo] = []

    def start(*options: str) -> Demo:
        scratch, here = tmp_path / "scratch dir", tmp_path / "here"
        scratch.mkdir()
        here.mkdir(mode=0o555)
        environ = {**os.environ, "TMPDIR": str(scratch), "PRODIGY_CONFIG_OVERRIDES": '{"db": "mysql"}', "NO_COLOR": "1"}
        command = [sys.executable, "-m", "otpushd", "demo", *options]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=here,
            env={**environ, "PYTHONUNBUFFERED": "1", "http_proxy": "http://127.0.0.1:9"},
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        started.append(Demo(process, scratch))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGTERM)
        one.process.communicate(timeout=MOST_SECONDS)


def test_the_demo_shows_every_message_and_a_summary(demo: Callable[..., Demo]) -> None:
    """Soon after the quiet hours of whoever has some, with exit 0, plainly, from a folder that cannot be written."""
    began = time.monotonic()
    running = demo()
    status, out, err = running.end()

    assert (status, err) == (0, "")
    assert time.monotonic() - began < MOST_SECONDS
    assert running.left_behind() == []
    assert out.count(" -> ") == 23
    assert "\x1b" not in out
    assert "-> Lea Roth    Nobody has started on 12 samples in contracts-a " in out
    assert "-> Tom Vale    2 messages held back for you " in out
    assert "Oli Brunner         2  import-failed, data-problem\n" in out
    assert "23 messages to 8 people, each once, " in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_demo_that_is_told_to_end_takes_everything_with_it(demo: Callable[..., Demo], number: signal.Signals) -> None:
    """Told twice, as impatient people do."""
    running = demo()
    running.read_until("1. ")
    os.killpg(running.process.pid, number)
    time.sleep(0.05)
    os.killpg(running.process.pid, number)
    status, _, err = running.end()

    assert (status, err) == (128 + number, "")
    assert running.left_behind() == []


@pytest.mark.parametrize(("word", "name"), [("run", "daemon"), ("sandbox", "sandbox")])
def test_a_demo_that_fails_says_so_and_takes_everything_with_it(
    demo: Callable[..., Demo], word: str, name: str
) -> None:
    """One line, exit 1."""
    running = demo()
    running.read_until("1. ")
    os.kill(running.child(word), signal.SIGKILL)
    status, _, err = running.end()

    assert (status, err) == (1, f"otpushd demo: the {name} ended in the middle (exit status -9)\n")
    assert running.left_behind() == []


def test_the_page_can_be_kept_until_ctrl_c(demo: Callable[..., Demo]) -> None:
    """To look at the phones at leisure; that is an end in order."""
    import urllib.request

    running = demo("--stay")
    url = running.read_until("until Ctrl-C").rpartition("The phones stay at ")[2].split()[0]
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as page:
        shown = page.read().decode()
    os.killpg(running.process.pid, signal.SIGINT)
    status, _, err = running.end()

    assert (status, err) == (0, "")
    assert "otpushd sandbox" in shown
    assert running.left_behind() == []
