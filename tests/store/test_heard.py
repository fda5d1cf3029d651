"""What rules said of events: kept in the commit of what it led to, and forgotten in pages with the remarks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import peewee
import pytest

from otpushd.model.case import Letter
from otpushd.model.cases import WantedCases
from otpushd.model.delivery import Notification, Remark, State
from otpushd.model.event import Event
from otpushd.model.heard import Heard
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.model.posting import Posting
from otpushd.store.commit import commit_step
from otpushd.store.heard import add_heard, kept, newest, prune_heard
from otpushd.store.outbox import add_letters
from otpushd.store.prune import prune
from otpushd.store.remarks import add_remarks
from otpushd.store.sql import rows

TASK = b'{"text": "secret", "lang": "de"}'
DAY = timedelta(days=1)
Make = Callable[..., Notification]


def heard(id: str, at: datetime, **met: tuple[str, ...]) -> Heard:
    event = Event(
        "answer.saved", id, "main", at - DAY, "é", {"n": 1, "at": at, "none": None, "meta": {"a": {"b": 1}}}, TASK
    )
    return Heard(event, at, met, {"missed": "score: at_least 0.8, was 0.31"}, ("meta.a.b", "task.lang"))


def commit(database: peewee.Database, **outcome: Any) -> None:
    commit_step(database, "main", Outcome(Step(SourceMemory()), **outcome))


def left(database: peewee.Database, column: str, table: str) -> list[object]:
    return [value for (value,) in rows(database, f"SELECT {column} FROM {table} ORDER BY 1")]


def test_it_comes_back_as_it_was(database: peewee.Database, now: datetime) -> None:
    commit(database, heard=[heard("e", now, r=("ann", "bob"), s=())])
    found = kept(database, "e")
    assert found is not None
    data = {"n": 1, "at": "2026-03-02T09:00:00Z", "meta": {"a": {"b": 1}}, "task": {"lang": "de"}}
    assert (found.at, found.event) == (now, Event("answer.saved", "e", "main", now - DAY, "é", data))
    assert found.met == {"r": ["ann", "bob"], "s": []}
    assert found.missed == {"missed": "score: at_least 0.8, was 0.31"}
    assert kept(database, "f") is None


@pytest.mark.parametrize(
    ("value", "back"),
    [
        pytest.param("\ud800", "\ud800", id="half a character"),
        pytest.param("\x00", "\x00", id="zero"),
        pytest.param(2**70, 2**70, id="large"),
        pytest.param(float("nan"), None, id="not a number"),
        pytest.param({1: (2,)}, {"1": [2]}, id="other kinds"),
        pytest.param({"a": object}, {"a": "<class 'object'>"}, id="no kind of value"),
    ],
)
def test_any_value_may_come(database: peewee.Database, now: datetime, value: object, back: object) -> None:
    commit(database, heard=[Heard(Event("t", "e", "main", now, None, {"value": value}), now, {}, {})])
    found = kept(database, "e")
    assert found is not None
    assert found.event.data.get("value") == back


def test_what_is_too_deep_is_left_out(database: peewee.Database, now: datetime) -> None:
    deep: list[object] = []
    deep.append(deep)
    commit(database, heard=[Heard(Event("t", "e", "main", now, None, {"deep": deep}), now, {"r": ()}, {})])
    found = kept(database, "e")
    assert found is not None
    assert (found.event.data, found.met) == ({}, {"r": []})


def test_what_was_heard_first_stays(database: peewee.Database, now: datetime) -> None:
    commit(database, heard=[heard("e", now, first=())])
    commit(database, heard=[heard("e", now, second=())])
    found = kept(database, "e")
    assert found is not None
    assert found.met == {"first": []}


@pytest.mark.parametrize("page", [1, 2, 100])
def test_the_newest_that_are_wanted_come_as_they_were_heard(
    database: peewee.Database, now: datetime, page: int
) -> None:
    """Over all pages, of which one may end among those of one instant."""
    add_heard(database, [heard(f"e{number}", now + number // 3 * DAY) for number in range(9)])

    def ids(most: int) -> list[str]:
        wanted = newest(database, now + DAY, lambda event: event.id != "e7", most, page)
        return [one.event.id for one in wanted]

    assert ids(9) == ["e3", "e4", "e5", "e6", "e8"]
    assert ids(2) == ["e6", "e8"]


def test_it_is_kept_only_with_what_it_led_to(database: peewee.Database, now: datetime) -> None:
    """The decision comes last in the commit; where it breaks, nothing was heard."""
    failing = Posting(WantedCases(), lambda cases: cases.end(cases.cases["missing"]), now)
    with pytest.raises(KeyError):
        commit(database, heard=[heard("e", now)], posting=failing)
    assert kept(database, "e") is None


def test_what_is_old_goes_in_pages_with_the_remarks(database: peewee.Database, now: datetime) -> None:
    add_heard(database, [heard(f"old {number}", now - 2 * DAY) for number in range(5)] + [heard("new", now)])
    add_remarks(database, [Remark("old", None, None, "x", now - 2 * DAY), Remark("new", None, None, "x", now)])
    assert [prune_heard(database, now - DAY, 3) for _ in range(2)] == [True, False]
    assert (left(database, "id", "heard"), left(database, "subject", "remark")) == (["new"], ["new"])


@pytest.mark.parametrize(
    ("state", "held", "stays"),
    [
        pytest.param(State.HELD, "quiet hours", True, id="held back"),
        pytest.param(State.HELD, None, True, id="in a digest that is on its way"),
        pytest.param(State.RESOLVED, "quiet hours", True, id="resolved, to be counted when it ends"),
        pytest.param(State.RESOLVED, None, False, id="over"),
    ],
)
def test_what_is_held_back_is_never_forgotten(
    database: peewee.Database, message: Make, now: datetime, state: State, held: str | None, stays: bool
) -> None:
    add_letters(database, [Letter(message(created_at=now - 9 * DAY), state, now + DAY, held)])
    assert prune(database, now - DAY) == (not stays)
