"""What the daemon costs while nothing happens, beside a Python process that only sleeps; and what `--help` takes."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import made_up
from benchmarks.daemon import cpu_seconds, daemon, megabytes, wall_seconds
from benchmarks.measure import take_turns, tell

SLEEPER = "import time\nwhile True: time.sleep(1)"


def run(quick: bool) -> None:
    """Measure and print. The daemon has a hundred rules and a source of a thousand rows, polled every second."""
    seconds, rounds = (1, 1) if quick else (10, 3)
    with tempfile.TemporaryDirectory() as name, subprocess.Popen([sys.executable, "-c", SLEEPER]) as sleeper:
        folder = Path(name)
        made_up.rules(folder)
        made_up.fill(folder / "prodigy.db", 1000, matching_one_in=1)
        with daemon(folder, "http://127.0.0.1:9", "1s") as process:
            time.sleep(0 if quick else 3)
            cases = {"otpushd": process.pid, "bare: a Python that sleeps": sleeper.pid}
            shares = {case: _shares(pid, seconds, rounds) for case, pid in cases.items()}
            sizes = {case: megabytes(pid) for case, pid in cases.items()}
        sleeper.kill()
    tell(
        f"idle: {rounds} x {seconds} s at `poll: 1s` (aim under 0.5 % of a core, under 90 MB resident)",
        ["", "CPU %", "rounds", "MB resident", "MB its own"],
        [
            [case, f"{share[0]:.2f}", share[1], f"{sizes[case][0]:.0f}", f"{sizes[case][1]:.0f}"]
            for case, share in shares.items()
        ],
    )
    commands = {"otpushd --help": ("-m", "otpushd", "--help"), "bare: python -c pass": ("-c", "pass")}
    walls = take_turns({case: lambda words=words: wall_seconds(*words) * 1000 for case, words in commands.items()},  # type: ignore[misc]
                       1 if quick else 15)  # fmt: skip
    least = walls["bare: python -c pass"].middle
    tell(
        "help: from start to end (aim under 300 ms)",
        ["", "ms", "rounds", "of bare"],
        [[case, f"{one.middle:.0f}", one.spread, f"{one.middle / least:.1f}"] for case, one in walls.items()],
    )


def _shares(process: int, seconds: int, rounds: int) -> tuple[float, str]:
    found = []
    for _ in range(rounds):
        before = cpu_seconds(process)
        time.sleep(seconds)
        found.append((cpu_seconds(process) - before) / seconds * 100)
    found.sort()
    return found[len(found) // 2], f"{found[0]:.2f}..{found[-1]:.2f}"
