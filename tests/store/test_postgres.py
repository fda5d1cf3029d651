"""A connection to the store sets what it needs, and is replaced by a new one when it was lost."""

from collections.abc import Iterator, Mapping

import peewee
import psycopg
import pytest

from otpushd.store.postgres import SharedDatabase
from otpushd.store.sql import many, rows
from tests.postgres import Cluster

TWICE = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


@pytest.fixture
def shared(place: Mapping[str, str]) -> Iterator[SharedDatabase]:
    database = SharedDatabase(place, "the test")
    rows(database, "CREATE TABLE pair (a INTEGER PRIMARY KEY, b TEXT)")
    yield database
    database.close()


@pytest.fixture
def cut(cluster: Cluster, shared: SharedDatabase) -> Iterator[psycopg.Connection]:
    """Another connection, once it has ended that one."""
    ((number,),) = rows(shared, "SELECT pg_backend_pid()")
    with cluster.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))
        yield connection


def test_a_connection_that_was_cut_costs_one_statement_and_says_anew_that_we_are_there(
    shared: SharedDatabase, cut: psycopg.Connection
) -> None:
    with pytest.raises(peewee.OperationalError):
        rows(shared, "SELECT 1")
    assert rows(shared, TWICE) == [(1,)]
    with shared.atomic():
        many(shared, "INSERT INTO pair VALUES (?, ?)", [(1, "x")])
    assert rows(shared, "SELECT * FROM pair") == [(1, "x")]


def test_within_a_transaction_no_new_connection_takes_up_the_second_half(
    cluster: Cluster, shared: SharedDatabase
) -> None:
    ((number,),) = rows(shared, "SELECT pg_backend_pid()")

    def half() -> None:
        with shared.atomic():
            rows(shared, "INSERT INTO pair VALUES (1, 'x')")
            with cluster.connect() as connection:
                connection.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))
            with pytest.raises(peewee.OperationalError):
                rows(shared, "SELECT 1")
            rows(shared, "INSERT INTO pair VALUES (2, 'y')")

    with pytest.raises(peewee.OperationalError):
        half()
    assert rows(shared, "SELECT * FROM pair") == []


def test_a_role_that_commits_without_waiting_waits_here(place: Mapping[str, str], cluster: Cluster) -> None:
    with cluster.connect() as connection:
        connection.execute("CREATE ROLE hasty LOGIN SUPERUSER")
        connection.execute("ALTER ROLE hasty SET synchronous_commit = off")
    database = SharedDatabase({**place, "user": "hasty"}, "the test")
    assert rows(database, "SHOW synchronous_commit") == [("on",)]
    database.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("statement_timeout", "30s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "5s")],
)
def test_no_wait_is_endless(shared: SharedDatabase, name: str, value: str) -> None:
    assert rows(shared, f"SHOW {name}") == [(value,)]


def test_it_is_seen_in_the_servers_list_which_daemon_it_is(shared: SharedDatabase) -> None:
    assert rows(shared, "SHOW application_name") == [("otpushd-store the test",)]


def test_a_server_that_is_down_is_not_asked_at_every_statement(place: Mapping[str, str]) -> None:
    """So that the store's thread is free in between; the reason is told every time."""
    database = SharedDatabase({**place, "host": "/tmp/no-server-here"}, "the test")
    errors = []
    for _ in range(2):
        with pytest.raises(peewee.OperationalError) as caught:
            rows(database, "SELECT 1")
        errors.append(caught.value.orig.orig)
    assert errors[0] is errors[1]


TEXTS = ["", "\0", "\1", "\0011", "\0010", "a\0\1b", "?%s%", "plain"]


def test_every_text_comes_back_as_it_was(shared: SharedDatabase) -> None:
    """Zero characters too, which PostgreSQL cannot hold."""
    many(shared, "INSERT INTO pair VALUES (?, ?)", list(enumerate(TEXTS)))
    assert [text for (text,) in rows(shared, "SELECT b FROM pair ORDER BY a")] == TEXTS
    assert [rows(shared, "SELECT b FROM pair WHERE b = ?", (text,)) for text in TEXTS] == [[(text,)] for text in TEXTS]
