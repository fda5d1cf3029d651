"""A Prodigy database, and a watch on it: what the poll loop does with each page, without store, rules and clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.detect import outage
from otpushd.detect.answers import Who
from otpushd.detect.step import settle, step
from otpushd.model.event import Event
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.row import Page
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.prodigy.unavailable import SourceUnavailable
from tests.prodigy_samples import copied

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Watch:
    """Reads `source` as the daemon does, and keeps what each page led to in `steps`."""

    source: SqliteSource
    from_beginning: bool = False
    now: datetime = NINE
    memory: SourceMemory = field(default_factory=SourceMemory)
    fingerprint: tuple[int, ...] | None = None
    answered: set[Who] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)

    def look(self, after: float = 0) -> list[Event]:
        """One poll, `after` seconds from the last, until there are no more pages. An unreadable source is an outage."""
        self.now += timedelta(seconds=after)
        before, last = len(self.steps), False
        while not last:
            awaited = {one.link.example_id for one in self.memory.waiting.values()}
            try:
                page = self.source.read(self.memory.mark, awaited, self.fingerprint)
            except SourceUnavailable as error:
                self._keep(outage.failed("main", self.memory, str(error), self.now))
                break
            self._keep(outage.readable("main", self.memory, self.now))
            self.take(page)
            last = page.last
        return [event for done in self.steps[before:] for event in done.events]

    def take(self, page: Page) -> Step:
        """What one page leads to."""
        half = settle("main", page, self.memory, self.now, from_beginning=self.from_beginning)
        done = step("main", half, half.keys() & self.answered, self.now)
        self.answered |= half.keys()
        self._keep(done)
        self.fingerprint = page.fingerprint
        return done

    def forget_reader(self) -> None:
        """What a restart does to the reading side: another connection, no fingerprint; the memory is the store's."""
        self.source.close()
        self.fingerprint = None

    def answers(self) -> dict[str, int]:
        """People's answers counted, by dataset."""
        return {one.row.name: one.answers for one in self.memory.datasets.values() if not one.row.session}

    def _keep(self, done: Step | None) -> None:
        if done is not None:
            self.memory = done.memory
            self.steps.append(done)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prodigy.db"


@pytest.fixture
def prodigy(path: Path) -> Iterator[ProdigyDatabase]:
    database = ProdigyDatabase(path)
    yield database
    database.close()


@pytest.fixture
def watch(path: Path) -> Iterator[Watch]:
    """A watch that has not looked yet."""
    watch = Watch(SqliteSource(path))
    yield watch
    watch.source.close()


@pytest.fixture
def watching(prodigy: ProdigyDatabase, watch: Watch) -> Watch:
    """A watch that has taken its baseline: an empty main dataset `news`."""
    prodigy.dataset("news", created=100)
    watch.look()
    return watch


@pytest.fixture
def sample(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a real file, because even a reader could leave a journal beside it."""
    return partial(copied, to=tmp_path)


@pytest.fixture
def shown() -> Callable[..., list[tuple[Any, ...]]]:
    """Events as tuples of their type and some fields, for comparing."""

    def show(events: list[Event], *names: str) -> list[tuple[Any, ...]]:
        return [(event.type, *(event.value(name) for name in names)) for event in events]

    return show
