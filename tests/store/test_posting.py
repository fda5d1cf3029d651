"""Deciding in the store's own transaction: on what is there just then, all of it or nothing, one at a time."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import peewee
import pytest

from otpushd.model.case import Case, Letter
from otpushd.model.cases import Cases, WantedCases
from otpushd.model.delivery import Fault, Notification, State
from otpushd.model.event import Event
from otpushd.model.posting import Posted, Posting
from otpushd.model.silence import Scope, Silence
from otpushd.store import silence as silences
from otpushd.store.outbox import claim
from otpushd.store.postgres_opening import open_shared
from otpushd.store.posting import commit_posting
from otpushd.store.sql import rows

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
Make = Callable[..., Notification]


def states(database: peewee.Database) -> list[str]:
    return [state for (state,) in rows(database, "SELECT state FROM notification ORDER BY title")]


def silenced(database: peewee.Database, start: datetime = NINE) -> None:
    silences.add(database, Silence("s", Scope(), start, start + HOUR, "ann", "why", NINE))


def hold_all(some: list[Notification]) -> Callable[[Cases], None]:
    """What is decided where somebody asks."""

    def decide(cases: Cases) -> None:
        for one in some:
            cases.write(Letter(one, State.HELD, NINE + HOUR, f"{len(cases.silences)} silences"))

    return decide


def test_where_nothing_is_to_be_decided_nobody_is_asked(database: peewee.Database, message: Make) -> None:
    some = [message(1), message(2)]

    posted = commit_posting(database, Posting(WantedCases(), hold_all([]), NINE, plainly=True, notifications=some))

    assert (posted, states(database)) == (Posted(2), ["pending", "pending"])


@pytest.mark.parametrize(("start", "state"), [(NINE, "held"), (NINE + HOUR, "pending")], ids=["now", "later"])
def test_while_a_silence_is_in_force_all_is_decided(
    database: peewee.Database, message: Make, start: datetime, state: str
) -> None:
    silenced(database, start)
    some = [message(1)]

    commit_posting(database, Posting(WantedCases(), hold_all(some), NINE, plainly=True, notifications=some))

    assert states(database) == [state]


def test_only_what_may_be_sent_now_wakes_the_sending(database: peewee.Database, message: Make) -> None:
    fault = Fault("e", "r", None, "what", NINE)

    def decide(cases: Cases) -> None:
        cases.write(Letter(message(1), State.HELD, NINE, "rate"))
        cases.write(Letter(message(2), State.PENDING, NINE))
        cases.faults.append(fault)

    posted = commit_posting(database, Posting(WantedCases(), decide, NINE))

    assert posted == Posted(1, (fault,))
    assert states(database) == ["held", "pending"]


def test_what_breaks_leaves_nothing_behind(database: peewee.Database, message: Make) -> None:
    def decide(cases: Cases) -> None:
        cases.write(Letter(message(1), State.PENDING, NINE))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        commit_posting(database, Posting(WantedCases(), decide, NINE))

    assert states(database) == []


def test_who_decides_waits_for_who_decides_already(place: Mapping[str, str], message: Make) -> None:
    """Else both would count a message less than there are."""
    with closing(open_shared(place, "one")) as one, ThreadPoolExecutor(1) as thread:

        def other() -> int:
            with closing(open_shared(place, "another")) as database:
                seen: list[int] = []
                wanted = WantedCases(held=NINE + HOUR)
                commit_posting(database, Posting(wanted, lambda cases: seen.append(len(cases.letters)), NINE))
                return seen[0]

        def decide(cases: Cases) -> None:
            cases.write(Letter(message(1), State.HELD, NINE, "rate"))
            waiting.append(thread.submit(other))

        waiting: list[object] = []
        commit_posting(one, Posting(WantedCases(), decide, NINE))

        assert waiting[0].result(10) == 1  # type: ignore[attr-defined]


def test_what_may_be_taken_back_is_not_sent_while_that_is_decided(place: Mapping[str, str], message: Make) -> None:
    """Else it would be sent, and nobody told that it is over."""
    case = Case("c", "r", "k", Event("thing.opened", "e", "main", NINE, "d"), b"{}", NINE, waits={"r/until": "j"})
    with closing(open_shared(place, "one")) as one, closing(open_shared(place, "another")) as other:

        def begin(cases: Cases) -> None:
            cases.put(case)
            cases.write(Letter(message(1), State.PENDING, NINE, case="c"))

        def end(cases: Cases) -> None:
            taken.extend(claim(other, "push", "another", NINE, NINE + HOUR, 10))
            (letter,) = cases.letters.values()
            letter.state = State.RESOLVED
            cases.write(letter)

        taken: list[object] = []
        commit_posting(one, Posting(WantedCases(), begin, NINE))
        commit_posting(one, Posting(WantedCases(ids=frozenset({"c"})), end, NINE))

        assert (taken, states(one)) == ([], ["resolved"])
