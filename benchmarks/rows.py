"""Rows a second from Prodigy's database to committed outbox rows, on one core, beside reading and decoding alone."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import made_up
from benchmarks.measure import Case, on_core, take_turns, tell_rates
from otpushd.model.plan import Plan
from otpushd.poll import SourcePoll
from otpushd.prodigy.sqlite_rows import PAGE_ROWS
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.prodigy.task import decode
from otpushd.routing.route import Router
from otpushd.routing.rule import Rule
from otpushd.store.opening import open_store
from otpushd.store.sql import rows
from otpushd.thinking import Thinking

READ = "bare: read and decode the same rows"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BARE = "SELECT l.id, e.content FROM link l JOIN example e ON e.id = l.example_id WHERE l.id > ? ORDER BY l.id LIMIT ?"
CASES = {"every row matches a rule": 1, "1 row in 100 matches": 100}


def run(quick: bool) -> None:
    """Measure and print. A row is an answer; each has two links to read, as Prodigy writes them."""
    answers = 2_000 if quick else 20_000
    with tempfile.TemporaryDirectory() as name, on_core(0):
        folder = Path(name)
        rules = made_up.rules(folder)
        cases: dict[str, Case] = {}
        for title, one_in in CASES.items():
            path = folder / f"prodigy-{one_in}.db"
            made_up.fill(path, answers, matching_one_in=one_in)
            cases[title] = _case(path, rules, answers, one_in)
        cases[READ] = lambda: bare(path, answers)
        figures = take_turns(cases, 1 if quick else 3)
    tell_rates(
        f"rows: {answers:,} answers of 1.1 kB, 100 rules, one core, FULL sync (aim 40,000 rows/s)",
        "rows/s",
        figures,
        lambda _: READ,
    )


def through(path: Path, rules: Sequence[Rule], answers: int, matching_one_in: int) -> float:
    """Rows a second through poll, detection, rules and the commits of a new store."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        database = writer.submit(open_store, Path(folder) / "store.db").result()
        router = Router(rules, made_up.PEOPLE, [made_up.CHANNEL], [])
        poll = SourcePoll(
            name="main",
            source=SqliteSource(path),
            thinking=Thinking("main", Plan(), router),
            database=database,
            reader=reader,
            writer=writer,
            clock=lambda: NOW,
            wake=lambda: None,
            from_beginning=True,
        )
        begun = time.perf_counter()
        asyncio.run(poll.run())
        took = time.perf_counter() - begun
        ((sent,),) = writer.submit(rows, database, "SELECT count(*) FROM notification").result()
        reader.submit(poll.source.close).result()
        writer.submit(database.close).result()
    if sent != -(-answers // matching_one_in):
        raise SystemExit(f"rows: {sent} notifications of {answers} answers, one in {matching_one_in} was expected")
    return answers / took


def _case(path: Path, rules: Sequence[Rule], answers: int, matching_one_in: int) -> Case:
    return lambda: through(path, rules, answers, matching_one_in)


def bare(path: Path, answers: int) -> float:
    """Rows a second of a loop that reads and decodes the same rows in pages of the same size, and no more."""
    connection = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True)
    begun, last, count = time.perf_counter(), 0, 0
    while page := connection.execute(BARE, (last, PAGE_ROWS)).fetchall():
        for _, content in page:
            decode(content)
            count += 1
        last = page[-1][0]
    took = time.perf_counter() - begun
    connection.close()
    return answers / took
