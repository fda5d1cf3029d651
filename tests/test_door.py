"""What was handed in leads to messages in the commit in which it leaves the inbox, and is heard once."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.event import Event
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.store.inbox import put, read
from otpushd.store.sql import rows
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, ProdigyDatabase(tmp_path / "prodigy.db"), lambda: SqliteSource(tmp_path / "prodigy.db"))
    yield office
    office.end()


def hand_in(office: Office, *numbers: str, kind: str = "model.drift", at: datetime | None = None) -> None:
    events = [Event(kind, number, "main", at or office.now, "news", {"detail": number}, b"{}") for number in numbers]
    office.writer.submit(put, office.database, events).result()


def waiting(office: Office) -> int:
    return len(office.writer.submit(read, office.database, "main", 999).result())


def test_a_letter_is_heard_once_with_and_without_a_look_at_the_source(office: Office) -> None:
    hand_in(office, "a")
    assert asyncio.run(office.poll.hear())
    hand_in(office, "b")
    office.once()
    office.restart()
    office.once()
    assert (office.told("model.drift"), waiting(office)) == (["a", "b"], 0)


def test_many_letters_are_heard_in_one_turn(office: Office) -> None:
    hand_in(office, *(f"{n:03}" for n in range(450)))
    asyncio.run(office.poll.hear())
    assert (len(office.told("model.drift")), waiting(office)) == (450, 0)


def test_letters_are_heard_while_the_source_cannot_be_read(office: Office, tmp_path: Path) -> None:
    (tmp_path / "prodigy.db").unlink()
    hand_in(office, "a")
    assert asyncio.run(office.poll.run()) is False
    assert office.told("model.drift") == ["a"]


def test_what_is_handed_in_is_not_counted_as_if_it_were_in_the_database(office: Office) -> None:
    tallies = office.writer.submit(rows, office.database, "SELECT * FROM tally").result()
    hand_in(office, "a", "b", kind="example.added")
    asyncio.run(office.poll.hear())
    assert office.told("example.added") == ["a", "b"]
    assert office.writer.submit(rows, office.database, "SELECT * FROM tally").result() == tallies


def test_a_torn_letter_is_told_as_a_fault_and_goes(office: Office) -> None:
    hand_in(office, "a", "b")
    office.writer.submit(rows, office.database, "UPDATE inbox SET data = '' WHERE id = 'a'").result()
    asyncio.run(office.poll.hear())
    assert (office.told("model.drift"), waiting(office)) == (["b"], 0)
    faults = office.writer.submit(rows, office.database, "SELECT event_id, what FROM fault").result()
    assert faults == [("a", "the event that was handed in can no longer be read")]
