"""Which answers a poller never sees while sixteen writers commit out of order: otpushd beside `id > watermark`.

`python -m benchmarks.loss [--quick]`. A PostgreSQL server of its own; both pollers read the same rows in the same run,
as a role that holds SELECT on three tables and nothing else. otpushd is its whole way to rows committed in its store.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

from benchmarks.measure import percentile, shown, tell
from otpushd import log
from otpushd.model.delivery import Notification, Priority
from otpushd.model.event import Event
from otpushd.model.plan import Plan
from otpushd.poll import SourcePoll
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.routing.route import NO_RULES, Routed
from otpushd.store.opening import open_store
from otpushd.thinking import Thinking
from tests.postgres import Cluster, running_cluster
from tests.prodigy_on_postgres import READER, SCHEMA, ProdigyOnPostgres, create_reader

WRITERS = 16
ROLLED_BACK = 0.1
ANSWERS = 3
"""To a save, and as many links to the session's dataset."""
POLL_SECONDS = 0.05
PAUSE_SECONDS = 0.2
"""Of a writer between two saves, on average."""
OPEN_SECONDS = 0.02
"""How long a writer's transaction stays open at most, besides its statements."""
CONNECTING_SECONDS, SETTLING_SECONDS = 1.0, 3.0

SLOW_TRIGGER = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN PERFORM pg_sleep(random() * 0.05); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON link FOR EACH ROW EXECUTE FUNCTION slow();
"""
SAVEPOINTS, LONG = "savepoints", "unrelated long transaction"
MODES = {
    "normal": "",
    "slow BEFORE INSERT trigger": SLOW_TRIGGER,
    "sequence CACHE 20": "ALTER SEQUENCE link_id_seq CACHE 20",
    SAVEPOINTS: "",
    LONG: "",
}
Times = dict[int, float]
"""By the id of the answered example, on the clock that all processes share."""


@dataclass
class Seen:
    """When each answer was seen for the first time, and how often, by one poller."""

    first: Times = field(default_factory=dict)
    times: Counter[int] = field(default_factory=Counter)

    def add(self, examples: Sequence[int]) -> None:
        """Seen now."""
        now = time.perf_counter()
        for example in examples:
            self.first.setdefault(example, now)
            self.times[example] += 1

    def against(self, committed: Times) -> tuple[int, int, list[float]]:
        """How many were lost, how many sightings were too many, and each one's milliseconds since its commit."""
        late = [(self.first[each] - at) * 1000 for each, at in committed.items() if each in self.first]
        repeated = sum(self.times.values()) - len(self.times) + len(self.first.keys() - committed.keys())
        return len(committed) - len(late), repeated, late


class Noting:
    """A router that notes each answer, and routes it to one person so that the poll says when its page is committed."""

    book = NO_RULES

    def __init__(self, seen: Seen) -> None:
        self._seen, self._examples = seen, list[int]()

    def route(self, event: Event) -> Routed:
        """See Router.route."""
        example = event.value("example")
        if not isinstance(example, int):
            return Routed((), ())
        self._examples.append(example)
        person, channels = "lea", ("push",)
        text = {"rule": "r", "event_id": event.id, "event_type": event.type, "dataset": event.dataset, "body": ""}
        done = Notification(
            id=event.id, person=person, channels=channels, title="", link=None, priority=Priority.NORMAL,
            created_at=event.time, expires_at=None, event=b"{}", **text,  # type: ignore[arg-type]
        )  # fmt: skip
        return Routed((done,), ())

    def committed(self) -> None:
        """The page that these came from is committed."""
        self._seen.add(self._examples)
        self._examples.clear()


def write(
    cluster: Cluster, database: str, mode: str, seconds: float, seed: int, begin: Signal, out: Connection
) -> None:
    """One writer, in a process of its own: saves of three answers, one in ten rolled back. Sends what it committed."""
    chance, writer, committed = random.Random(seed), ProdigyOnPostgres(cluster, database), Times()
    begin.wait()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        examples = writer.examples([{"text": f"{seed} {number}", "answer": "accept"} for number in range(ANSWERS)])
        writer.execute("BEGIN")
        kept = [each for each in examples if answer(writer, each, mode, chance)]
        time.sleep(chance.random() * OPEN_SECONDS)
        if chance.random() < ROLLED_BACK:
            writer.execute("ROLLBACK")
        else:
            writer.execute("COMMIT")
            committed.update(dict.fromkeys(kept, time.perf_counter()))
        time.sleep(chance.random() * 2 * PAUSE_SECONDS)
    writer.close()
    out.send(committed)


def answer(writer: ProdigyOnPostgres, example: int, mode: str, chance: random.Random) -> bool:
    """Link an example to the main and the session dataset. Whether it is there when the transaction commits."""
    if mode != SAVEPOINTS:
        writer.link(example, 1)
        writer.link(example, 2)
        return True
    writer.execute("SAVEPOINT one")
    writer.link(example, 1)
    writer.link(example, 2)
    kept = chance.random() >= ROLLED_BACK
    writer.execute("RELEASE SAVEPOINT one" if kept else "ROLLBACK TO SAVEPOINT one")
    return kept


