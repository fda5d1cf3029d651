"""What is asked of the classic tables in a SQLite file, on an open connection and within the caller's transaction.

What is fetched is fetched whole: a half-read cursor makes Prodigy's own save fail (sqlite_source.py).
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import starmap
from pathlib import Path
from typing import Any

from otpushd.model.row import DatasetRow, LinkRow
from otpushd.prodigy.linked import Firsts, Sessions, sessions_and_firsts
from otpushd.prodigy.unavailable import SourceUnavailable

PAGE_ROWS = 500
PAGE_BYTES = 4_000_000
ROW_BYTES = 32_000_000
LARGEST = 2**63 - 1
LEAST = -(2**63)
DATASETS_AT_ONCE = 1000
TRIES = 3
"""So often are datasets read ahead of a page; in the end they are read with it, however many there are."""

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
       CASE WHEN {SIZE} <= {PAGE_BYTES} THEN CAST(e.content AS BLOB) END,
       coalesce({SIZE}, 0)
FROM link l LEFT JOIN dataset d ON d.id = l.dataset_id
LEFT JOIN example e ON e.id = l.example_id AND NOT coalesce(d.session, 0)
"""  # noqa: S608 - the only values put in are the constants above
LINKS = f"{ROW} WHERE l.id > ? AND l.id <= ? ORDER BY l.id LIMIT {PAGE_ROWS}"
HIGHEST = "SELECT coalesce(max(id), 0) FROM link"
BELOW = f"{ROW} WHERE l.id <= ? ORDER BY l.id DESC LIMIT 1"
BELOW_MAIN = f"{ROW} WHERE l.id <= ? AND l.id > ? AND NOT d.session ORDER BY l.id DESC LIMIT 1"
FAR_BELOW = 500
# Of 20,000 datasets in 5 ms. Numbers written out as text would take 20: a sum of them, each with a weight by its id.
IDENTITIES = """
SELECT group_concat(name, char(10)),
       sum(((id & 1023) + 1) * ((created & 0xffffffff) * 2 + (session <> 0))), max(id), count(*) FROM dataset
"""
DATASETS = "SELECT id, coalesce(name, ''), created, session, meta FROM dataset WHERE id > ? ORDER BY id LIMIT ?"
LAST_DATASET = "SELECT coalesce(max(id), 0) FROM dataset"
SESSIONS = """
SELECT l.example_id, l.dataset_id, coalesce(d.session, 0), count(*), min(l.id)
FROM link l JOIN dataset d ON d.id = l.dataset_id WHERE l.example_id IN ({}) GROUP BY l.example_id, l.dataset_id
"""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Datasets that were read before the page that they belong to, and what they were known by when that began."""

    tries: int = 0
    identity: int | None = None
    rows: tuple[DatasetRow, ...] = ()


def read_links(
    connection: sqlite3.Connection, above: int, upto: int, seconds: float
) -> tuple[tuple[LinkRow, ...], bool]:
    """A page of links, and whether these are all. One that takes longer than `seconds` ends with what it has."""
    links: list[LinkRow] = []
    total = 0
    end = time.monotonic() + seconds
    cursor = connection.execute(LINKS, (above, upto))
    for link in starmap(LinkRow, cursor):
        if total and total + link.size > PAGE_BYTES:
            cursor.close()
            return tuple(links), False
        total += link.size
        links.append(_whole(connection, link))
        if time.monotonic() > end:
            cursor.close()
            return tuple(links), False
    return tuple(links), len(links) < PAGE_ROWS


def _whole(connection: sqlite3.Connection, link: LinkRow) -> LinkRow:
    """With content that a page has no room for: read as a stream it is copied once, from a SELECT three times."""
    if link.content is not None or not 0 < link.size <= ROW_BYTES:
        return link
    with connection.blobopen("example", "content", link.example_id, readonly=True) as content:
        return link._replace(content=content.read())


def rows_below(connection: sqlite3.Connection, mark: int) -> tuple[LinkRow, ...]:
    """The link with the largest id at or below `mark`, and before it the last to a main dataset. See Page.below."""
    last = connection.execute(BELOW, (mark,)).fetchone()
    if last is None:
        return ()
    main = connection.execute(BELOW_MAIN, (last[0], last[0] - FAR_BELOW)).fetchone()
    found = [LinkRow(*row) for row in (main, last) if row is not None and (row is last or row[0] != last[0])]
    return tuple([_whole(connection, link) for link in found])


def identities(connection: sqlite3.Connection) -> int:
    """A number that differs when any dataset is another one; sums alone would not see one replaced within a second."""
    names, *sums = connection.execute(IDENTITIES).fetchone()
    return int.from_bytes(blake2b((names or b"") + repr(sums).encode(), digest_size=8).digest(), "big")


def fetch_datasets(connection: sqlite3.Connection, above: int, most: int) -> list[tuple[Any, ...]]:
    """So many datasets above an id, for `dataset_rows`."""
    return connection.execute(DATASETS, (above, most)).fetchall()


def dataset_rows(fetched: Iterable[tuple[Any, ...]]) -> Iterator[DatasetRow]:
    """What was fetched, as rows; that takes three times as long as fetching it."""
    for number, name, created, session, meta in fetched:
        shown = name.decode(errors="replace") if isinstance(name, bytes) else str(name)
        bare = meta is None or (isinstance(meta, bytes) and meta.strip() in (b"", b"{}", b"null"))
        yield DatasetRow(number, shown, created if isinstance(created, int) else 0, bool(session), bare)


def read_datasets(connection: sqlite3.Connection, identity: int, ahead: Ahead) -> tuple[DatasetRow, ...] | None:
    """All datasets, which are known by `identity`; None where they are so many that they have to be read ahead."""
    if ahead.identity == identity:  # it was that before the first of them was read, so nobody has changed any since
        return ahead.rows
    (last,) = connection.execute(LAST_DATASET).fetchone()  # ids are hardly given out in vain: about so many there are
    if ahead.tries < TRIES and last > DATASETS_AT_ONCE:
        return None
    return tuple(dataset_rows(fetch_datasets(connection, LEAST, LARGEST)))


def read_sessions(connection: sqlite3.Connection, examples: list[int]) -> tuple[Sessions, Firsts]:
    """The session datasets that examples are linked to, of those that are, and Page.firsts."""
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(examples), PAGE_ROWS):
        some = examples[start : start + PAGE_ROWS]
        found += connection.execute(SESSIONS.format(",".join("?" * len(some))), some)
    return sessions_and_firsts(found)


def check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Other projects call their file prodigy.db too (prodigy.md, section 6): look before asking."""
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise SourceUnavailable("empty", f"{path} has no tables yet; Prodigy makes them at its first start")
    for table, wanted in COLUMNS.items():
        there = {row[1].decode() for row in connection.execute(f"PRAGMA table_info({table})")}
        if missing := sorted(wanted - there):
            lack = f"table {table} lacks {', '.join(missing)}" if there else f"there is no table {table}"
            raise SourceUnavailable("not_prodigy", f"{path} is no Prodigy database: {lack}")
