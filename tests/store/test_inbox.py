"""What was handed in waits in its order, comes out as it went in, and is stored once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import peewee

from otpushd.model.delivery import Notification
from otpushd.model.event import Event
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.store.commit import commit_step
from otpushd.store.inbox import put, read, sources_of
from otpushd.store.sql import rows
from tests.plainly import plainly


def signal(number: str, at: datetime, source: str = "main", **data: object) -> Event:
    return Event("model.drift", number, source, at, "news", data, None)


def test_letters_come_out_as_they_went_in_the_oldest_first(database: peewee.Database, now: datetime) -> None:
    late, early = signal("b", now + timedelta(seconds=1), value=0.5), signal("z", now, since=now, meta={"ä": [None]})
    task = Event("example.added", "a", "main", now + timedelta(seconds=1), None, {"labels": ["X\x00"]}, b'{"text": 1}')
    put(database, [late, task])
    put(database, [early])
    put(database, [signal("other", now, "elsewhere")])
    assert [letter.event for letter in read(database, "main", 9)] == [early, late, task]
    assert len(read(database, "main", 2)) == 2


def test_the_same_id_is_stored_once(database: peewee.Database, now: datetime) -> None:
    put(database, [signal("a", now, value=1)])
    put(database, [signal("a", now, value=2), signal("b", now)])
    assert [letter.event.data for letter in read(database, "main", 9) if letter.event] == [{"value": 1}, {}]


def test_a_letter_goes_in_the_commit_of_what_it_led_to(
    database: peewee.Database, now: datetime, message: Callable[..., Notification]
) -> None:
    put(database, [signal("a", now), signal("b", now)])
    commit_step(database, "main", Outcome(Step(SourceMemory()), plainly([message()]), taken=("a",)))
    assert [letter.id for letter in read(database, "main", 9)] == ["b"]
    assert rows(database, "SELECT count(*) FROM notification") == [(1,)]


def test_a_letter_that_somebody_has_torn_holds_up_no_other(database: peewee.Database, now: datetime) -> None:
    put(database, [signal("a", now), signal("b", now)])
    rows(database, "UPDATE inbox SET data = '{' WHERE id = 'a'")
    assert [(letter.id, letter.event is None) for letter in read(database, "main", 9)] == [("a", True), ("b", False)]


def test_sources_are_found_by_their_main_datasets(database: peewee.Database) -> None:
    columns = "source, dataset_id, name, created, session, bare, answers, damage, structured"
    for source, name, session in (("one", "news", False), ("two", "news", True), ("two", "sport", False)):
        statement = f"INSERT INTO known_dataset ({columns}) VALUES (?, ?, ?, 1, ?, FALSE, 0, '', FALSE)"
        rows(database, statement, (source, len(name), name, session))
    assert (sources_of(database, "news"), sources_of(database, "nothing")) == (["one"], [])