def watermark(cluster: Cluster, database: str, seen: Seen, stopping: threading.Event) -> None:
    """The usual poller: everything above the largest id that it has seen."""
    query = "SELECT id, example_id FROM link WHERE id > %s AND dataset_id = 1 ORDER BY id"
    with cluster.connect(database, READER) as connection:
        last = 0
        while not stopping.wait(POLL_SECONDS):
            if rows := connection.execute(query, (last,)).fetchall():
                last = rows[-1][0]
                seen.add([example for _, example in rows])


def otpushd(cluster: Cluster, database: str, seen: Seen, stopping: threading.Event) -> None:
    """otpushd's own loop as the daemon drives it; an answer counts as seen when its page's commit has returned."""
    source, noting = PostgresSource(cluster.parameters(database, READER)), Noting(seen)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        store = writer.submit(open_store, Path(folder) / "store.db").result()
        poll = SourcePoll(
            name="main",
            source=source,
            thinking=Thinking("main", Plan(), noting),  # type: ignore[arg-type]
            database=store,
            reader=reader,
            writer=writer,
            clock=lambda: datetime.now(UTC),
            wake=noting.committed,
            from_beginning=True,
        )
        asyncio.run(every_poll(poll, stopping))
        reader.submit(source.close).result()
        writer.submit(store.close).result()


async def every_poll(poll: SourcePoll, stopping: threading.Event) -> None:
    """Every 50 ms, whatever a poll takes."""
    following = time.perf_counter()
    while not stopping.is_set():
        if not await poll.run():
            raise SystemExit("loss: the source cannot be read")
        following = max(following + POLL_SECONDS, time.perf_counter())
        await asyncio.sleep(following - time.perf_counter())


def race(cluster: Cluster, mode: str, seconds: float) -> tuple[Times, Seen, Seen]:
    """One mode on a database of its own: what was committed, and what each poller saw."""
    database = cluster.create_database()
    with cluster.connect(database) as connection:
        connection.execute(SCHEMA + MODES[mode])
    create_reader(cluster, database)
    first = ProdigyOnPostgres(cluster, database)
    first.dataset("news")
    first.session("news-ann")
    if mode == LONG:
        first.execute("BEGIN")
        first.dataset("unrelated")
    forking, ends, writers = multiprocessing.get_context("fork"), [], []
    begin = forking.Event()
    for seed in range(WRITERS):
        here, there = forking.Pipe(duplex=False)
        writers.append(forking.Process(target=write, args=(cluster, database, mode, seconds, seed, begin, there)))
        ends.append(here)
    for each in writers:  # before there is any thread: a fork takes none along
        each.start()
    stopping, ours, usual = threading.Event(), Seen(), Seen()
    with ThreadPoolExecutor(2) as pollers:
        running = [pollers.submit(otpushd, cluster, database, ours, stopping)]
        running.append(pollers.submit(watermark, cluster, database, usual, stopping))
        time.sleep(CONNECTING_SECONDS)
        begin.set()
        committed = {example: at for each in ends for example, at in each.recv().items()}
        until = time.perf_counter() + SETTLING_SECONDS
        while time.perf_counter() < until and len(ours.first) < len(committed):
            time.sleep(POLL_SECONDS)
        time.sleep(4 * POLL_SECONDS)
        stopping.set()
        for poller in running:
            poller.result()
    for each in writers:
        each.join()
    first.close()
    cluster.drop_database(database)
    return committed, ours, usual


def run(quick: bool) -> bool:
    """Measure and print. Returns whether otpushd saw every answer once."""
    lines, good = [], True
    with running_cluster() as cluster:
        for mode in MODES:
            committed, ours, usual = race(cluster, mode, 2 if quick else 15)
            for name, seen in (("otpushd", ours), ("id > watermark", usual)):
                lost, repeated, late = seen.against(committed)
                good = good and (name != "otpushd" or lost == repeated == 0)
                share = f"{100 * lost / len(committed):.1f} %" if lost else ""
                times = [shown(percentile(late, part)) for part in (0.5, 0.99)]
                lines.append([mode, name, f"{len(committed):,}", f"{lost:,}", share, f"{repeated:,}", *times])
    head = ["", "poller", "answers", "lost", "", "repeated", "p50 ms", "p99 ms"]
    title = f"loss: {WRITERS} writers, 1 save in 10 rolled back, poll: 50ms (aim: 0 lost, 0 repeated, p50 under 50 ms)"
    tell(title, head, lines)
    return good


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where otpushd saw every answer once, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loss", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seconds a mode: only shows that it runs")
    given = parser.parse_args(arguments)
    with Path(os.devnull).open("w") as nowhere:
        log.configure(os.environ, nowhere)
        return 0 if run(given.quick) else 1


if __name__ == "__main__":
    sys.exit(main())
