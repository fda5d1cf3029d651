"""Prodigy's SQLite file, read in short complete pages.

Not a writer and not a waiter: a page's statements are fetched whole inside one read transaction of milliseconds,
because a half-read cursor makes Prodigy's own save fail with "database is locked" (prodigy.md 1.5; polling.md).
"""

import os
import sqlite3
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from itertools import starmap
from pathlib import Path
from typing import TypeVar

from otpushd.model.row import DatasetRow, LinkRow, Page, Reread
from otpushd.prodigy.sqlite_beside import Beside, hold, let_go, look
from otpushd.prodigy.sqlite_fault import explained
from otpushd.prodigy.unavailable import SourceUnavailable

T = TypeVar("T")
PAGE_ROWS = 500
PAGE_BYTES = 4_000_000
ROW_BYTES = 32_000_000
LOCK_WAIT_SECONDS = 1.0
LARGEST = 2**63 - 1

COLUMNS = {
    "dataset": {"id", "name", "created", "meta", "session"},
    "example": {"id", "input_hash", "task_hash", "content"},
    "link": {"id", "example_id", "dataset_id"},
}

# The length of a blob is in its row's header, that of a text has to be counted. Content may be of any type in any row.
SIZE = "CASE typeof(e.content) WHEN 'text' THEN length(CAST(e.content AS BLOB)) ELSE length(e.content) END"
ROW = f"""
SELECT l.id, CASE typeof(l.example_id) WHEN 'integer' THEN l.example_id ELSE 0 END,
       CASE typeof(l.dataset_id) WHEN 'integer' THEN l.dataset_id ELSE 0 END,
       CASE typeof(e.input_hash) WHEN 'integer' THEN e.input_hash END,
       CASE typeof(e.task_hash) WHEN 'integer' THEN e.task_hash END,
       CASE WHEN {SIZE} <= {ROW_BYTES} THEN CAST(e.content AS BLOB) END,
       coalesce({SIZE}, 0)
FROM link l LEFT JOIN dataset d ON d.id = l.dataset_id
LEFT JOIN example e ON e.id = l.example_id AND NOT coalesce(d.session, 0)
"""  # noqa: S608 - the only values put in are the constants above
LINKS = f"{ROW} WHERE l.id > ? AND l.id <= ? ORDER BY l.id LIMIT {PAGE_ROWS}"
BELOW = f"{ROW} WHERE l.id <= ? ORDER BY l.id DESC LIMIT 1"
IDENTITIES = "SELECT group_concat(id || ' ' || created || ' ' || session || ' ' || name, char(10)) FROM dataset"
DATASETS = "SELECT id, coalesce(name, ''), created, session, meta FROM dataset ORDER BY id"
SESSIONS = """
SELECT l.example_id, l.dataset_id FROM link l JOIN dataset d ON d.id = l.dataset_id
WHERE d.session AND l.example_id IN ({})
"""


