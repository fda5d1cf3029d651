"""One daemon a store: the second is refused with the first one's process, and the lock dies with its holder."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from otpushd.store.lock import StoreInUse, StoreLock

HOLD = """
import sys; from pathlib import Path; from otpushd.store.lock import StoreLock
lock = StoreLock(Path(sys.argv[1])); lock.take(); print("held", flush=True); sys.stdin.read()
"""


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the store."""
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_with_the_firsts_number(path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(StoreInUse, match=rf"another otpushd \(process {holder.pid}\) uses this store"):
        StoreLock(path).take()


def test_another_name_of_the_same_file_is_the_same_store(path: Path, holder: subprocess.Popen[str]) -> None:
    path.touch()
    other = path.with_name("other.db")
    other.symlink_to(path)
    with pytest.raises(StoreInUse):
        StoreLock(other).take()


def test_the_lock_dies_with_its_holder(path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    lock = StoreLock(path)
    lock.take()
    assert path.with_name("store.db.lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_what_was_released_can_be_taken_again_and_releasing_twice_is_harmless(path: Path) -> None:
    first, second = StoreLock(path), StoreLock(path)
    first.take()
    first.release()
    first.release()
    second.take()
    with pytest.raises(StoreInUse, match=f"process {os.getpid()}"):
        first.take()
    second.release()


def test_a_store_in_another_place_is_another_store(path: Path, holder: subprocess.Popen[str]) -> None:
    lock = StoreLock(path.with_name("other.db"))
    lock.take()
    lock.release()


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        StoreLock(tmp_path / "no" / "store.db").take()
