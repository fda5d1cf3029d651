"""What daemons tell of themselves, on both databases; and what a look from beside sees."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import peewee
import pytest

from otpushd.model.daemon_state import DaemonState
from otpushd.model.delivery import Notification
from otpushd.store.daemon_state import put, told
from otpushd.store.opening import open_store
from otpushd.store.outbox import add
from otpushd.store.overview import Heap, NotReadable, Ringing, of_file, of_server, overview
from otpushd.store.postgres_opening import open_shared
from otpushd.store.sql import rows, shared


@pytest.fixture
def state(now: datetime) -> DaemonState:
    return DaemonState(7, "host", "0.1.0", now)


def test_the_latest_word_of_one_that_is_there_is_kept(
    database: peewee.Database, state: DaemonState, now: datetime
) -> None:
    for minutes in range(3):
        put(database, "the test", state, now + timedelta(minutes=minutes))
    (one,) = told(database)
    assert (one.holder, one.at, one.state) == ("the test", now + timedelta(minutes=2), state)
    assert one.there is (True if shared(database) else None)


def test_one_that_is_gone_is_forgotten(database: peewee.Database, state: DaemonState, now: datetime) -> None:
    put(database, "nobody", state, now)
    put(database, "the test", state, now)
    assert [one.holder for one in told(database)] == ["the test"]


def test_another_that_lives_is_not(place: Mapping[str, str], state: DaemonState, now: datetime) -> None:
    first, second = open_shared(place, "first"), open_shared(place, "second")
    put(first, "first", state, now)
    put(second, "second", state, now + timedelta(seconds=1))
    assert [(one.holder, one.there) for one in told(first)] == [("second", True), ("first", True)]
    first.close()
    second.close()


def test_what_cannot_be_read_is_left_out(database: peewee.Database) -> None:
    rows(database, "INSERT INTO daemon_state (holder, at, state) VALUES ('x', 1, '{}'), ('y', 2, 'no')")
    assert told(database) == []


def test_messages_are_counted_by_channel_and_state(
    database: peewee.Database, message: Callable[..., Notification], now: datetime
) -> None:
    add(database, [message(number, created_at=now + timedelta(hours=number)) for number in range(5)])
    for number, what in enumerate(("dead", "held", "accepted", "dead")):
        rows(database, "UPDATE notification SET state = ? WHERE id = ?", (what, message(number).id))
    heaps = overview(database).heaps
    hours = {"dead": (2, 0), "held": (1, 1), "pending": (1, 4)}
    assert heaps == tuple(Heap("push", each, n, now + timedelta(hours=at)) for each, (n, at) in hours.items())


def test_the_next_dates_come_first_whoever_has_clockwork(database: peewee.Database) -> None:
    rows(database, "INSERT INTO source_mark (source, link_id, down_told, outage) VALUES ('main', 5, FALSE, 0)")
    rows(database, "INSERT INTO tally (dataset, source, name, figures, gone) VALUES (1, 'main', 'news', '', FALSE)")
    timers = [(1, "monitor", "m", 10), (1, "deadline", "d", 30), (2, "release", "r", 20), (1, "deadline", "e", 1 << 62)]
    for one in timers:
        rows(database, "INSERT INTO timer (dataset, whose, about, at, source) VALUES (?, ?, ?, ?, 'main')", one)
    found = overview(database)
    assert [(one.whose, one.about, one.dataset) for one in found.timers] == [
        ("release", "r", None),
        ("deadline", "d", "news"),
    ]
    assert all(isinstance(one, Ringing) for one in found.timers) and found.next_at is not None
    assert found.next_at.microsecond == 10


def test_cases_are_counted_by_rule_the_most_urgent_first(database: peewee.Database) -> None:
    columns = "id, rule, key, source, gathers, next_at, what, document, opened_at"
    for number, (rule, at) in enumerate([("never", None), ("late", 30), ("soon", 20), ("soon", 40)]):
        values = (str(number), rule, "k", "main", False, at, "{}", b"{}", 0)
        rows(database, f"INSERT INTO rule_case ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    found = [(one.rule, one.count, one.next_at and one.next_at.microsecond) for one in overview(database).cases]
    assert found == [("soon", 2, 20), ("late", 1, 30), ("never", 1, None)]


def test_a_look_from_beside_sees_what_is_committed(
    path: Path, place: Mapping[str, str], state: DaemonState, now: datetime
) -> None:
    mine, shared_one = open_store(path), open_shared(place, "daemon")
    for database in (mine, shared_one):
        put(database, "daemon", state, now)
    assert (
        [one.state for one in of_file(path).told] == [one.state for one in of_server(place, "status").told] == [state]
    )
    mine.close()
    shared_one.close()


def test_a_store_that_is_not_there_is_told(path: Path, place: Mapping[str, str]) -> None:
    with pytest.raises(NotReadable, match="empty or of an older"):
        of_server(place, "status")
    with pytest.raises(NotReadable, match="cannot be read"):
        of_file(path)
    with pytest.raises(NotReadable, match="cannot be read"):
        of_server({**place, "dbname": "nowhere"}, "status")
