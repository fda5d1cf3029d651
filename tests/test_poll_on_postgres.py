"""The poll loop with its store, on a PostgreSQL source: marks, taken ids and events are committed together."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otpushd.model.event import Event
from otpushd.model.plan import Plan
from otpushd.poll import SourcePoll
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.routing.route import NO_RULES, Routed
from otpushd.store.opening import open_store
from otpushd.thinking import Thinking
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres

Start = Callable[[], SourcePoll]


class Hearing:
    """Notes the events."""

    book = NO_RULES

    def __init__(self) -> None:
        self.heard: list[object] = []

    def route(self, event: Event) -> Routed:
        self.heard += [event.value("example")] if event.value("example") else []
        return Routed()


@pytest.fixture
def router() -> Hearing:
    return Hearing()


@pytest.fixture
def start(tmp_path: Path, cluster: Cluster, postgres_database: str, router: Hearing) -> Iterator[Start]:
    """Starts a poll as a daemon does after the last one was killed: with the same store and nothing else."""
    with ThreadPoolExecutor(1) as thread:
        closing: list[Callable[[], object]] = []

        def start() -> SourcePoll:
            store = thread.submit(open_store, tmp_path / "store.db").result()
            source = PostgresSource(cluster.parameters(postgres_database, READER))
            closing.extend((store.close, source.close))
            return SourcePoll(
                name="main",
                source=source,
                thinking=Thinking("main", Plan(), router),  # type: ignore[arg-type]
                database=store,
                reader=thread,
                writer=thread,
                clock=lambda: datetime.now(UTC),
                wake=lambda: None,
            )

        yield start
        for each in closing:
            thread.submit(each).result()


def look(poll: SourcePoll, times: int = 1) -> None:
    for _ in range(times):
        assert asyncio.run(poll.run())


@pytest.fixture
def overtaken(
    cluster: Cluster, postgres_database: str, prodigy_on_postgres: ProdigyOnPostgres
) -> Iterator[ProdigyOnPostgres]:
    """A second writer, whose transaction holds link 1 for example 1. Examples 1 to 3 are there, with their sessions."""
    prodigy_on_postgres.examples([{"text": str(number), "answer": "accept"} for number in range(3)])
    slow = ProdigyOnPostgres(cluster, postgres_database)
    slow.dataset("news")
    slow.session("news-ann")
    slow.execute("BEGIN")
    save(slow, 1)
    yield slow
    slow.close()


def save(writer: ProdigyOnPostgres, example: int) -> None:
    """The answer and its session in one transaction, so that nobody waits for the person."""
    with writer.connection.transaction():
        writer.link(example, 1)
        writer.link(example, 2)


def test_what_was_overtaken_is_told_once_across_restarts(
    prodigy_on_postgres: ProdigyOnPostgres, overtaken: ProdigyOnPostgres, start: Start, router: Hearing
) -> None:
    look(start())
    save(prodigy_on_postgres, 2)
    look(start(), 2)
    look(start(), 2)
    assert router.heard == [2]
    overtaken.execute("COMMIT")
    look(start(), 3)
    poll = start()
    look(poll)
    assert poll.memory is not None
    assert (router.heard, poll.memory.mark, poll.memory.taken) == ([2, 1], 4, frozenset())


def test_what_the_first_look_saw_is_history_and_what_was_open_then_is_news(
    prodigy_on_postgres: ProdigyOnPostgres, overtaken: ProdigyOnPostgres, start: Start, router: Hearing
) -> None:
    save(prodigy_on_postgres, 2)
    look(start(), 2)
    overtaken.execute("COMMIT")
    look(start(), 2)
    assert router.heard == [1]


def test_ids_taken_from_another_database_hide_nothing_of_this_one(
    prodigy_on_postgres: ProdigyOnPostgres, overtaken: ProdigyOnPostgres, start: Start, router: Hearing
) -> None:
    """In memory, and in the store after a restart."""
    poll = start()
    look(poll)
    save(prodigy_on_postgres, 2)
    look(poll)
    overtaken.execute("ROLLBACK")
    prodigy_on_postgres.execute("TRUNCATE dataset, link RESTART IDENTITY")
    prodigy_on_postgres.dataset("other", created=5)
    prodigy_on_postgres.dataset("other-ann", session=True, created=5)
    for example in (1, 2, 3):
        save(prodigy_on_postgres, example)
    look(poll)
    look(start())
    assert sorted(map(int, map(str, router.heard))) == [1, 2, 2, 3]
