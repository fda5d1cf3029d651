"""Finds out what can be known about Prodigy's SQLite file without changing anything in it or beside it."""

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from otpushd.files.mount import network_mount
from otpushd.files.owner import owner_of
from otpushd.model.structured import Seen, StructuredMemory
from otpushd.prodigy.facts import SqliteFacts, Trouble
from otpushd.prodigy.sqlite_beside import Beside, hold, let_go, look
from otpushd.prodigy.sqlite_fault import explained
from otpushd.prodigy.sqlite_rows import PAGE_ROWS
from otpushd.prodigy.sqlite_source import LOCK_WAIT_SECONDS, SqliteSource
from otpushd.prodigy.sqlite_structured import find_structured
from otpushd.prodigy.unavailable import SourceUnavailable

ABOVE_ALL = 2**62
"""A mark above every id: such a read looks and fetches no row."""
NO_ROW = Seen(ABOVE_ALL)


def probe_sqlite(path: Path) -> SqliteFacts:
    """All facts about the file at `path`. Raises nothing that a file can cause; may block in a dead network mount."""
    facts = SqliteFacts(path, network=network_mount(path))
    try:
        facts = _of_file(facts)
        return _of_tables(facts)
    except SourceUnavailable as error:
        return replace(facts, trouble=Trouble(error.code, error.mend))
    except OSError as error:
        return replace(facts, trouble=Trouble("unreadable", f"{path}: {error.strerror or 'cannot be read'}"))


def _of_file(facts: SqliteFacts) -> SqliteFacts:
    try:
        status = facts.path.stat()
    except FileNotFoundError:
        return facts  # reading it says so
    beside = [facts.path.with_name(facts.path.name + suffix) for suffix in ("-wal", "-shm", "-journal")]
    strangers = [one.name for one in beside if one.exists() and one.stat().st_uid != status.st_uid]
    return replace(
        facts,
        owner=owner_of(status),
        mode=status.st_mode & 0o7777,
        strangers=tuple(strangers),
        folder_ours=os.geteuid() not in (0, status.st_uid) and os.access(facts.path.parent, os.W_OK),
    )


def _of_tables(facts: SqliteFacts) -> SqliteFacts:
    """With the daemon's own reader: what it can read is what counts."""
    with closing(SqliteSource(facts.path)) as source:
        seen = source.read(ABOVE_ALL, (), None, structured=StructuredMemory(NO_ROW, NO_ROW))
        newest = _last(seen.structured.highest, seen.structured.highest_example) if seen.structured else None
        begun = time.perf_counter()
        page = source.read(max(0, seen.highest - PAGE_ROWS), (), seen.fingerprint, structured=newest)
        took = timedelta(seconds=time.perf_counter() - begun)
    created = max((one.created for one in seen.datasets or ()), default=0)
    beside, structured = _structured(facts.path)
    return replace(
        facts,
        beside=beside,
        highest=seen.highest,
        datasets=sum(not one.session for one in seen.datasets or ()),
        newest=_instant(created),
        page=took if page.links or page.structured else None,
        structured=structured,
        notes=seen.notes,
    )


def _last(link: int, example: int) -> StructuredMemory:
    """As if a page of the newest rows were not taken yet."""
    return StructuredMemory(Seen(max(0, link - PAGE_ROWS)), Seen(max(0, example - PAGE_ROWS)))


def _structured(path: Path) -> tuple[Beside, tuple[str, ...]]:
    """The tables of v2 storage that are read, and what stands beside the file; opened as SqliteSource opens it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not hold(descriptor, LOCK_WAIT_SECONDS):
            raise SourceUnavailable("locked", f"{path}: another process holds the lock; trying again")
        beside = look(descriptor, path)
        if beside is Beside.ROLLBACK:
            let_go(descriptor)
        how = {Beside.ROLLBACK: "mode=ro", Beside.ALONE: "immutable=1"}.get(beside, "mode=ro&readonly_shm=1")
        uri = f"{path.absolute().as_uri()}?{how}"
        with closing(sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_SECONDS, isolation_level=None)) as connection:
            tables = find_structured(connection).tables
            return beside, (tables.example, tables.link) if tables else ()
    except sqlite3.Error as error:
        raise explained(error, path) from None
    finally:
        os.close(descriptor)


def _instant(created: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(created, UTC) if created else None
    except (ValueError, OverflowError, OSError):
        return None
