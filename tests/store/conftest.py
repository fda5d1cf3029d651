"""One store, empty and migrated, on each database that otpushd supports; and notifications to put into it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import peewee
import pytest

from otpushd.model.delivery import Notification, Priority, notification_id
from otpushd.store.opening import open_store
from otpushd.store.postgres_opening import open_shared
from otpushd.store.sql import rows
from tests.postgres import Cluster

NUMBERS = count(1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture(scope="session")
def store_database(cluster: Cluster) -> Iterator[str]:
    """A PostgreSQL database in which each test has a schema of its own, which is quicker than a database each."""
    name = cluster.create_database()
    yield name
    cluster.drop_database(name)


@pytest.fixture
def place(cluster: Cluster, store_database: str) -> Mapping[str, str]:
    """libpq's parameters for a store on PostgreSQL that is not there yet."""
    schema = f"s{next(NUMBERS)}"
    with cluster.connect(store_database) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return {**cluster.parameters(store_database), "options": f"-csearch_path={schema}"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[peewee.Database]:
    """A further database is a further parameter here: every test that takes this fixture runs on each."""
    if request.param == "sqlite":
        database: peewee.Database = open_store(request.getfixturevalue("path"))
    else:
        database = open_shared(request.getfixturevalue("place"), "the test")
    yield database
    database.close()


@pytest.fixture
def leave(cluster: Cluster) -> Callable[[peewee.Database], None]:
    """Lets go of a store on PostgreSQL, and waits until the server has seen it."""

    def leave(database: peewee.Database) -> None:
        ((number,),) = rows(database, "SELECT pg_backend_pid()")
        database.close()
        with cluster.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = %s", (number,))

    return leave


@pytest.fixture
def now() -> datetime:
    return NINE


@pytest.fixture
def message() -> Callable[..., Notification]:
    """A notification by its number; keywords change its fields."""

    def make(number: int = 0, **changes: Any) -> Notification:
        plain: dict[str, Any] = {
            **{"id": notification_id("rule", str(number), "ann"), "rule": "rule", "event_id": f"event {number}"},
            **{"event_type": "answer.saved", "dataset": "news", "person": "ann", "channels": ("push", "sms")},
            **{"title": f"title {number}", "body": "body", "link": None, "priority": Priority.HIGH},
            **{"created_at": NINE, "expires_at": None, "event": b'{"id": 1}'},
        }
        return Notification(**{**plain, **changes})

    return make
