"""How long a read of Prodigy's file keeps it from being written, and what one costs that finds nothing new."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from itertools import repeat
from pathlib import Path

from benchmarks import made_up
from benchmarks.measure import percentile, tell
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.sqlite_source import SqliteSource

IDLE = "SELECT coalesce(max(id), 0) FROM link"


def run(quick: bool) -> None:
    """Measure and print. The whole read is timed; the lock is held for a little less."""
    reads = 20 if quick else 400
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, large = folder / "prodigy.db", folder / "large.db"
        made_up.fill(path, 500 if quick else 20_000, matching_one_in=1)
        database = ProdigyDatabase(large)
        database.save("contracts-00", [{"text": "x" * 40_000, "answer": "accept"}] * 200, "contracts-00-ann")
        database.close()
        bare = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True)
        source, far = SqliteSource(path), SqliteSource(large)
        page = source.read(0, (), None)
        newest = source.read(page.highest, (), None)
        cases: dict[str, Callable[[], object]] = {
            f"a full page: {len(page.links)} links, answers of 1.1 kB": lambda: source.read(0, (), page.fingerprint),
            "a page of 4 MB": lambda: far.read(0, (), None),
            "one new answer": lambda: source.read(page.highest - 2, (), page.fingerprint),
            "nothing new": lambda: source.read(page.highest, (), newest.fingerprint),
            "bare: one SELECT": lambda: bare.execute(IDLE).fetchone(),
        }
        lines = [_line(case, read, reads) for case, read in cases.items()]
        for each in (source, far, bare):
            each.close()
    tell(f"lock: {reads} reads of each kind (aim: far under the 5 s that Prodigy waits)", ["us", "p50", "p99"], lines)


def _line(case: str, read: Callable[[], object], reads: int) -> list[str]:
    took = []
    for _ in repeat(None, reads):
        begun = time.perf_counter()
        read()
        took.append((time.perf_counter() - begun) * 1e6)
    return [case, f"{percentile(took, 0.5):,.0f}", f"{percentile(took, 0.99):,.0f}"]
