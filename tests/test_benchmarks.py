"""That each benchmark runs, with sizes that measure nothing. The figures themselves are no tests: machines differ."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["rows", "pushes", "lock", "idle", "latency"])
def test_a_benchmark_runs_and_tells_its_figures(name: str) -> None:
    """Each tells what it measured and what it is compared with."""
    command = [sys.executable, "-m", "benchmarks", name, "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"\n{name}: " in done.stdout
    assert "bare" in done.stdout


def test_an_unknown_benchmark_is_refused_with_the_names_there_are() -> None:
    """Before anything is measured."""
    done = subprocess.run([sys.executable, "-m", "benchmarks", "cows"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "there is rows, pushes" in done.stderr
