"""A file of tasks to which otpushd appends whole lines: locked, at once, and on the disk when that is done.

Whoever reads it meanwhile sees lines that are whole; what could not be written to the end is taken back.
"""

import errno
import fcntl
import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path

READ_BYTES = 1 << 20
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
MENDS = {
    errno.ENOSPC: "make room on the disk",
    errno.EEXIST: "its folder is a file; move that away, or name another folder",
    errno.EDQUOT: "raise the quota of otpushd's user",
    errno.EFBIG: "raise the limit on the size of files, or begin a new file",
    errno.EROFS: "the file system is read-only; under systemd add its folder to ReadWritePaths=",
    errno.EACCES: "give otpushd's user write rights on the file and its folder",
    errno.EPERM: "give otpushd's user write rights on the file and its folder",
    errno.EAGAIN: "another process holds its lock; end that one",
    errno.EISDIR: "there is a folder of that name; give the queue another one",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.ENAMETOOLONG: "its name is too long for the file system",
    errno.EIO: "the disk does not answer properly",
}
"""By the system's own numbers (errno(3))."""


def mend_of(error: OSError) -> str:
    """What to do about a file that could not be written."""
    return MENDS.get(error.errno or 0, error.strerror or "see the system's log")


class QueueFile:
    """Open and locked until `close`. To be used from one thread."""

    def __init__(self, path: Path) -> None:
        """Makes the file, and its folder, if they are not there. Raises OSError, also where another holds the lock."""
        path.parent.mkdir(parents=True, exist_ok=True)
        made = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o664)
        try:
            _lock(self._file)
            if made:  # Prodigy is another user: whoever may read the folder may read this
                os.fchmod(self._file, path.parent.stat().st_mode & 0o666)
                _sync_folder(path.parent)
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

    def has(self, marks: Collection[str]) -> set[str]:
        """Those of the marks that lines of the file begin with, as `append` wrote them."""
        wanted = {_head(mark): mark for mark in marks}
        length = max(map(len, wanted), default=0)
        found, at, rest = set[str](), 0, b""
        while piece := os.pread(self._file, READ_BYTES, at):
            at += len(piece)
            *lines, rest = (rest + piece).split(b"\n")
            found |= {wanted[head] for line in lines if (head := line[:length]) in wanted}
        return found

    def append(self, lines: Sequence[bytes]) -> None:
        """Append lines, each with its line break, or none of them. Raises OSError."""
        before = self._whole()
        content = memoryview(b"".join(lines))
        try:
            while content:
                content = content[os.write(self._file, content) :]
            os.fsync(self._file)
        except BaseException:
            os.ftruncate(self._file, before)
            raise

    def _whole(self) -> int:
        """The file's size, once its last line is whole: one of ours that a power cut has torn is taken away, and one of
        somebody's that lacks its line break gets that.
        """
        size = os.fstat(self._file).st_size
        if not size or os.pread(self._file, 1, size - 1) == b"\n":
            return size
        start = self._last_line(size)
        line = os.pread(self._file, size - start, start)
        if line.startswith(_head("")[:-2]) and not _is_json(line):
            os.ftruncate(self._file, start)
            return start
        os.write(self._file, b"\n")
        return size + 1

    def _last_line(self, size: int) -> int:
        """Where the last line begins."""
        end = size
        while end > 0:
            start = max(0, end - READ_BYTES)
            found = os.pread(self._file, end - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0


def _head(mark: str) -> bytes:
    """What a line with this mark begins with: its first field."""
    return b'{"queued": "' + mark.encode() + b'",'


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _lock(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # a file system without locks has to do
        if error.errno not in WITHOUT_LOCKS:
            raise


def _sync_folder(folder: Path) -> None:
    """So that the file's name survives a power cut as well."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
