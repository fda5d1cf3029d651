"""How long a read of Prodigy's file keeps it from being written: its own waits of 5 s have to cover it many times."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import repeat
from pathlib import Path

from benchmarks import made_up
from benchmarks.measure import percentile, tell
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.sqlite_source import SqliteSource

MAX_ID = "SELECT coalesce(max(id), 0) FROM link"
PAGE = """
SELECT l.*, e.* FROM link l JOIN dataset d ON d.id = l.dataset_id JOIN example e ON e.id = l.example_id
WHERE l.id > 0 AND NOT d.session ORDER BY l.id LIMIT 500
"""
MEGABYTE = 1_000_000


def run(quick: bool) -> None:
    """Measure and print: from a read's first statement to its last, which is a little more than the lock is held."""
    reads = 5 if quick else 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        usual = folder / "usual.db"
        made_up.fill(usual, 500 if quick else 20_000, matching_one_in=1)
        lines = [
            *_bare(usual, reads),
            *_usual(usual, reads),
            *_large(folder, reads, 2 if quick else 1),
            *_many_datasets(folder / "datasets.db", 2_000 if quick else 20_000, reads),
        ]
    title = f"lock: {reads} reads of each kind (demanded: 20 ms at the 99th percentile at most)"
    tell(title, ["ms", "p50", "p99", "max"], lines)


class Held:
    """How long (seconds) each transaction of a source was open: it is told of every statement before it runs."""

    def __init__(self, source: SqliteSource) -> None:
        self._begun = 0.0
        self.seconds: list[float] = []
        connection = source._connection
        assert connection is not None
        connection.set_trace_callback(self._statement)

    def _statement(self, sql: str) -> None:
        if sql == "BEGIN":
            self._begun = time.perf_counter()
        elif sql == "ROLLBACK":
            self.seconds.append(time.perf_counter() - self._begun)


def _bare(path: Path, reads: int) -> list[list[str]]:
    bare = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True)
    cases = {"one SELECT of the greatest id": MAX_ID, "one SELECT of 500 rows": PAGE}
    lines = []
    for case, sql in cases.items():
        took = []
        for _ in repeat(None, reads):
            begun = time.perf_counter()
            bare.execute(sql).fetchall()
            took.append(time.perf_counter() - begun)
        lines.append(_told(f"bare: {case}", took))
    bare.close()
    return lines


def _usual(path: Path, reads: int) -> list[list[str]]:
    source = SqliteSource(path)
    page = source.read(0, (), None)
    newest = source.read(page.highest, (), None)
    cases: dict[str, Callable[[], object]] = {
        "nothing new": lambda: source.read(page.highest, (), newest.fingerprint),
        "one new answer": lambda: source.read(page.highest - 2, (), page.fingerprint),
        f"a full page: {len(page.links)} links, answers of 1.1 kB": lambda: source.read(0, (), page.fingerprint),
        "a page of the sweep": lambda: source.reread(0, page.links[-1].id, page.fingerprint),
    }
    lines = [_line(case, source, read, reads) for case, read in cases.items()]
    source.close()
    return lines


def _large(folder: Path, reads: int, small: int) -> list[list[str]]:
    """`small` divides the sizes."""
    lines = []
    for size, count in ((40_000, 200), (MEGABYTE, 20), (30 * MEGABYTE, 2), (80 * MEGABYTE, 2)):
        path = folder / f"{size}.db"
        database = ProdigyDatabase(path)
        text = "x" * (size // small)
        for _ in range(count):
            database.save("contracts-00", [{"text": text, "answer": "accept"}], "contracts-00-ann")
        database.close()
        source = SqliteSource(path)
        read = partial(source.read, 0, (), source.read(0, (), None).fingerprint)
        lines.append(_line(f"a page of rows of {size // small / MEGABYTE:g} MB", source, read, reads))
        source.close()
        path.unlink()
    return lines


def _many_datasets(path: Path, count: int, reads: int) -> list[list[str]]:
    """Somebody writes between two reads. Where it was a dataset, all of them are read again."""
    database = ProdigyDatabase(path)
    database.execute("BEGIN")
    for number in range(count):
        row = (f"contracts-{number}", 1_760_000_000, b"{}", number % 10 > 0)
        database.execute("INSERT INTO dataset (name, created, meta, session) VALUES (?, ?, ?, ?)", row)
    database.execute("COMMIT")
    database.save("contracts-0", [{"text": "t", "answer": "accept"}], "contracts-1")
    source = SqliteSource(path)
    page = source.read(0, (), None)

    def read_after(sql: str) -> None:
        database.execute(sql)
        source.read(page.highest, (), page.fingerprint)

    another = "UPDATE example SET input_hash = input_hash + 1 WHERE id = 1"
    changed = "UPDATE dataset SET created = created + 1 WHERE id = 1"
    lines = [
        _line(f"{count:,} datasets, as before", source, lambda: read_after(another), reads),
        _line(f"{count:,} datasets, one of them changed", source, lambda: read_after(changed), reads),
    ]
    source.close()
    database.close()
    return lines


def _line(case: str, source: SqliteSource, read: Callable[[], object], reads: int) -> list[str]:
    held = Held(source)
    for _ in repeat(None, reads):
        read()
    return _told(case, held.seconds)


def _told(case: str, took: list[float]) -> list[str]:
    return [case, *(f"{seconds * 1000:,.2f}" for seconds in (percentile(took, 0.5), percentile(took, 0.99), max(took)))]
