"""The loop guard: nothing that a turn raises ends the loop, and nothing floods the log."""

import asyncio
import sqlite3
from collections.abc import Iterable

import peewee
import psycopg
import pytest
from structlog.testing import capture_logs

from otpushd.guard import Fatal, Guard, store_code


def turns(guard: Guard, errors: Iterable[Exception | None]) -> list[dict[str, object]]:
    """Take a turn for each: one that raises, or a good one. Returns the log lines."""

    async def turn(error: Exception | None) -> None:
        if error is not None:
            raise error

    async def run() -> None:
        for error in errors:
            assert await guard.run(lambda error=error: turn(error)) is (error is None)  # type: ignore[misc]

    with capture_logs() as logged:
        asyncio.run(run())
    return [dict(one) for one in logged]


def test_a_failure_is_told_once_for_each_kind_and_counted_until_it_is_over() -> None:
    logged = turns(Guard("job"), [ValueError(), KeyError(), ValueError(), KeyError(), None, None, ValueError()])
    assert [(one["event"], one.get("failures")) for one in logged] == [
        ("job_failed", None),
        ("job_failed", None),
        ("job_works_again", 4),
        ("job_failed", None),
    ]


def test_it_remembers_no_more_for_a_million_failures_than_for_one() -> None:
    guard = Guard("job")
    turns(guard, [ValueError() for _ in range(1000)])
    assert (guard.failures, len(guard.seen)) == (1000, 1)


def test_cancellation_goes_through() -> None:
    async def run() -> None:
        task = asyncio.create_task(Guard("job").run(lambda: asyncio.sleep(60)))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def test_a_store_that_is_read_only_is_told_with_its_mend() -> None:
    store = sqlite3.connect(":memory:")
    store.execute("PRAGMA query_only = 1")
    with pytest.raises(sqlite3.OperationalError) as raised:
        store.execute("CREATE TABLE a (b)")
    (line,) = turns(Guard("job"), [raised.value])
    assert "write rights" in str(line["mend"])


def test_a_store_that_is_damaged_ends_the_loop_with_its_mend() -> None:
    damaged = sqlite3.DatabaseError()
    damaged.sqlite_errorname = "SQLITE_CORRUPT_INDEX"  # type: ignore[misc]
    with pytest.raises(Fatal, match="restore a backup"), capture_logs():
        turns(Guard("job"), [damaged])


def test_what_went_wrong_first_counts_when_rolling_back_fails_as_well() -> None:
    full, rollback = sqlite3.OperationalError(), sqlite3.OperationalError()
    full.sqlite_errorname, rollback.sqlite_errorname = "SQLITE_FULL", "SQLITE_ERROR"  # type: ignore[misc]
    rollback.__context__ = full
    assert store_code(rollback) == "SQLITE_FULL"
    assert store_code(ValueError()) is None


def postgres_error(kind: type[psycopg.Error]) -> Exception:
    """As it comes out of the store: peewee's, raised while the driver's was handled."""
    wrapped = peewee.OperationalError("FATAL: private words")
    wrapped.__context__ = kind("private words")
    return wrapped


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        pytest.param(psycopg.errors.DiskFull, "room on the disk", id="disk full"),
        pytest.param(psycopg.errors.AdminShutdown, "stopping or starting", id="the server ends"),
        pytest.param(psycopg.errors.ReadOnlySqlTransaction, "standby", id="a standby"),
        pytest.param(psycopg.errors.InsufficientPrivilege, "grant", id="no rights"),
        pytest.param(psycopg.errors.TooManyConnections, "lacks connections", id="no connection left"),
        pytest.param(psycopg.errors.UndefinedTable, "restore a backup", id="the store has vanished"),
        pytest.param(psycopg.errors.LockNotAvailable, "locked", id="locked"),
        pytest.param(psycopg.errors.DeadlockDetected, "tried again", id="a deadlock"),
        pytest.param(psycopg.OperationalError, "connecting again", id="the connection is lost"),
    ],
)
def test_a_store_on_postgresql_that_fails_is_told_with_its_mend_and_without_its_words(
    kind: type[psycopg.Error], word: str
) -> None:
    (line,) = turns(Guard("job"), [postgres_error(kind)] * 3)
    assert word in str(line["mend"])


def test_what_is_no_error_of_a_store_has_no_mend() -> None:
    (line,) = turns(Guard("job"), [ValueError("57P01")])
    assert "mend" not in line
