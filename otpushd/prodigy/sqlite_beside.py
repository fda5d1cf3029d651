"""What stands beside a SQLite file, looked at so that it stays as it is found. Never opens a database.

In WAL mode SQLite makes a -wal and a -shm file for a reader too where there are none, that is, where nobody has the
database open. Another user's than Prodigy's, they keep Prodigy from writing: "attempt to write a readonly database".
"""

import fcntl
import os
import time
from enum import Enum
from pathlib import Path

# SQLite's own lock of a reader (SHARED_FIRST and SHARED_SIZE in its os.h). While it is held nobody takes a -wal away,
# which needs that range for itself, nor changes the journal mode.
_SHARED = (510, 0x40000002)
_PAUSE_SECONDS = 0.01


class Beside(Enum):
    """`ROLLBACK`: not in WAL mode. In WAL mode: `OPEN`, both files are there; `ALONE`, neither is; `HALF`, one is."""

    ROLLBACK = 1
    OPEN = 2
    ALONE = 3
    HALF = 4


def hold(descriptor: int, seconds: float) -> bool:
    """Take a reader's lock, waiting at most `seconds`; False if a writer keeps it for itself. Raises OSError."""
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, *_SHARED)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            return True


def let_go(descriptor: int) -> None:
    """Give the lock back. Locks are a process's: not while SQLite has a database in WAL mode open, which needs it."""
    fcntl.lockf(descriptor, fcntl.LOCK_UN, *_SHARED)


def look(descriptor: int, path: Path) -> Beside:
    """What stands beside the file, which is open as `descriptor`; it stays so while the lock is held, but for ALONE."""
    if os.pread(descriptor, 2, 18) != b"\x02\x02":  # read and write version, sqlite.org/fileformat2.html section 1.3.3
        return Beside.ROLLBACK
    there = [path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm")]
    if all(there):
        return Beside.OPEN
    return Beside.HALF if any(there) else Beside.ALONE


def last_written(descriptor: int) -> tuple[int, ...]:
    """When the file was written last, and its size. In rollback mode only commits do so, in WAL mode others as well.

    SQLite tells a commit by a counter in the file. With a backup copied over it that counter goes back, and after as
    many commits as were lost it is what it was.
    """
    status = os.fstat(descriptor)
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size
