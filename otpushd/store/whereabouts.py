"""Whether the store's file is still the one that was opened: one that was removed is put back from what is still open.

A file that is removed under a process lives on without a name, and ends with the process. For a store in SQLite alone.
"""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from otpushd.store.lock import StoreLock
from otpushd.store.opening import Database, StoreUnusable
from otpushd.store.sql import rows

MARK_AT = 60
"""Where SQLite keeps a number for the application's own use (sqlite.org/fileformat2.html, 1.3.16): 4 bytes."""
LOOKS_A_MARK = 600
BESIDE = ("-wal", "-shm")


class StoreGone(Exception):
    """The store's file was removed and cannot be put back; `mend` says what to do."""

    def __init__(self, path: Path, error: Exception) -> None:
        self.mend = f"{path} was removed and cannot be put back; mend its folder, or what is known ends with otpushd"
        super().__init__(type(error).__name__)


class Whereabouts:
    """Of one open store. To be used from its thread.

    A backup may be copied into the file itself, which then is the same file as before. So a number is left in it that
    no earlier copy can hold, another one with the first look and with every `LOOKS_A_MARK`th.
    """

    def __init__(self, path: Path, database: Database, lock: StoreLock) -> None:
        self._path, self._database, self._lock = path, database, lock
        self._looks = 0
        self._descriptor: int | None = None
        self._open()

    def check(self) -> bool:
        """Whether the file was gone, and was put back. A look that finds all well costs about 10 us.

        Raises StoreUnusable where something else stands in its place, a restored backup say: which of the two is right
        is known to whoever put it there. Raises StoreInUse where another daemon has begun there, StoreGone and OSError.
        """
        found = _identity(self._path)
        if found is None:
            self._put_back()
            return True
        if found != self._file or not self._marked():
            self._set_aside()
            raise StoreUnusable(
                f"{self._path}: another file was put in the store's place under otpushd, which uses it from the next "
                "start; stop otpushd first to restore a backup"
            )
        self._lock.renew()
        self._looks += 1
        if self._looks % LOOKS_A_MARK == 1:
            self._mark()
        return False

    def _open(self) -> None:
        """The descriptor is never closed while SQLite has the file open: with it would go SQLite's own locks."""
        before, self._descriptor = self._descriptor, os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        if before is not None:
            os.close(before)
        self._file = _identity(self._path)
        self._beside = {suffix: _identity(self._name(suffix)) for suffix in BESIDE}
        self._marks = {self._mark_in_file()}

    def _mark(self) -> None:
        number = secrets.randbits(31)
        rows(self._database, f"PRAGMA user_version = {number}")
        self._marks.add(number.to_bytes(4, "big"))
        rows(self._database, "PRAGMA wal_checkpoint(PASSIVE)")
        if (shown := self._mark_in_file()) == number.to_bytes(4, "big"):  # else somebody reads: it comes there later
            self._marks = {shown}

    def _marked(self) -> bool:
        return self._mark_in_file() in self._marks

    def _mark_in_file(self) -> bytes:
        assert self._descriptor is not None
        return os.pread(self._descriptor, 4, MARK_AT)

    def _put_back(self) -> None:
        copy = self._name(".again")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.renew()
            copy.unlink(missing_ok=True)
            copy.touch(mode=0o600)
            with closing(sqlite3.connect(copy)) as target:
                _driver(self._database).backup(target)
            os.link(copy, self._path)  # not if somebody was faster, which the next look finds
            copy.unlink()
        except (OSError, sqlite3.Error) as error:
            raise StoreGone(self._path, error) from error
        self._database.close()
        for suffix in BESIDE:  # the removed file's: all that is in them is in this one
            self._name(suffix).unlink(missing_ok=True)
        self._database.connect()
        self._open()

    def _set_aside(self) -> None:
        """Else the next start would take what the former file's log holds into the other, if not already the end."""
        rows(self._database, "PRAGMA wal_autocheckpoint = 0")
        for suffix, before in self._beside.items():
            if before is not None and _identity(self._name(suffix)) == before:
                self._name(suffix).rename(self._name(f"{suffix}.replaced"))

    def _name(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)


def _driver(database: Database) -> sqlite3.Connection:
    connection = database.connection()  # type: ignore[no-untyped-call]
    assert isinstance(connection, sqlite3.Connection)
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino
