"""The gate takes its test line from the README, and stops where there is none or more than one."""

import shutil
import subprocess
from pathlib import Path

import pytest

GATE = Path(__file__).parents[1] / ".ci" / "run"
FENCE = "```"


def gate(checkout: Path, readme: str | None) -> subprocess.CompletedProcess[str]:
    """The real script, copied into a checkout that holds nothing but this README."""
    (checkout / ".ci").mkdir()
    shutil.copy(GATE, checkout / ".ci")
    if readme is not None:
        (checkout / "README.md").write_text(readme)
    return subprocess.run([checkout / ".ci" / "run"], capture_output=True, text=True, timeout=60, check=False)


def section(*lines: str) -> str:
    """A README whose test section has a block of these lines, between sections that have blocks too."""
    block = "\n".join((FENCE + "sh", *lines, FENCE))
    return f"## Run it\n{FENCE}\nexit 9\n{FENCE}\n## Test it\nIn words.\n\n{block}\n## More\n{FENCE}\nexit 9\n{FENCE}\n"


def test_the_test_line_is_run_and_shown(tmp_path: Path) -> None:
    """The line runs in the checkout; its output and its exit status are the gate's."""
    answer = gate(tmp_path, section("pwd && echo tests ran && exit 3"))

    assert f"{tmp_path}\ntests ran\n" in answer.stdout
    assert answer.returncode == 3


@pytest.mark.parametrize(
    "readme",
    [
        pytest.param(None, id="no README"),
        pytest.param("## Run it\n", id="no section"),
        pytest.param("## Test it\nJust do it.\n", id="no block"),
        pytest.param(section("exit 3", "exit 4"), id="two lines"),
        pytest.param(section(), id="empty block"),
        pytest.param(section("exit 3", FENCE, FENCE, "exit 4"), id="two blocks"),
    ],
)
def test_without_one_test_line_the_gate_stops(tmp_path: Path, readme: str | None) -> None:
    """It says that the README is to be mended, and runs nothing."""
    answer = gate(tmp_path, readme)

    assert answer.returncode == 1
    assert "README.md" in answer.stderr


def test_a_failure_after_the_tests_is_a_failure(tmp_path: Path) -> None:
    """Tests that pass do not hide that the linter could not even run."""
    answer = gate(tmp_path, section("true"))

    assert answer.returncode != 0
    assert "all good" not in answer.stdout
