"""A large database: its first baseline with the memory it takes, what one new answer costs beside it, and the sweep."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import made_up
from benchmarks.daemon import CONFIG, PEOPLE
from benchmarks.measure import shown, tell
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.detect.sweep import PAUSE, SHARE, Pace
from otpushd.model.plan import Plan
from otpushd.poll import SourcePoll
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.routing.route import Router
from otpushd.store.opening import open_store
from otpushd.thinking import Thinking

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BATCH = 50_000
SWEPT_PAGES = 400


def run(quick: bool) -> None:
    """Measure and print, for a tenth of the answers and for all of them. An answer is an example and two links."""
    answers = 4_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        lines = [_line(Path(name) / str(count), count, quick) for count in (answers // 10, answers)]
    head = ["", "rows/s", "MB peak", "bare rows/s", "us/new answer", "us/swept link", "one pass", "CPU s/hour"]
    tell("history: first baseline by the real command, 1.1 kB an answer; then the sweep at its own pace", head, lines)


def _line(folder: Path, answers: int, quick: bool) -> list[str]:
    (folder / "store").mkdir(parents=True)
    made_up.rules(folder)
    path = folder / "prodigy.db"
    fill(path, answers)
    (folder / "otpushd.yaml").write_text(CONFIG.format(poll="1s", url="http://127.0.0.1:9"))
    (folder / "people.yaml").write_text(PEOPLE)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "otpushd", "run", "--once", "--config", str(folder / "otpushd.yaml")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    if status:
        raise SystemExit(f"history: the daemon ended with {status}")
    with _poll(folder) as poll:
        answer = _new_answers(poll, path, 20 if quick else 400)
        page, links = _sweep_page(poll, 2 if quick else SWEPT_PAGES)
    pages = answers * 2 / links
    every = max(PAUSE.total_seconds(), page * SHARE)
    return [
        f"{answers:,} answers",
        shown(answers / took),
        f"{usage.ru_maxrss / 1024:.0f}",
        shown(answers / bare(path)),
        shown(answer * 1e6),
        shown(page / links * 1e6),
        str(timedelta(seconds=round(pages * every))),
        f"{min(pages, 3600 / every) * page:.1f}",
    ]


def fill(path: Path, answers: int, to_an_input: int = 1, content: Callable[[int], bytes] | None = None) -> None:
    """A database with so many answers, `to_an_input` by different people, all alike unless `content` gives each.

    Its rows are Prodigy's; they are written in fewer commits than Prodigy's.
    """
    database = ProdigyDatabase(path)
    names = [database.dataset(made_up.dataset(number)) for number in range(made_up.DATASETS)]
    sessions = {name: database.session(name) for name in map(made_up.session, range(made_up.RULES * 4))}
    database.close()
    task = json.dumps(made_up.task(0, matching=False)).encode()
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous = off")
        for start in range(1, answers + 1, BATCH):
            numbers = range(start, min(start + BATCH, answers + 1))
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO example VALUES (?, ?, ?, ?)",
                ((n, _hash(n, to_an_input), n % 2**31, content(n) if content else task) for n in numbers),
            )
            links = ((n, d) for n in numbers for d in (names[n % len(names)], sessions[made_up.session(n)]))
            connection.executemany("INSERT INTO link (example_id, dataset_id) VALUES (?, ?)", links)
            connection.execute("COMMIT")
    connection.close()


def _hash(number: int, to_an_input: int) -> int:
    """Answers of one dataset by the next annotator are so far apart."""
    apart = made_up.RULES
    return (number // (apart * to_an_input) * apart + number % apart) % 2**31


def bare(path: Path) -> float:
    """Seconds to read the same rows with one SELECT, and to do nothing with them."""
    sql = "SELECT l.id, e.content FROM link l JOIN example e ON e.id = l.example_id ORDER BY l.id"
    connection = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True)
    begun = time.perf_counter()
    for _ in connection.execute(sql):
        pass
    took = time.perf_counter() - begun
    connection.close()
    return took


@contextmanager
def _poll(folder: Path) -> Iterator[SourcePoll]:
    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        database = writer.submit(open_store, folder / "store" / "otpushd.db").result()
        source = SqliteSource(folder / "prodigy.db")
        router = Router((), made_up.PEOPLE, [made_up.CHANNEL], [])
        thinking = Thinking("main", Plan(), router)
        poll = SourcePoll("main", source, thinking, database, reader, writer, lambda: NOW, lambda: None)
        poll.sweep.pace = Pace(NOW + timedelta(minutes=5))
        yield poll
        reader.submit(source.close).result()
        writer.submit(database.close).result()


def _new_answers(poll: SourcePoll, path: Path, count: int) -> float:
    """Seconds for a look that finds one new answer, the median."""
    database, took = ProdigyDatabase(path), []
    asyncio.run(poll.run())
    for number in range(count):
        database.save(made_up.dataset(number), [made_up.task(number, matching=False)], made_up.session(number))
        begun = time.perf_counter()
        asyncio.run(poll.run())
        took.append(time.perf_counter() - begun)
    database.close()
    return sorted(took)[count // 2]


def _sweep_page(poll: SourcePoll, pages: int) -> tuple[float, float]:
    """CPU seconds for a page of the sweep, and links in one."""

    async def sweep() -> tuple[int, int]:
        first, last, count = poll.memory, poll.memory, 0
        for _ in range(pages):
            poll.sweep.pace = Pace()
            assert last is not None
            done = await poll.sweep.turn(last, None, poll.fingerprint)
            if done is None or not done.memory.swept:
                break
            last, count = done.memory, count + 1
        assert first is not None
        assert last is not None
        return count, last.swept - first.swept

    poll.memory = replace(poll.memory, swept=0) if poll.memory else None
    begun = time.process_time()
    count, links = asyncio.run(sweep())
    return (time.process_time() - begun) / max(1, count), links / max(1, count)
