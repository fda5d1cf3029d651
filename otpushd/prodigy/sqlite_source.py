"""Prodigy's SQLite file, read in short complete pages.

Not a writer and not a waiter: a page's statements are fetched whole inside one read transaction of milliseconds,
because a half-read cursor makes Prodigy's own save fail with "database is locked" (prodigy.md 1.5; polling.md).
"""

import os
import sqlite3
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from otpushd.model.examples import Counted, Examples
from otpushd.model.row import DatasetRow, Page, Reread
from otpushd.model.structured import StructuredMemory
from otpushd.prodigy.sqlite_beside import Beside, hold, last_written, let_go, look
from otpushd.prodigy.sqlite_examples import count_examples, read_examples
from otpushd.prodigy.sqlite_fault import explained
from otpushd.prodigy.sqlite_rows import (
    DATASETS_AT_ONCE,
    HIGHEST,
    LARGEST,
    LEAST,
    Ahead,
    check_tables,
    dataset_rows,
    fetch_datasets,
    identities,
    read_datasets,
    read_links,
    read_sessions,
    rows_below,
)
from otpushd.prodigy.sqlite_structured import SqliteStructured
from otpushd.prodigy.sqlite_tasks import read_tasks
from otpushd.prodigy.stored_task import MOST_TASKS, Stored
from otpushd.prodigy.unavailable import SourceUnavailable

T = TypeVar("T")
LOCK_WAIT_SECONDS = 1.0
LINKS_SECONDS = 0.01
"""So long may the links of a page take, however slow the disk and however large their examples are."""


class _Overwritten(Exception):
    """The file was changed by something that is not SQLite: what the connection holds of it may be of the old one."""


