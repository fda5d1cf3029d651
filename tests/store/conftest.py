"""One store, empty and migrated, on each database that otpushd supports; and notifications to put into it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee
import pytest

from otpushd.model.delivery import Notification, Priority, notification_id
from otpushd.store.opening import open_store

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, path: Path) -> Iterator[peewee.Database]:
    """A further database is a further parameter here: every test that takes this fixture runs on each."""
    database = open_store(path)
    yield database
    database.close()


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
