"""What is over and older than the retention is forgotten with its journal; what is pending never is."""

from collections.abc import Callable
from datetime import datetime, timedelta

import peewee

from otpushd.model.delivery import Accepted, Fault, Notification
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.store.commit import commit_step
from otpushd.store.outbox import Settlement, add, claim, settle
from otpushd.store.prune import BATCH, prune
from otpushd.store.sql import rows

Make = Callable[..., Notification]


def finish(database: peewee.Database, now: datetime, count: int) -> None:
    claims = claim(database, "push", "holder", now, now, count)
    settle(database, [Settlement(one, Accepted("ok"), now) for one in claims])


def left(database: peewee.Database, column: str, table: str) -> list[object]:
    return [value for (value,) in rows(database, f"SELECT {column} FROM {table} ORDER BY 1")]


def test_only_what_is_over_and_old_goes_with_its_journal(
    database: peewee.Database, message: Make, now: datetime
) -> None:
    day = timedelta(days=1)
    add(database, [message(0, created_at=now - 2 * day), message(1, created_at=now - day), message(2)])
    finish(database, now, 3)
    add(database, [message(3, created_at=now - 9 * day)])
    assert prune(database, now - day) == 1
    assert left(database, "title", "notification") == ["title 1", "title 2", "title 3"]
    assert len(left(database, "notification", "transition")) == 2


def test_it_goes_in_batches_until_there_is_no_more(database: peewee.Database, message: Make, now: datetime) -> None:
    add(database, [message(number) for number in range(BATCH + 5)])
    finish(database, now, BATCH + 5)
    assert [prune(database, now + timedelta(days=1)) for _ in range(3)] == [BATCH, 5, 0]
    assert left(database, "notification", "transition") == []


def test_old_faults_go_too(database: peewee.Database, now: datetime) -> None:
    faults = [Fault("old", None, None, "x", now - timedelta(days=2)), Fault("new", None, None, "x", now)]
    commit_step(database, "main", Outcome(Step(SourceMemory()), faults=faults))
    prune(database, now - timedelta(days=1))
    assert left(database, "event_id", "fault") == ["new"]
