"""A file of tasks: whole lines or none, whatever the disk does and whoever wrote there before."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from otpushd.files.queue_file import QueueFile, mend_of

LINES = [b'{"queued": "aa", "text": "x"}\n', b'{"queued": "bb", "text": "y"}\n']


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "queue.jsonl"


@pytest.fixture
def file(path: Path) -> Iterator[QueueFile]:
    file = QueueFile(path)
    yield file
    file.close()


@pytest.fixture
def most() -> Iterator[int]:
    """No file may become larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield 100_000
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lines_are_appended_and_found_again_by_their_marks(path: Path, file: QueueFile) -> None:
    file.append(LINES)
    assert path.read_bytes() == b"".join(LINES)
    assert file.has(["aa", "cc", "bb", "a"]) == {"aa", "bb"}


def test_marks_are_found_in_a_file_larger_than_one_read(file: QueueFile) -> None:
    lines = [b'{"queued": "%05d", "text": "%s"}\n' % (n, b"x" * 997) for n in range(3000)]
    file.append(lines)
    assert file.has([f"{n:05d}" for n in range(0, 3100, 100)]) == {f"{n:05d}" for n in range(0, 3000, 100)}


def test_what_does_not_fit_is_taken_back_whole(path: Path, file: QueueFile, most: int) -> None:
    file.append(LINES)
    with pytest.raises(OSError, match="File too large") as caught:
        file.append([b'{"queued": "cc", "text": "' + b"x" * most + b'"}\n'])
    assert path.read_bytes() == b"".join(LINES)
    assert "limit" in mend_of(caught.value)


@pytest.mark.parametrize(
    ("there", "left"),
    [
        pytest.param(b'{"text": "by hand"}', b'{"text": "by hand"}\n', id="a line of somebody's without its break"),
        pytest.param(LINES[0] + b'{"queued": "bb", "te', LINES[0], id="a line of ours that was torn"),
        pytest.param(LINES[0][:-1], LINES[0], id="a whole line of ours without its break"),
        pytest.param(b"not json", b"not json\n", id="what is no JSON but not ours either"),
        pytest.param(b"", b"", id="an empty file"),
    ],
)
def test_the_last_line_is_made_whole_first(path: Path, there: bytes, left: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(there)
    file = QueueFile(path)
    file.append([LINES[1]])
    file.close()
    assert path.read_bytes() == left + LINES[1]


def test_another_process_cannot_have_it_at_the_same_time(path: Path, file: QueueFile) -> None:
    code = f"from pathlib import Path; from otpushd.files.queue_file import QueueFile; QueueFile(Path({str(path)!r}))"
    tried = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "BlockingIOError" in tried.stderr
    file.append(LINES)


def test_whoever_may_read_the_folder_may_read_the_file(tmp_path: Path) -> None:
    for mode in (0o770, 0o755, 0o700):
        folder = tmp_path / oct(mode)
        folder.mkdir()
        folder.chmod(mode)
        QueueFile(folder / "queue.jsonl").close()
        assert (folder / "queue.jsonl").stat().st_mode & 0o777 == mode & 0o666
