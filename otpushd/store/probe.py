"""Finds out what can be known about the store in SQLite without making, locking or writing anything.

A store of another kind gets a probe of its own beside this one.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from otpushd.files.mount import network_mount
from otpushd.files.owner import owner_of
from otpushd.store.facts import StoreFacts
from otpushd.store.opening import EMPTY, HISTORY, LEFT, MIGRATIONS

LOCKS = Path("/proc/locks")
LOCK_WAIT_SECONDS = 1.0
_TABLES = "SELECT count(*), coalesce(sum(name = ?), 0) FROM sqlite_master WHERE type = 'table'"


def probe_sqlite_store(path: Path) -> StoreFacts:
    """All facts about a store at `path`, which need not exist. May block in a dead network mount."""
    try:
        folder = next(one for one in path.absolute().parents if one.is_dir())
        facts = _of_folder(path, folder)
        if path.exists():
            return _of_file(facts)
        wal = path.with_name(f"{path.name}-wal")
        return replace(facts, writable=_may_write(folder), trouble=LEFT.format(wal.name) if wal.exists() else None)
    except OSError as error:
        return StoreFacts(path, path.parent, trouble=f"it cannot be looked at: {error.strerror or 'cannot be read'}")


def _of_folder(path: Path, folder: Path) -> StoreFacts:
    usage = shutil.disk_usage(folder)
    mode = folder.stat().st_mode & 0o7777
    return StoreFacts(path, folder, folder_mode=mode, free=usage.free, size=usage.total, network=network_mount(folder))


def _of_file(facts: StoreFacts) -> StoreFacts:
    status = facts.path.stat()
    facts = replace(
        facts,
        exists=True,
        mode=status.st_mode & 0o7777,
        owner=owner_of(status),
        writable=os.access(facts.path, os.W_OK) and _may_write(facts.folder),
        holder=holder_of(facts.path),
    )
    if not facts.path.is_file():
        return replace(facts, trouble="it is no file; give the store a file of its own")
    if not os.access(facts.path, os.R_OK):
        return replace(facts, trouble="it may not be read; give otpushd's user rights on the file and its folder")
    if not status.st_size:
        return replace(facts, trouble=EMPTY)
    return _of_schema(facts)


def _of_schema(facts: StoreFacts) -> StoreFacts:
    how = how_to_look(facts.path)
    if how is None:
        return facts
    try:
        uri = f"{facts.path.absolute().as_uri()}?{how}"
        with closing(sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_SECONDS)) as connection:
            tables, history = connection.execute(_TABLES, (HISTORY,)).fetchone()
            if tables and not history:
                return replace(facts, trouble="it belongs to another program; give the store a file of its own")
            names = f"SELECT name FROM {HISTORY}" if history else "SELECT NULL WHERE 0"  # noqa: S608 - a constant
            there = {name for (name,) in connection.execute(names)}
    except sqlite3.Error as error:
        return replace(facts, trouble=_explained(error))
    known = {migration.stem for migration in MIGRATIONS.glob("[0-9]*.py")}
    return replace(facts, newer=tuple(sorted(there - known)), older=tuple(sorted(known - there)))


def how_to_look(path: Path) -> str | None:
    """How to open it so that no file is made beside it: a -shm of another user's would stop the daemon.

    None where only one of its two files is there, which the next start of the daemon mends.
    """
    there = [path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm")]
    if all(there):
        return "mode=ro&readonly_shm=1"
    return None if any(there) else "immutable=1"


def _explained(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return "it is damaged, or no database; move it away and restore a backup, or start with an empty store"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "another process holds its lock; look who has it open"
    return f"it cannot be opened (SQLite says {name}); give otpushd's user rights on the file and its folder"


def holder_of(path: Path) -> int | None:
    """The process that holds the store's lock file (lock.py), told without trying the lock: that could refuse a daemon.

    The number in it is the process's own; the system's list may have another one, or none, for it.
    """
    resolved = path.resolve()
    lock = resolved.with_name(resolved.name + ".lock")
    try:
        status, text = lock.stat(), lock.read_text("ascii", "replace").strip()
        there = {fields[5] for line in LOCKS.read_text().splitlines() if (fields := line.split())[1] == "FLOCK"}
    except (OSError, IndexError):
        return None
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    return int(text) if place in there and text.isdecimal() else None


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