class SqliteSource:
    """A Prodigy SQLite file. `path` need not exist yet; it is never created.

    Between two reads it remembers what it need not ask again while nobody has written: which datasets there are, and
    which of the examples asked about had no session. A fingerprint is a number for the datasets, then what tells that
    somebody has written: the connection's number and its `data_version`.
    """

    def __init__(self, path: Path, links_seconds: float = LINKS_SECONDS) -> None:
        self._path = path
        self._links_seconds = links_seconds
        self._connection: sqlite3.Connection | None = None
        self._descriptor: int | None = None
        self._file: tuple[int, int] | None = None
        self._opened = 0
        self._beside = Beside.ROLLBACK
        self._structured = SqliteStructured()
        self._forget()

    def read(
        self,
        mark: int,
        awaited: Collection[int],
        fingerprint: tuple[int, ...] | None,
        taken: Collection[int] = (),
        *,
        structured: StructuredMemory | None = None,
        began: str | None = "",
    ) -> Page:
        """See Source.read. A look at a file that nobody has written to since the last one costs about 20 us.

        Nothing is ever `taken` above the mark: there is one writer at a time, so ids become visible in their order.
        """
        ahead = Ahead()
        question = partial(self._page, mark, awaited, fingerprint, structured)
        while (page := self._asked(partial(question, ahead))) is None:
            ahead = self._read_ahead(ahead.tries + 1)
        return page

    def reread(self, above: int, upto: int, fingerprint: tuple[int, ...] | None, *, structured: bool = False) -> Reread:
        """See Source.reread."""
        return self._asked(lambda connection: self._reread(connection, above, upto, fingerprint, structured))

    def tasks(self, places: Sequence[int]) -> Stored:
        """See Source.tasks."""
        return self._asked(partial(self._tasks, places[:MOST_TASKS]))

    def examples(self, above: int, upto: int, *, structured: bool = False) -> Examples | None:
        """See Source.examples."""
        return self._asked(lambda connection: read_examples(connection, above, upto, structured=structured))

    def count(self, dataset: str) -> Counted:
        """See Source.count."""
        return self._asked(lambda connection: count_examples(connection, dataset))

    def _asked(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            try:
                return self._read(self._look(), question)
            except _Overwritten:
                self.close()
                return self._read(self._look(), question)
        except sqlite3.Error as error:
            self.close()
            raise explained(error, self._path) from None
        except OSError as error:
            self.close()
            raise SourceUnavailable("unreadable", f"{self._path}: {error.strerror or 'cannot be read'}") from None
        except SourceUnavailable:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        if self._descriptor is not None:
            os.close(self._descriptor)  # not before the connection: it gives back every lock of ours on the file
        self._connection = self._descriptor = None
        self._structured = SqliteStructured()
        self._forget()

    def _forget(self) -> None:
        self._opened += 1
        self._version = -1
        self._written: tuple[int, ...] | None = None
        self._datasets = 0
        self._alone: frozenset[int] = frozenset()

    def _look(self) -> int:
        """The file's descriptor, of the file that stands there now."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            raise SourceUnavailable("missing", f"{self._path} does not exist; waiting for it") from None
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise SourceUnavailable(
                "not_a_database", f"{self._path} is no file; point the source at Prodigy's prodigy.db"
            )
        if self._descriptor is not None and self._file != (status.st_dev, status.st_ino):
            self.close()  # another file stands at this path now: the old connection would read the old one for ever
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            self._file = (status.st_dev, status.st_ino)
        return self._descriptor

    def _read(self, descriptor: int, question: Callable[[sqlite3.Connection], T]) -> T:
        """Hold the file as it is while looking how it can be read without making a file beside it, and read it so."""
        if not hold(descriptor, LOCK_WAIT_SECONDS):
            raise SourceUnavailable("locked", f"{self._path}: another process holds the lock; trying again")
        beside = self._beside = look(descriptor, self._path)
        try:
            if beside is Beside.ALONE:
                return self._read_alone(question)
            if beside is Beside.HALF and self._connection is None:
                raise SourceUnavailable(
                    "needs_recovery", f"{self._path}: its -wal or -shm file is missing; start Prodigy"
                )
            if beside is Beside.ROLLBACK:
                let_go(descriptor)  # SQLite does not know of it, and would wait for a writer who waits for us
            if self._connection is None:
                self._connection = self._connect("mode=ro" if beside is Beside.ROLLBACK else "mode=ro&readonly_shm=1")
            with _transaction(self._connection) as connection:
                return question(connection)
        finally:
            if self._connection is None:
                let_go(descriptor)

    def _read_alone(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Of a file in WAL mode that nobody has open: as if it could not change, and then see that it did not."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._forget()
        try:
            with closing(self._connect("immutable=1")) as connection:
                return question(connection)
        finally:
            if look(self._look(), self._path) is not Beside.ALONE:  # whatever was read, or went wrong, means nothing
                raise SourceUnavailable("locked", f"{self._path}: another process has just opened it; trying again")

    def _connect(self, how: str) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?{how}"
        connection = sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_SECONDS, isolation_level=None)
        try:
            connection.text_factory = bytes  # a text that is no UTF-8 must not make the driver refuse the row
            check_tables(connection, self._path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _read_ahead(self, tries: int) -> Ahead:
        """All datasets, some at a time, with the lock let go of in between."""
        identity, fetched = self._asked(partial(self._some_datasets, LEAST))
        rows: list[DatasetRow] = []
        while fetched:
            rows += dataset_rows(fetched)
            _, fetched = self._asked(partial(self._some_datasets, rows[-1].id))
        return Ahead(tries, identity, tuple(rows))

    def _page(
        self,
        above: int,
        awaited: Collection[int],
        fingerprint: tuple[int, ...] | None,
        asked: StructuredMemory | None,
        ahead: Ahead,
        connection: sqlite3.Connection,
    ) -> Page | None:
        """None where there are so many datasets that they have to be read ahead of it."""
        (highest,) = connection.execute(HIGHEST).fetchone()
        now = self._state(connection)
        datasets = None
        if not _same_datasets(fingerprint, now) and (datasets := read_datasets(connection, now[0], ahead)) is None:
            return None
        notes = self._structured.notes
        structured = self._structured.page(connection, asked, check=fingerprint != now) if asked else None
        if fingerprint == now and highest <= above and self._alone.issuperset(awaited):
            mark = min(above, highest)
            return Page((), None, now, highest=highest, mark=mark, notes=notes, state=now, structured=structured)
        links, complete = read_links(connection, above, LARGEST, self._links_seconds)
        linked = {link.example_id for link in links}
        sessions, firsts = read_sessions(connection, sorted(linked.union(awaited) - (self._alone - linked)))
        self._alone = frozenset(linked.union(awaited) - sessions.keys())
        return Page(
            links,
            datasets,
            now,
            sessions,
            highest,
            complete,
            mark=min(links[-1].id if links else above, highest),
            notes=notes,
            below=() if fingerprint == now else rows_below(connection, above),
            state=now,
            structured=structured,
            firsts=firsts,
        )

    def _reread(
        self,
        connection: sqlite3.Connection,
        above: int,
        upto: int,
        fingerprint: tuple[int, ...] | None,
        structured: bool,
    ) -> Reread:
        connection.execute(HIGHEST).fetchone()  # what is read from now on is of one moment
        changed = not _same_datasets(fingerprint, self._state(connection))
        if structured:
            return self._structured.reread(connection, above, upto, changed)
        links, complete = read_links(connection, above, upto, self._links_seconds)
        return Reread(links, upto if complete else links[-1].id, changed)

    def _some_datasets(self, above: int, connection: sqlite3.Connection) -> tuple[int, list[tuple[Any, ...]]]:
        fetched = fetch_datasets(connection, above, DATASETS_AT_ONCE)
        return self._state(connection)[0], fetched

    def _tasks(self, places: Sequence[int], connection: sqlite3.Connection) -> Stored:
        self._structured.look(connection)
        return read_tasks(connection, places, self._structured.task, self._links_seconds)

    def _state(self, connection: sqlite3.Connection) -> tuple[int, ...]:
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        written = (
            None if self._descriptor is None or self._beside is not Beside.ROLLBACK else last_written(self._descriptor)
        )
        if version != self._version:
            self._structured.look(connection)
            self._version, self._datasets, self._alone = version, identities(connection), frozenset()
        elif written != self._written:
            raise _Overwritten
        self._written = written
        return self._datasets, self._opened, version


def _same_datasets(one: tuple[int, ...] | None, other: tuple[int, ...]) -> bool:
    return one is not None and one[0] == other[0]


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        if connection.in_transaction:  # an error in reading may have ended it already
            connection.execute("ROLLBACK")