class SqliteSource:
    """A Prodigy SQLite file. `path` need not exist yet; it is never created.

    Between two reads it remembers what it need not ask again while nobody has written: which datasets there are, and
    which of the examples asked about had no session. A fingerprint is a number for the datasets, then what tells that
    somebody has written: the connection's number and its `data_version`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._descriptor: int | None = None
        self._file: tuple[int, int] | None = None
        self._opened = 0
        self._forget()

    def read(
        self, mark: int, awaited: Collection[int], fingerprint: tuple[int, ...] | None, taken: Collection[int] = ()
    ) -> Page:
        """See Source.read. A look at a file that nobody has written to since the last one costs about 20 us.

        Nothing is ever `taken` above the mark: there is one writer at a time, so ids become visible in their order.
        """
        return self._asked(lambda connection: self._page(connection, mark, awaited, fingerprint))

    def reread(self, above: int, upto: int, fingerprint: tuple[int, ...] | None) -> Reread:
        """See Source.reread."""
        return self._asked(lambda connection: self._reread(connection, above, upto, fingerprint))

    def _asked(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
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
        self._forget()

    def _forget(self) -> None:
        self._opened += 1
        self._version = -1
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
        beside = look(descriptor, self._path)
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
            _check_tables(connection, self._path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _page(
        self, connection: sqlite3.Connection, above: int, awaited: Collection[int], fingerprint: tuple[int, ...] | None
    ) -> Page:
        (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM link").fetchone()
        now = self._state(connection)
        if fingerprint == now and highest <= above and self._alone.issuperset(awaited):
            return Page((), None, now, highest=highest, mark=min(above, highest), state=now)
        links, complete = _links(connection, above, LARGEST)
        asked = {link.example_id for link in links}.union(awaited)
        sessions = _sessions(connection, sorted(asked - self._alone))
        self._alone = frozenset(asked - sessions.keys())
        below = None if fingerprint == now else connection.execute(BELOW, (above,)).fetchone()
        return Page(
            links,
            None if _same_datasets(fingerprint, now) else tuple(_datasets(connection)),
            now,
            sessions,
            highest,
            complete,
            mark=min(links[-1].id if links else above, highest),
            below=below and LinkRow(*below),
            state=now,
        )

    def _reread(
        self, connection: sqlite3.Connection, above: int, upto: int, fingerprint: tuple[int, ...] | None
    ) -> Reread:
        links, complete = _links(connection, above, upto)
        changed = not _same_datasets(fingerprint, self._state(connection))
        return Reread(links, upto if complete else links[-1].id, changed)

    def _state(self, connection: sqlite3.Connection) -> tuple[int, ...]:
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version, self._datasets, self._alone = version, _identities(connection), frozenset()
        return self._datasets, self._opened, version


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        if connection.in_transaction:  # an error in reading may have ended it already
            connection.execute("ROLLBACK")


def _links(connection: sqlite3.Connection, above: int, upto: int) -> tuple[tuple[LinkRow, ...], bool]:
    """A page of links, and whether these are all."""
    links: list[LinkRow] = []
    total = 0
    cursor = connection.execute(LINKS, (above, upto))
    for link in starmap(LinkRow, cursor):
        if total and total + link.size > PAGE_BYTES:
            cursor.close()
            return tuple(links), False
        total += link.size
        links.append(link)
    return tuple(links), len(links) < PAGE_ROWS


def _identities(connection: sqlite3.Connection) -> int:
    """A number that differs when any dataset is another one; sums would not see one replaced within a second."""
    (text,) = connection.execute(IDENTITIES).fetchone()
    return int.from_bytes(blake2b(text or b"", digest_size=8).digest(), "big")


def _same_datasets(one: tuple[int, ...] | None, other: tuple[int, ...]) -> bool:
    return one is not None and one[0] == other[0]


def _datasets(connection: sqlite3.Connection) -> Iterator[DatasetRow]:
    for number, name, created, session, meta in connection.execute(DATASETS):
        shown = name.decode(errors="replace") if isinstance(name, bytes) else str(name)
        bare = meta is None or (isinstance(meta, bytes) and meta.strip() in (b"", b"{}", b"null"))
        yield DatasetRow(number, shown, created if isinstance(created, int) else 0, bool(session), bare)


def _sessions(connection: sqlite3.Connection, examples: list[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(examples), PAGE_ROWS):
        some = examples[start : start + PAGE_ROWS]
        for example, dataset in connection.execute(SESSIONS.format(",".join("?" * len(some))), some):
            found[example] = (*found.get(example, ()), dataset)
    return found


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Other projects call their file prodigy.db too (prodigy.md, section 6): look before asking."""
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise SourceUnavailable("empty", f"{path} has no tables yet; Prodigy makes them at its first start")
    for table, wanted in COLUMNS.items():
        there = {row[1].decode() for row in connection.execute(f"PRAGMA table_info({table})")}
        if missing := sorted(wanted - there):
            lack = f"table {table} lacks {', '.join(missing)}" if there else f"there is no table {table}"
            raise SourceUnavailable("not_prodigy", f"{path} is no Prodigy database: {lack}")
