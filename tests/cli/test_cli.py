"""The list of commands: complete, quick, and with the exit codes that product.md fixes."""

import subprocess
import sys
import time
from importlib.util import find_spec

import pytest

from otpushd import __version__
from otpushd.cli import COMMANDS

LIMIT_SECONDS = 0.3


def otpushd(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command, in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "otpushd", *arguments], capture_output=True, text=True, timeout=30, check=False
    )


def test_help_names_every_command_with_an_example() -> None:
    """Each command has its line in the list and one under Examples."""
    answer = otpushd("--help")

    assert answer.returncode == 0
    assert all(f"\n  {name} " in answer.stdout and f"  otpushd {name} " in answer.stdout for name in COMMANDS)


def test_help_is_quick() -> None:
    """The best of five, because a busy machine says nothing about the command."""

    def seconds() -> float:
        started = time.perf_counter()
        otpushd("--help")
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < LIMIT_SECONDS


def test_the_version_is_the_package_s() -> None:
    """`--version` prints one line."""
    assert otpushd("--version").stdout == f"otpushd, version {__version__}\n"


def test_an_unknown_command_is_refused_with_the_nearest_name() -> None:
    """Exit 2, and what was probably meant."""
    answer = otpushd("chekc-rules")

    assert answer.returncode == 2
    assert "check-rules" in answer.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    """`otpushd COMMAND --help` shows at least one complete call."""
    answer = otpushd(name, "--help")

    assert answer.returncode == 0, answer.stderr
    assert f" otpushd {name}" in answer.stdout.partition("\n")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_its_own_module(name: str) -> None:
    """A name in the list leads somewhere."""
    assert find_spec(COMMANDS[name][0])


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_wrong_usage(name: str) -> None:
    """Exit 2, as for a wrong configuration."""
    assert otpushd(name, "--no-such-option").returncode == 2
