"""What SQLite's errors mean for a file that only Prodigy writes, and what to do about them.

Codes are from SQLite's list of result codes (sqlite.org/rescode.html); the extended ones begin with the plain ones.
"""

import sqlite3
from pathlib import Path

from otpushd.prodigy.unavailable import SourceUnavailable

_MENDS = {
    "SQLITE_BUSY": ("locked", "another process holds the lock; trying again"),
    "SQLITE_LOCKED": ("locked", "another process holds the lock; trying again"),
    "SQLITE_NOTADB": ("not_a_database", "this file is no SQLite database; point the source at Prodigy's prodigy.db"),
    "SQLITE_CORRUPT": ("corrupt", "the file is damaged; check it with PRAGMA integrity_check and restore a backup"),
    "SQLITE_CANTOPEN": ("unreadable", "cannot be opened; give otpushd's user read rights on the file and its folder"),
    "SQLITE_READONLY": ("needs_recovery", "a writer died in the middle of a write; start Prodigy once"),
    "SQLITE_PERM": ("unreadable", "permission denied; give otpushd's user read rights"),
    "SQLITE_AUTH": ("unreadable", "permission denied; give otpushd's user read rights"),
    "SQLITE_ERROR": ("tables_changed", "its tables are no longer what they were; looking anew"),
    "SQLITE_SCHEMA": ("tables_changed", "its tables are no longer what they were; looking anew"),
    "SQLITE_IOERR": ("io_error", "the disk or network mount does not answer properly"),
}


def explained(error: sqlite3.Error, path: Path) -> SourceUnavailable:
    """The error as a state of the source; only SQLite's own name for it is told, never its text."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    for prefix, (code, mend) in _MENDS.items():
        if name.startswith(prefix):
            return SourceUnavailable(code, f"{path}: {mend}")
    return SourceUnavailable("unreadable", f"{path}: SQLite says {name}")
