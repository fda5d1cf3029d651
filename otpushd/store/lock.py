"""One daemon a SQLite store: a lock file that the operating system lets go of when the process ends, in any way."""

import fcntl
import os
from pathlib import Path


class StoreInUse(Exception):
    """Another otpushd has this store open for sending; the text names its process."""


class StoreLock:
    """Held from `take` until `release` or the end of the process."""

    def __init__(self, store: Path) -> None:
        store = store.resolve()  # two names of one file are one store
        self._path = store.with_name(store.name + ".lock")
        self._file: int | None = None

    def take(self) -> None:
        """Raises StoreInUse when another process holds it, OSError when the folder cannot be written."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode(errors="replace").strip()
            os.close(file)
            who = f"another otpushd (process {holder or 'unknown'})"
            raise StoreInUse(f"{who} uses this store; stop it, or give this one its own store") from None
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file

    def renew(self) -> None:
        """Take it again if its file was removed, since nobody else would see that it is held. Raises as `take` does."""
        held = self._file
        if held is not None and os.fstat(held).st_nlink == 0:
            self.take()
            os.close(held)

    def release(self) -> None:
        """Let another daemon have the store. The file stays: removing it would race with the next holder."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
