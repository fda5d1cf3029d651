"""Silences in the store, on each database: kept whole, found while they matter, lifted once, with what they held."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest

from otpushd.model.delivery import Notification, Priority
from otpushd.model.instants import to_micros
from otpushd.model.silence import Scope, Silence
from otpushd.store import silence as table
from otpushd.store.deciding import decide_alone
from otpushd.store.opening import open_beside, open_store
from otpushd.store.outbox import add as add_messages
from otpushd.store.postgres_opening import open_shared
from otpushd.store.prune import prune
from otpushd.store.schema import StoreUnusable
from otpushd.store.sql import rows

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
Make = Callable[..., Notification]


def silence(id: str = "a", start: int = 0, end: int = 1, scope: Scope | None = None) -> Silence:
    """From so many hours after nine to so many."""
    return Silence(id, scope or Scope(), NINE + start * HOUR, NINE + end * HOUR, "ann", "why", NINE)


def hold(database: peewee.Database, message: Notification, held: str | None, until: datetime) -> None:
    add_messages(database, [message])
    rows(database, "UPDATE notification SET held = ?, due_at = ? WHERE id = ?", (held, to_micros(until), message.id))


def due(database: peewee.Database) -> dict[str, float]:
    """The hours after nine at which each message is due, by its title."""
    found = rows(database, "SELECT title, due_at FROM notification ORDER BY title")
    return {title: (at - to_micros(NINE)) / 3.6e9 for title, at in found}


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(Scope(), id="everything"),
        pytest.param(Scope("r*", "Ä\x00", "ann", "a.*", frozenset({Priority.LOW, Priority.CRITICAL})), id="all named"),
    ],
)
def test_a_silence_is_kept_whole(database: peewee.Database, scope: Scope) -> None:
    stored = silence(scope=scope)
    assert table.find(database, "a") is None
    assert table.add(database, stored)
    assert table.find(database, "a") == stored
    assert table.of(database, NINE) == [stored]


def test_an_id_that_is_taken_changes_nothing(database: peewee.Database) -> None:
    table.add(database, silence())
    assert not table.add(database, silence(end=5))
    assert table.find(database, "a") == silence()


def test_active_are_those_in_force_and_of_those_that_had_not_ended(database: peewee.Database) -> None:
    for number, (start, end) in enumerate([(-2, 0), (-1, 1), (0, 1), (1, 2)]):
        table.add(database, silence(str(number), start, end))
    assert [one.id for one in table.active(database, NINE)] == ["1", "2"]
    assert [one.id for one in table.of(database, NINE)] == ["1", "2", "3"]
    assert [one.id for one in table.of(database, NINE - HOUR)] == ["0", "1", "2", "3"]


def test_a_silence_is_lifted_once_and_says_by_whom(database: peewee.Database) -> None:
    table.add(database, silence())
    half = NINE + HOUR / 2
    lifted = replace(silence(), ends=half, lifted_at=half, lifted_by="bob", lift_reason="done")
    assert table.lift(database, "a", half, "bob", "done") == lifted
    assert table.lift(database, "a", half, "eve", None) is None
    assert table.find(database, "a") == lifted


def test_one_that_is_over_or_not_there_is_not_lifted(database: peewee.Database) -> None:
    table.add(database, silence())
    assert table.lift(database, "a", NINE + HOUR, "bob", None) is None
    assert table.lift(database, "b", NINE, "bob", None) is None
    assert table.find(database, "a") == silence()


def test_one_that_had_not_begun_never_begins_once_lifted(database: peewee.Database) -> None:
    table.add(database, silence(start=5, end=9))
    assert table.lift(database, "a", NINE, "bob", None) is not None
    assert table.active(database, NINE + 6 * HOUR) == []


def test_lifting_makes_due_what_it_held_back_and_nothing_else(database: peewee.Database, message: Make) -> None:
    for id in ("a", "b"):
        table.add(database, silence(id, -9, 9))
    holds = {"held": "silence a", "another's": "silence b", "quiet": "quiet", "free": None}
    for number, (title, held) in enumerate(holds.items()):
        hold(database, message(number, title=title), held, NINE + 8 * HOUR)
    hold(database, message(9, title="overdue"), "silence a", NINE - HOUR)
    table.lift(database, "a", NINE, "bob", None)
    assert due(database) == {"another's": 8, "free": 8, "held": 0, "overdue": -1, "quiet": 8}


def test_a_lift_waits_for_a_daemon_that_decides_with_the_silence(place: Mapping[str, str], message: Make) -> None:
    with closing(open_shared(place, "daemon")) as daemon, ThreadPoolExecutor(1) as command:
        table.add(daemon, silence())
        beside = command.submit(open_shared, place, "command").result()
        with daemon.atomic():
            decide_alone(daemon)
            assert table.active(daemon, NINE) == [silence()]
            lifted = command.submit(table.lift, beside, "a", NINE, "bob", None)
            assert wait([lifted], 0.2).not_done
            hold(daemon, message(title="late"), silence().hold, NINE + HOUR)
        assert lifted.result() is not None
        assert due(daemon) == {"late": 0}
        command.submit(beside.close).result()


def test_those_that_ended_before_the_retention_are_forgotten(database: peewee.Database) -> None:
    table.add(database, silence("old", -3, -2))
    table.add(database, silence("new", -3, -1))
    table.add(database, silence("to come", 3, 4))
    prune(database, NINE - HOUR)
    assert [one.id for one in table.of(database, NINE - 9 * HOUR)] == ["new", "to come"]


def test_datasets_that_were_seen_are_known_without_those_of_sessions(database: peewee.Database) -> None:
    columns = "source, dataset_id, name, created, session, bare, answers"
    row = f"INSERT INTO known_dataset ({columns}) VALUES (?, ?, ?, 0, ?, ?, 0)"
    for number, (source, name) in enumerate([("main", "news"), ("other", "news"), ("main", "2026-03-02_09-00-00")]):
        rows(database, row, (source, number, name, number == 2, False))
    assert table.dataset_names(database) == ["news"]


def test_a_daemon_sees_what_a_command_writes_beside_it(path: Path) -> None:
    with closing(open_store(path)) as daemon, closing(open_beside(path)) as beside:
        table.add(beside, silence())
        assert table.active(daemon, NINE) == [silence()]


def test_a_store_that_another_keeps_locked_is_a_refusal_that_changes_nothing(path: Path) -> None:
    with closing(open_store(path)) as daemon, closing(open_store(path, busy_seconds=0.05)) as beside:
        table.add(daemon, silence())
        with daemon.atomic(), pytest.raises(StoreUnusable, match="see what holds it"):
            table.lift(beside, "a", NINE, "bob", None)
        assert table.active(daemon, NINE) == [silence()]
