"""The desk: what of one source has something to do, and what other rules make of it, some at a time."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from otpushd.model.case import REMIND, Case
from otpushd.model.cases import Cases
from otpushd.model.event import Event
from otpushd.model.memory import SourceMemory
from otpushd.model.plan import Plan
from otpushd.store.cases import MOST_DUE, save_cases
from otpushd.store.opening import Database, open_store
from otpushd.store.sql import rows
from otpushd.thinking import Thinking
from tests.pacing.stories.daemon import Daemon
from tests.pacing.world import HOUR, MINUTE, NINE, event, router

RULES = "rules: [{name: r, on: thing.opened, to: ann, title: t, remind_every: 1h, until: thing.closed}]\n"
OTHERS = RULES.replace("name: r", "name: s")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """With one rule that reminds."""
    daemon = Daemon(lambda: open_store(tmp_path / "store.db"), router(tmp_path, RULES))
    yield daemon
    daemon.database.close()


def open_cases(database: Database, count: int, source: str = "main", rule: str = "r") -> None:
    """So many that were told an hour ago."""
    cases = Cases()
    for number in range(count):
        trigger = Event("thing.opened", f"e{number}", source, NINE, "d", {"thing": "a"})
        case = Case(f"{source} {number:04}", rule, f"k{number}", trigger, b"{}", NINE, people=["ann"], told_at=NINE)
        case.due, case.waits = {REMIND: NINE + HOUR}, {f"{rule}/until": "j"}
        cases.put(case)
    save_cases(database, cases)


def count(database: Database, what: str) -> int:
    found: int = rows(database, f"SELECT count(*) FROM {what}")[0][0]
    return found


def test_nothing_is_done_before_it_is_due(daemon: Daemon) -> None:
    open_cases(daemon.database, 1)
    daemon.now = NINE + HOUR - MINUTE

    asyncio.run(daemon.turn())

    assert daemon.sent == []
    assert daemon.desk.next_at == NINE + HOUR


def test_what_is_due_is_done_late_rather_than_never_and_once(daemon: Daemon) -> None:
    open_cases(daemon.database, 1)
    daemon.now = NINE + 5 * HOUR

    asyncio.run(daemon.turn())

    assert [at for at, _ in daemon.sent] == [NINE + 5 * HOUR]
    assert daemon.desk.next_at == NINE + 6 * HOUR


def test_more_than_are_looked_at_at_once_are_all_done(daemon: Daemon) -> None:
    open_cases(daemon.database, 2 * MOST_DUE + 1)
    daemon.now = NINE + HOUR

    asyncio.run(daemon.turn())

    assert len(daemon.sent) == 2 * MOST_DUE + 1


def test_those_of_other_sources_are_left_to_them(daemon: Daemon) -> None:
    open_cases(daemon.database, 1, source="other")
    daemon.now = NINE + 2 * HOUR

    asyncio.run(daemon.turn())

    assert (daemon.sent, daemon.desk.next_at) == ([], None)


def test_other_rules_are_followed_from_the_next_turn_on_by_all(daemon: Daemon, tmp_path: Path) -> None:
    open_cases(daemon.database, MOST_DUE + 1)
    daemon.now = NINE + MINUTE
    asyncio.run(daemon.turn())
    assert count(daemon.database, "fault") == 0

    daemon.reload(router(tmp_path, OTHERS))
    asyncio.run(daemon.turn())

    assert (count(daemon.database, "rule_case"), count(daemon.database, "fault")) == (0, MOST_DUE + 1)


def test_after_a_start_all_are_brought_up_to_date(daemon: Daemon) -> None:
    open_cases(daemon.database, 1, rule="gone")
    daemon.restart()

    asyncio.run(daemon.turn())

    assert count(daemon.database, "rule_case") == 0


def test_what_others_may_have_written_is_looked_at_anew(daemon: Daemon) -> None:
    asyncio.run(daemon.turn())
    assert daemon.desk.next_at is None
    open_cases(daemon.database, 1)
    daemon.now = NINE + HOUR

    daemon.desk.forget()
    asyncio.run(daemon.turn())

    assert len(daemon.sent) == 1


def test_an_event_that_opens_something_is_followed_without_being_asked(daemon: Daemon) -> None:
    asyncio.run(daemon.hear([event("1")]))

    assert daemon.desk.next_at == NINE + HOUR


def test_whoever_waits_is_heard_before_anybody_is_called(daemon: Daemon) -> None:
    """The look at the source comes first."""
    asyncio.run(daemon.hear([event("1")]))
    daemon.now = NINE + 2 * HOUR

    asyncio.run(daemon.hear([event("2", 110, "thing.closed")]))
    asyncio.run(daemon.turn())

    assert [at - NINE for at, _ in daemon.sent] == [timedelta()]


def test_thinking_pairs_with_its_rules(tmp_path: Path) -> None:
    thinking = Thinking("main", Plan(), router(tmp_path, RULES))

    outcome = thinking.due(SourceMemory(), NINE)

    assert outcome.posting is not None
    assert (outcome.posting.wanted.due, outcome.posting.wanted.source) == (NINE, "main")
