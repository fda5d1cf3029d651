"""The working copy of what is going on: found by key, by what ends it, by when; and what was changed in it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from otpushd.model.case import CLOSE, Case, Letter
from otpushd.model.cases import Cases
from otpushd.model.delivery import Notification, Priority, State
from otpushd.model.event import Event

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def case(id: str = "c", rule: str = "r", key: str = "k", after: int = 0, **due: int) -> Case:
    """`due` in minutes after nine."""
    event = Event("thing.opened", "e", "main", NINE, "d")
    made = Case(id, rule, key, event, b"{}", NINE + after * MINUTE)
    made.due = {name: NINE + at * MINUTE for name, at in due.items()}
    return made


def letter(id: str, due: int = 0, held: str | None = "quiet hours", **changes: object) -> Letter:
    one = Notification(
        *(id, "r", "e", "thing.opened", "d", "ann", ("push",), id, "", None, Priority.NORMAL, NINE, None, b"{}")
    )
    state = State.PENDING if held is None else State.HELD
    return replace(Letter(one, state, NINE + due * MINUTE, held), **changes)  # type: ignore[arg-type]


def test_a_group_is_found_by_rule_and_key_while_it_gathers() -> None:
    cases, one = Cases(), case(**{CLOSE: 5})
    cases.put(one)
    assert (cases.gathering("r", "k"), cases.gathering("r", "other"), cases.gathering("s", "k")) == (one, None, None)

    del one.due[CLOSE]
    cases.put(one)

    assert cases.gathering("r", "k") is None


def test_what_waits_is_found_in_the_order_in_which_it_began() -> None:
    cases = Cases()
    for one in (case("b", after=2), case("c", after=1), case("a", after=2)):
        one.waits = {"r/until": "j"}
        cases.put(one)

    assert [one.id for one in cases.waiting("r/until", "j")] == ["c", "a", "b"]
    assert cases.waiting("r/until", "other") == cases.waiting("r/resolve", "j") == []


def test_what_waits_no_more_is_not_found() -> None:
    cases, one = Cases(), case()
    one.waits = {"r/until": "j", "r/resolve": "j"}
    cases.put(one)

    one.waits.pop("r/until")
    cases.put(one)

    assert cases.waiting("r/until", "j") == []
    assert cases.waiting("r/resolve", "j") == [one]


def test_nothing_of_what_ended_is_left() -> None:
    cases, one = Cases(), case(**{CLOSE: 5})
    one.waits = {"r/until": "j"}
    cases.put(one)

    cases.end(one)

    assert (cases.next(), cases.gathering("r", "k"), cases.waiting("r/until", "j")) == (None, None, [])
    assert (cases.is_open("r"), list(cases.changed), list(cases.ended)) == (False, [], ["c"])


def test_what_is_due_first_comes_first_and_cases_before_letters() -> None:
    cases = Cases()
    cases.put(case("b", close=5))
    cases.put(case("a", key="l", close=7, remind=5))
    cases.write(letter("otpushd-1", 5))
    found = []
    while (due := cases.next()) is not None:
        found.append((due[0] - NINE, due[1].id if isinstance(due[1], Case) else due[1]))
        if isinstance(due[1], Case):
            cases.end(due[1])
        else:
            cases.write(letter("otpushd-1", 5, None))

    assert found == [(5 * MINUTE, "a"), (5 * MINUTE, "b"), (5 * MINUTE, "ann")]


def test_what_was_put_off_comes_at_its_new_time_only() -> None:
    cases, one = Cases(), case(close=5)
    cases.put(one)
    one.due[CLOSE] = NINE + 9 * MINUTE
    cases.put(one)

    assert cases.next() == (NINE + 9 * MINUTE, one)


def test_letters_that_are_not_all_there_are_not_let_go() -> None:
    """The desk has only those of its cases."""
    cases = Cases(releases=False)
    cases.write(letter("1"))

    assert cases.next() is None


def test_what_is_held_for_somebody_comes_in_order_and_only_when_it_is_due() -> None:
    cases = Cases()
    for one in (letter("b", 5), letter("a", 5), letter("later", 9), letter("gone", 5, None)):
        cases.write(one)

    assert [one.notification.id for one in cases.held_for("ann", NINE + 5 * MINUTE)] == ["a", "b"]


def test_what_a_reason_held_back_is_due_when_that_is_over() -> None:
    cases = Cases()
    for one in (letter("1", 500, "mute m"), letter("2", 500, "quiet hours")):
        cases.write(one)

    cases.free("mute m", NINE)

    assert cases.next() == (NINE, "ann")
    assert [one.notification.id for one in cases.held_for("ann", NINE)] == ["1"]
    assert cases.freed == [("mute m", NINE)]


def test_only_what_was_not_there_before_is_new() -> None:
    cases = Cases()
    cases.load_letter(letter("1"))

    cases.write(letter("1"))
    cases.write(letter("2"))

    assert (list(cases.written), list(cases.fresh)) == (["1", "2"], ["2"])


CHANGES: dict[str, Callable[[Cases], None]] = {
    "a case": lambda cases: cases.put(case()),
    "an end": lambda cases: cases.end(case()),
    "a letter": lambda cases: cases.write(letter("1")),
    "a remark": lambda cases: cases.remark("e", None, None, "why", NINE),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_noted_is_forgotten_once_it_is_written_down(change: Callable[[Cases], None]) -> None:
    cases = Cases()
    change(cases)
    assert cases.has_changed()

    cases.forget_changes()

    assert not cases.has_changed()


def test_a_rehearsal_forgets_what_nothing_can_come_of() -> None:
    cases, one = Cases(), case()
    one.waits = {"r/until": "j"}
    cases.put(one)
    for each in (letter("1", 0, None), letter("2", 0, None, case="c"), letter("3", 5)):
        cases.write(each)

    assert [each.notification.id for each in cases.drain()] == ["1", "2"]
    assert list(cases.letters) == ["2", "3"]

    cases.end(one)
    assert list(cases.drain()) == []
    assert list(cases.letters) == ["3"]
