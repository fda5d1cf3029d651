"""What is held back goes out when that ends, for everybody, whoever is first, and once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import peewee
import pytest

from otpushd.holding import Holding
from otpushd.model.case import Letter
from otpushd.model.cases import FOR_EVER, Cases
from otpushd.model.delivery import Notification, Priority, State
from otpushd.model.people import People
from otpushd.model.rate import Rate
from otpushd.model.silence import Scope, Silence
from otpushd.pacing.pacing import Pacing
from otpushd.store.cases import MOST_PEOPLE, next_held, save_cases
from otpushd.store.opening import Database, open_store
from otpushd.store.silence import add, lift
from otpushd.store.sql import rows
from tests.pacing.stories.daemon import AtOnce
from tests.pacing.world import HOUR, MINUTE, NIGHT, NINE, person, router

RULES = "rules: [{name: r, on: thing.opened, to: ann, title: t}]\n"
PLAIN = Notification(
    *("0", "r", "e", "thing.opened", "d", "ann", ("push",), "t", "", None, Priority.NORMAL, NINE, None, b"{}")
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_store(tmp_path / "store.db")
    yield database
    database.close()


def hold(database: Database, *people: str, until: timedelta = HOUR, held: str = "quiet hours") -> None:
    """One message for each."""
    cases = Cases()
    for number, who in enumerate(people):
        one = replace(PLAIN, id=f"{held} {number}", person=who, title=f"title {number}")
        cases.write(Letter(one, State.HELD, NINE + until, held))
    save_cases(database, cases)


def release(
    database: Database, folder: Path, after: timedelta, people: People | None = None, *, doubt: bool = False
) -> int:
    """How often the sending is woken."""
    woken: list[None] = []
    pacing = Pacing(router(folder, RULES, people).book)
    holding = Holding(
        pacing, database, AtOnce(), lambda: NINE + after, lambda: woken.append(None), None if doubt else pacing
    )
    asyncio.run(holding.run())
    return len(woken)


def pending(database: Database) -> list[tuple[str, str]]:
    return [(*row,) for row in rows(database, "SELECT person, title FROM notification WHERE state = 'pending'")]  # type: ignore[misc]


def test_nothing_goes_before_its_time(database: Database, tmp_path: Path) -> None:
    hold(database, "ann")

    assert release(database, tmp_path, HOUR - MINUTE) == 0
    assert pending(database) == []


def test_each_person_gets_what_was_held_back_for_them(database: Database, tmp_path: Path) -> None:
    hold(database, "ann", "bob", "ann")

    assert release(database, tmp_path, HOUR) == 1
    assert sorted(pending(database)) == [("ann", "2 messages held back for you"), ("bob", "title 1")]
    assert next_held(database) is None


def test_it_goes_once(database: Database, tmp_path: Path) -> None:
    hold(database, "ann")
    release(database, tmp_path, HOUR)

    assert release(database, tmp_path, 2 * HOUR) == 0
    assert pending(database) == [("ann", "title 0")]


def test_however_many_people_all_are_served(database: Database, tmp_path: Path) -> None:
    team = People({name: person(name) for name in ("ann", *(f"p{n:03}" for n in range(2 * MOST_PEOPLE)))})
    hold(database, *team.people)

    assert release(database, tmp_path, HOUR, team) == 3
    assert sorted(name for name, _ in pending(database)) == sorted(team.people)


def test_who_has_quiet_hours_then_gets_it_when_they_end(database: Database, tmp_path: Path) -> None:
    hold(database, "ann", until=14 * HOUR, held="silence s")

    release(database, tmp_path, 14 * HOUR, People({"ann": person("ann", NIGHT)}))

    assert pending(database) == []
    assert next_held(database) == NINE + 22 * HOUR


def test_what_is_over_is_written_down_and_wakes_nobody(database: Database, tmp_path: Path) -> None:
    cases = Cases()
    cases.write(Letter(replace(PLAIN, expires_at=NINE + MINUTE), State.HELD, NINE + HOUR, "quiet hours"))
    save_cases(database, cases)

    assert release(database, tmp_path, HOUR) == 0
    assert rows(database, "SELECT state, held FROM notification") == [("expired", None)]


def test_who_left_meanwhile_is_written_to_and_that_fails_visibly(database: Database, tmp_path: Path) -> None:
    hold(database, "zoe")

    assert release(database, tmp_path, HOUR) == 1


def test_a_silence_that_is_lifted_lets_go_at_once_of_what_it_held_back(database: Database, tmp_path: Path) -> None:
    add(database, Silence("s", Scope(), NINE, NINE + 9 * HOUR, "lea", "why", NINE))
    hold(database, "ann", until=9 * HOUR, held="silence s")
    lift(database, "s", NINE + MINUTE, "lea", None)

    assert release(database, tmp_path, MINUTE) == 1


def test_what_a_mute_holds_back_waits_for_that(database: Database, tmp_path: Path) -> None:
    hold(database, "ann", until=FOR_EVER - NINE, held="mute m")

    assert release(database, tmp_path, 1000 * HOUR) == 0
    assert next_held(database) == FOR_EVER.astimezone(UTC)


def test_rates_are_counted_over_all_that_goes(database: Database, tmp_path: Path) -> None:
    """Two that end at different times."""
    team = People({"ann": person("ann", rates=[Rate(1, HOUR)])})
    hold(database, "ann", until=MINUTE, held="silence s")
    hold(database, "ann", until=2 * MINUTE, held="silence t")

    release(database, tmp_path, MINUTE, team)
    release(database, tmp_path, 2 * MINUTE, team)

    assert len(pending(database)) == 1
    assert next_held(database) == NINE + HOUR + MINUTE


def test_what_somebody_wishes_no_more_holds_nothing_back(database: Database, tmp_path: Path) -> None:
    """Quiet hours that are gone since a start or a reload; who still has them is left alone until they end."""
    hold(database, "ann", "bob", until=22 * HOUR)
    still = People({one.id: one for one in (person("ann"), person("bob", NIGHT))})

    assert release(database, tmp_path, 14 * HOUR, still, doubt=True) == 1
    assert pending(database) == [("ann", "title 0")]
    assert next_held(database) == NINE + 22 * HOUR


def test_a_store_that_fails_does_not_make_it_forget_what_people_wish_now(database: Database, tmp_path: Path) -> None:
    """The disk was full at the moment of a reload."""
    hold(database, "ann", until=22 * HOUR)
    pacing = Pacing(router(tmp_path, RULES).book)
    holding = Holding(pacing, database, AtOnce(), lambda: NINE + 14 * HOUR, lambda: None)
    database.execute_sql("CREATE TRIGGER full BEFORE UPDATE ON notification BEGIN SELECT raise(ABORT, 'full'); END")
    with pytest.raises(peewee.IntegrityError):
        asyncio.run(holding.run())
    database.execute_sql("DROP TRIGGER full")

    asyncio.run(holding.run())

    assert pending(database) == [("ann", "title 0")]
