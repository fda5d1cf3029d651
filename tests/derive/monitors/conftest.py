"""Made-up answers for monitors: one a minute from nine o'clock, unless told otherwise."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest

from otpushd.derive.monitors.reading import Observation
from otpushd.derive.monitors.watch import Change, thaw
from otpushd.model.monitor import Definition, faults, filled
from otpushd.store.opening import open_store
from otpushd.store.postgres_opening import open_shared

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _minute(number: float) -> datetime:
    return NINE + timedelta(minutes=number)


def _seen(number: int, answer: str | None = "accept", **more: Any) -> Observation:
    return Observation(more.pop("instant", _minute(number)), number, answer, serial=number, **more)


def _play(definition: Definition, answers: Iterable[Observation], looks: Iterable[float] = ()) -> list[Any]:
    told = filled(definition)
    assert not faults(told)
    watch = thaw(told, None)
    found: list[tuple[float, Change | None]] = [
        (number, watch.take(one, one.instant)) for number, one in enumerate(answers)
    ]
    found += [(minute, watch.tick(_minute(minute))) for minute in looks]
    return [(number, change.turn, change) for number, change in found if change is not None]


@pytest.fixture(scope="session")
def minute() -> Callable[[float], datetime]:
    """So many minutes after nine."""
    return _minute


@pytest.fixture(scope="session")
def seen() -> Callable[..., Observation]:
    """The answer of that number, given in the minute of that number about the example of that number."""
    return _seen


@pytest.fixture(scope="session")
def run() -> Callable[[str], list[Observation]]:
    """Answers by their first letters: `ari` is an accept, a reject and an ignore, in three minutes."""
    names = {"a": "accept", "r": "reject", "i": "ignore", "-": None}
    return lambda letters: [_seen(number, names[letter]) for number, letter in enumerate(letters)]


@pytest.fixture(scope="session")
def play() -> Callable[..., list[Any]]:
    """Gives answers to a definition's watch, then lets it look at so many minutes past nine: the changes, each as the
    number of its answer or minute, what became of the monitor, and all of it.
    """
    return _play


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[peewee.Database]:
    """An empty store on each database."""
    if request.param == "sqlite":
        store: peewee.Database = open_store(tmp_path / "store.db")
        yield store
        store.close()
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.create_database()
    store = open_shared(cluster.parameters(name), "the test")
    yield store
    store.close()
    cluster.drop_database(name)
