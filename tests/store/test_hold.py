"""One polls a source at a time; it is taken over when its holder is gone or late, and the late one commits nothing."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import peewee
import pytest

from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.store.commit import commit_step
from otpushd.store.hold import Hold, HoldLost, ask, fence
from otpushd.store.memory import load_memory
from otpushd.store.opening import open_store
from otpushd.store.postgres_opening import open_shared
from otpushd.store.sql import rows
from tests.postgres import Cluster

NOTHING = timedelta()
LONG = timedelta(hours=1)
Join = Callable[[str], peewee.Database]


@pytest.fixture
def join(place: Mapping[str, str]) -> Iterator[Join]:
    """Opens the store as a further daemon does."""
    joined = []

    def join(holder: str) -> peewee.Database:
        joined.append(open_shared(place, holder))
        return joined[-1]

    yield join
    for each in joined:
        each.close()


@pytest.fixture
def first(join: Join) -> peewee.Database:
    return join("first")


@pytest.fixture
def second(join: Join) -> peewee.Database:
    return join("second")


def test_whoever_asks_first_has_it_and_keeps_it(first: peewee.Database, second: peewee.Database) -> None:
    found = [ask(first, "main", "first"), ask(second, "main", "second"), ask(first, "main", "first")]
    assert found == [Hold("main", "first", 1)] * 3


def test_each_source_is_held_for_itself(first: peewee.Database, second: peewee.Database) -> None:
    ask(first, "one", "first")
    assert ask(second, "two", "second") == Hold("two", "second", 1)


def test_when_the_holders_connection_is_gone_another_takes_over(
    first: peewee.Database, second: peewee.Database, leave: Callable[[peewee.Database], None]
) -> None:
    ask(first, "main", "first", LONG)
    leave(first)
    assert ask(second, "main", "second") == Hold("main", "second", 2)


def test_when_the_lease_has_run_out_another_takes_over_and_keeps_it(
    first: peewee.Database, second: peewee.Database
) -> None:
    ask(first, "main", "first", NOTHING)
    assert ask(second, "main", "second") == Hold("main", "second", 2)
    assert ask(first, "main", "first") == Hold("main", "second", 2)


def test_a_lease_is_renewed_by_asking(first: peewee.Database, second: peewee.Database) -> None:
    ask(first, "main", "first", NOTHING)
    ask(first, "main", "first", LONG)
    assert ask(second, "main", "second").holder == "first"


def test_a_former_holder_commits_nothing(first: peewee.Database, second: peewee.Database) -> None:
    hold = ask(first, "main", "first", NOTHING)
    commit_step(first, "main", Outcome(Step(SourceMemory(mark=1))), hold)
    ask(second, "main", "second")
    with pytest.raises(HoldLost):
        commit_step(first, "main", Outcome(Step(SourceMemory(mark=2))), hold)
    assert load_memory(second, "main").mark == 1


def test_a_former_holder_that_has_it_again_does_not_commit_what_it_read_before(
    first: peewee.Database, second: peewee.Database
) -> None:
    before = ask(first, "main", "first", NOTHING)
    ask(second, "main", "second", NOTHING)
    again = ask(first, "main", "first", LONG)
    with pytest.raises(HoldLost):
        commit_step(first, "main", Outcome(Step(SourceMemory(mark=2))), before)
    commit_step(first, "main", Outcome(Step(SourceMemory(mark=3))), again)
    assert (again.epoch, load_memory(first, "main").mark) == (3, 3)


def test_in_the_middle_of_a_commit_nobody_takes_over_and_nobody_waits(
    first: peewee.Database, second: peewee.Database
) -> None:
    hold = ask(first, "main", "first", NOTHING)
    with first.atomic():
        fence(first, hold)
        assert ask(second, "main", "second") == hold
    assert ask(second, "main", "second").holder == "second"


def test_one_that_is_stopped_in_the_middle_of_a_commit_is_ended_by_the_server(
    first: peewee.Database, second: peewee.Database
) -> None:
    hold = ask(first, "main", "first", NOTHING)
    rows(first, "SET idle_in_transaction_session_timeout = 50")
    with pytest.raises(peewee.InternalError), first.atomic():  # noqa: PT012 - the commit raises
        fence(first, hold)
        rows(second, "SELECT pg_sleep(0.2)")
        assert ask(second, "main", "second").holder == "second"
    assert ask(first, "main", "first").holder == "second"


def test_one_whose_connection_was_cut_and_that_is_back_in_time_has_it_still(
    cluster: Cluster, first: peewee.Database, second: peewee.Database
) -> None:
    hold = ask(first, "main", "first")
    ((number,),) = rows(first, "SELECT pg_backend_pid()")
    rows(second, "SELECT pg_terminate_backend(?, 5000)", (number,))
    with pytest.raises(peewee.OperationalError):
        ask(first, "main", "first")
    assert ask(first, "main", "first") == hold
    assert ask(second, "main", "second") == hold


@pytest.mark.parametrize("lease", [LONG, NOTHING], ids=["a free one", "one whose lease runs out all the time"])
def test_of_many_at_once_one_has_it(join: Join, lease: timedelta) -> None:
    """Each epoch is one daemon's."""

    def run(name: str) -> list[Hold]:
        database = join(name)
        found = [ask(database, f"s{turn}", name, lease) for turn in range(20) for _ in range(3)]
        database.close()
        return found

    with ThreadPoolExecutor(4) as threads:
        found = [hold for each in threads.map(run, "abcd") for hold in each]
    assert len({(hold.source, hold.epoch) for hold in found}) == len(set(found))


def test_in_a_file_nobody_else_can_be_and_nothing_is_written(path: Path) -> None:
    database = open_store(path)
    hold = ask(database, "main", "us")
    commit_step(database, "main", Outcome(Step(SourceMemory(mark=1))), hold)
    assert (hold, rows(database, "SELECT * FROM source_hold")) == (Hold("main", "us"), [])
    database.close()
