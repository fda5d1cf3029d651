"""A team that annotates, and a daemon that can be restarted, at a time that stands still until it is moved."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.delivery import Notification, Priority, notification_id
from otpushd.model.event import Event
from otpushd.model.plan import Plan
from otpushd.poll import SourcePoll
from otpushd.prodigy.source import Source
from otpushd.routing.route import NO_RULES, Routed
from otpushd.store.opening import open_store
from otpushd.store.sql import rows
from otpushd.thinking import Thinking

if TYPE_CHECKING:
    from tests.prodigy_on_postgres import ProdigyOnPostgres

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DECIDED = 1_700_000_000


class EveryEvent:
    """A rule that sends every event to Ann, with what it is about as its text, and who did it how as its title."""

    book = NO_RULES

    def route(self, event: Event) -> Routed:
        """One notification."""
        task = event.task() or {}
        about = event.value("detail") or task.get("text") or task.get("input", {}).get("text") or ""
        if event.type == "dataset.dropped":
            about = f"{event.value('answers')} answers"
        how = event.value("origin") or ("again" if event.value("changed_mind") else "saved")
        one = Notification(
            **{"id": notification_id("r", event.id, "ann"), "rule": "r", "event_id": event.id},
            **{"event_type": event.type, "dataset": event.dataset, "person": "ann", "channels": ("push",)},
            **{"title": f"{event.value('annotator')} {how}", "body": about, "link": None, "priority": Priority.NORMAL},
            **{"created_at": event.time, "expires_at": None, "event": b"{}"},
        )
        return Routed((one,))


class Office:
    """`prodigy` writes what the team does, `connect` makes the daemon's reader; `folder` holds the daemon's store."""

    def __init__(
        self,
        folder: Path,
        prodigy: "ProdigyDatabase | ProdigyOnPostgres",
        connect: Callable[[], Source],
        plan: Plan | None = None,
    ) -> None:
        self.plan = plan or Plan()
        self.prodigy, self.connect, self.now, self.decided = prodigy, connect, START, DECIDED
        self.writer, self.reader = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self.database = self.writer.submit(open_store, folder / "store.db").result()
        self.prodigy.dataset("base", created=10)
        self.prodigy.dataset("news", created=10)
        self.save("base", "first")
        self.poll = self.start()
        self.look()

    def start(self) -> SourcePoll:
        """A daemon that knows nothing but what is in the store."""
        return SourcePoll(
            name="main",
            source=self.connect(),
            thinking=Thinking("main", self.plan, EveryEvent()),  # type: ignore[arg-type]
            database=self.database,
            reader=self.reader,
            writer=self.writer,
            clock=lambda: self.now,
            wake=lambda: None,
        )

    def restart(self) -> None:
        """The old one ends as in a kill: nothing more is committed."""
        self.reader.submit(self.poll.source.close).result()
        self.poll = self.start()

    def save(self, dataset: str, *texts: str, session: str | None = None) -> list[int]:
        """People's answers, each decided a second after the last."""
        tasks = []
        for text in texts:
            self.decided += 1
            tasks.append({"text": text, "answer": "accept", "_timestamp": self.decided})
        return self.prodigy.save(dataset, tasks, session)

    def look(self) -> None:
        """Poll until everything that waited is settled and the sweep has been through."""
        for _ in range(12):
            self.now += timedelta(minutes=11)
            assert asyncio.run(self.poll.run())

    def once(self, after: timedelta = timedelta()) -> None:
        """A single poll."""
        self.now += after
        assert asyncio.run(self.poll.run())

    def settle(self) -> None:
        """As `look`, where the source may have to be connected to anew."""
        self.now += timedelta(minutes=11)
        asyncio.run(self.poll.run())
        self.look()

    def told(self, kind: str = "answer.saved") -> list[str]:
        """What the notifications about events of a type are about."""
        sql = "SELECT body FROM notification WHERE event_type = ? ORDER BY created_at, body"
        return [body for (body,) in self.writer.submit(rows, self.database, sql, (kind,)).result()]

    def who(self, kind: str = "answer.saved") -> list[tuple[str, str]]:
        """What they are about, and who did it how."""
        sql = "SELECT body, title FROM notification WHERE event_type = ? ORDER BY created_at, body"
        return [(body, title) for body, title in self.writer.submit(rows, self.database, sql, (kind,)).result()]

    def answers(self, dataset: str = "news") -> list[int]:
        """How many answers are counted in a dataset."""
        memory = self.poll.memory
        return [] if memory is None else [one.answers for one in memory.datasets.values() if one.row.name == dataset]

    def end(self) -> None:
        """Let go of everything."""
        self.reader.submit(self.poll.source.close).result()
        self.writer.submit(self.database.close).result()
        self.prodigy.close()
        self.writer.shutdown()
        self.reader.shutdown()
