"""Raw SQL through peewee's connection: placeholders, what comes back, and transactions around it."""

import peewee
import pytest

from otpushd.store.sql import many, marks, rows


@pytest.fixture
def table(database: peewee.Database) -> peewee.Database:
    rows(database, "CREATE TABLE pair (a INTEGER, b TEXT)")
    return database


def test_rows_are_put_in_and_come_back(table: peewee.Database) -> None:
    many(table, "INSERT INTO pair VALUES (?, ?)", ((number, "?") for number in range(3)))
    assert rows(table, f"SELECT a, b FROM pair WHERE a IN ({marks(2)}) ORDER BY a", (0, 2)) == [(0, "?"), (2, "?")]


def test_nothing_to_put_in_is_no_statement(table: peewee.Database) -> None:
    many(table, "INSERT INTO no_such_table VALUES (?)", [])


def test_what_a_statement_returns_is_fetched(table: peewee.Database) -> None:
    assert rows(table, "INSERT INTO pair VALUES (?, ?) RETURNING a", (7, "x")) == [(7,)]


def test_a_transaction_around_both_is_undone_as_one(table: peewee.Database) -> None:
    def fail() -> None:
        with table.atomic():
            rows(table, "INSERT INTO pair VALUES (1, 'x')")
            many(table, "INSERT INTO pair VALUES (?, ?)", [(2, "y")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows(table, "SELECT * FROM pair") == []
