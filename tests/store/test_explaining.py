"""What the store knows of single ids and people, on each database."""

from collections.abc import Callable
from datetime import datetime, timedelta

import peewee
import pytest

from otpushd.model.case import Case, Letter
from otpushd.model.cases import Cases
from otpushd.model.delivery import Accepted, Fault, Notification, Remark, State
from otpushd.model.event import Event
from otpushd.model.heard import Heard
from otpushd.store import explaining as store
from otpushd.store.cases import save_cases
from otpushd.store.heard import add_heard
from otpushd.store.outbox import Settlement, add, add_letters, claim, settle
from otpushd.store.remarks import add_faults, add_remarks

HOUR = timedelta(hours=1)
Make = Callable[..., Notification]


def test_an_id_is_found_wherever_it_stands_whole_or_by_its_beginning(
    database: peewee.Database, message: Make, now: datetime
) -> None:
    add_heard(database, [Heard(Event("t", "aaaaaaaa1", "main", now, None), now, {}, {})])
    add_faults(database, [Fault("aaaaaaaa2", None, None, "x", now)])
    add_remarks(database, [Remark("aaaaaaaa3", None, None, "x", now), Remark("bbb_bbbb%", None, None, "x", now)])
    add_letters(database, [Letter(message(id="otpushd-1", event_id="aaaaaaaa4"), State.HELD, now, case="aaaaaaaa5")])
    assert store.ids_like(database, "aaaaaaaa", whole=False) == [f"aaaaaaaa{number}" for number in range(1, 6)]
    assert store.ids_like(database, "otpushd-1", whole=True) == ["otpushd-1"]
    assert store.ids_like(database, "bbb_", whole=False) == ["bbb_bbbb%"]
    assert store.ids_like(database, "bbb%", whole=False) == []
    assert [store.is_event(database, f"aaaaaaaa{number}") for number in range(1, 6)] == [True, True, False, True, False]


def test_a_message_has_its_answers_and_remarks_in_order(
    database: peewee.Database, message: Make, now: datetime
) -> None:
    add(database, [message(created_at=now, expires_at=now + HOUR), message(1)])
    settle(
        database, [Settlement(one, Accepted("202"), now + HOUR) for one in claim(database, "push", "h", now, now, 1)]
    )
    add_remarks(database, [Remark(message().id, "rule", "ann", "held back: rate", now)])
    [one] = store.messages(database, "event_id", "event 0")
    assert (one.id, one.state, one.channel, one.channels_left) == (message().id, "accepted", "push", ("sms",))
    assert (one.expires_at, one.due_at) == (now + HOUR, now + HOUR)
    assert [(each.at, each.channel, each.state, each.detail) for each in one.attempts] == [
        (now + HOUR, "push", "accepted", "202")
    ]
    assert [(note.rule, note.person, note.what, note.fault) for note in one.notes] == [
        ("rule", "ann", "held back: rate", False)
    ]


@pytest.mark.parametrize(
    ("made", "due", "state", "found"),
    [
        pytest.param(-1, -1, State.ACCEPTED, True, id="made since"),
        pytest.param(-9, -1, State.ACCEPTED, True, id="over since"),
        pytest.param(-9, -8, State.PENDING, True, id="still to be sent"),
        pytest.param(-9, -8, State.ACCEPTED, False, id="over before"),
    ],
)
def test_messages_to_somebody_are_those_that_were_on_their_way_since(
    database: peewee.Database, message: Make, now: datetime, made: int, due: int, state: State, found: bool
) -> None:
    add_letters(database, [Letter(message(created_at=now + made * HOUR), state, now + due * HOUR)])
    add_letters(database, [Letter(message(1, person="bob"), state, now)])
    assert len(store.messages_to(database, "ann", now - 2 * HOUR)) == found


def test_notes_are_remarks_and_faults_by_time(database: peewee.Database, now: datetime) -> None:
    add_remarks(database, [Remark("e", "r", "ann", "later", now + HOUR), Remark("f", "r", "ann", "other", now)])
    add_faults(database, [Fault("e", None, "ann", "sooner", now), Fault("e", None, "bob", "his", now)])
    assert [(one.what, one.rule, one.fault) for one in store.notes(database, "e")] == [
        ("sooner", None, True), ("his", None, True), ("later", "r", False),
    ]  # fmt: skip
    assert {one.what for one in store.notes_to(database, "ann", now)} == {"sooner", "other", "later"}
    assert [one.what for one in store.notes_to(database, "ann", now + HOUR)] == ["later"]


@pytest.mark.parametrize("id", ["e1", "50%", "a_b", "back\\", "x y"])
def test_what_an_event_has_ended_is_found_by_its_whole_id(database: peewee.Database, now: datetime, id: str) -> None:
    whats = [f"until came: answer.saved {id}", f"until came: answer.saved z{id}", f"came of {id}", "collected in " + id]
    add_remarks(database, [Remark("case", "r", None, what, now) for what in whats])
    assert [one.what for one in store.ended_by(database, id)] == whats[:1]
    assert [one.what for one in store.collected(database, id)] == whats[3:]


def test_a_case_is_found_as_long_as_it_is_open(database: peewee.Database, now: datetime) -> None:
    cases, trigger = Cases(), Event("answer.saved", "e", "main", now, "news")
    cases.put(Case("c", "r", "key", trigger, b"{}", now, due={"close": now + HOUR}))
    save_cases(database, cases)
    found = store.open_case(database, "c")
    assert found is not None
    assert (found.rule, found.trigger.id, found.due) == ("r", "e", {"close": now + HOUR})
    assert store.open_case(database, "d") is None
