"""Prodigy, the daemon, the oracle and the clock, and what can happen to them in one step.

`check` lets things settle and compares what is in the outbox, and what the gateway got, with what the oracle expects.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import peewee

from otpushd.model.instants import from_micros
from otpushd.prodigy.source import Source
from otpushd.routing.route import Router
from otpushd.store.sql import rows
from tests.lossless.backups import Backup, How, back_up, restore
from tests.lossless.daemon import Daemon, Fault, Watched
from tests.lossless.gateway import Gateway
from tests.lossless.oracle import Oracle, Trait
from tests.lossless.prodigy import Prodigy, canonical

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PASS = timedelta(minutes=11)
"""After so long the sweep begins again."""
PASSES = 3
RETENTION = timedelta(days=30)
ROUNDS = 50
"""So many looks at most until all is quiet; more means that it never will be."""
TURNS = 2000
"""So many calls at most until a poll has ended."""


@dataclass
class World:
    """All of it. `now` is everybody's clock."""

    router: Router
    gateway: Gateway = field(default_factory=Gateway)
    oracle: Oracle = field(default_factory=Oracle)
    now: datetime = START
    backups: list[Backup] = field(default_factory=list)
    daemon: Daemon | None = None
    lives: int = 0
    announced: dict[str, Trait] = field(default_factory=dict)
    again: list[Trait] = field(default_factory=list)
    """Announced once more, after the first time was forgotten."""
    forgotten: set[str] = field(default_factory=set)
    may_repeat: Counter[str] = field(default_factory=Counter)

    prodigy: Prodigy = field(init=False)
    source: Callable[[], Source] = field(init=False)
    store: Callable[[str], peewee.Database] = field(init=False)

    def wait(self, seconds: float) -> None:
        """Time goes by, or is set back."""
        self.now += timedelta(seconds=seconds)

    # The daemon

    def alive(self) -> Daemon:
        """The daemon; it is started where there is none."""
        if self.daemon is None:
            self.lives += 1
            name, source = f"life {self.lives}", Watched(self.source(), self.oracle)
            self.daemon = Daemon(name, source, self.store(name), self.router, self.gateway, lambda: self.now)
        return self.daemon

    def turn(self, times: int = 1, which: int = 0, fault: Fault | None = None) -> None:
        """Some calls of the daemon's threads, the last with a fault; a poll is begun if nothing is under way."""
        daemon = self.alive()
        if daemon.polling is None and daemon.sending is None:
            self._begin_poll()
        for left in reversed(range(times)):
            daemon.turn(which, None if left else fault)
            self._look()

    def break_store(self, times: int, instructions: int) -> None:
        """After some calls the next one of the store fails in the middle, after so many instructions of SQLite's."""
        self.turn(times)
        self._begin_poll()
        daemon = self.alive()
        while not daemon.writer.calls and daemon.turn():
            self._look()
        daemon.turn(1, Fault.WITHIN, instructions)
        self._look()

    def poll(self) -> bool:
        """A run of the poll to its end, the one under way if there is one."""
        daemon = self.alive()
        self._begin_poll()
        for _ in range(TURNS):
            assert daemon.turn() or (daemon.polling and daemon.polling.done()), "the poll waits for nothing"
            good = self._look()
            if daemon.polling is None:
                return bool(good)
        raise AssertionError("the poll does not come to an end")

    def hang(self) -> None:
        """A poll whose read does not answer in time; it is answered at some later turn."""
        daemon = self.alive()
        if daemon.polling is None:
            daemon.poll.patience = 0.0
            self._begin_poll()
            while daemon.writer.calls:
                daemon.turn(1)
            daemon.spin()
            daemon.poll.patience = 10.0
            self._look()

    def send(self) -> None:
        """Send what is due."""
        daemon = self.alive()
        daemon.begin_sending()
        while daemon.sending is not None:
            assert daemon.turn() or daemon.sending.done(), "the dispatch waits for nothing"
            self._look()

    def kill(self) -> None:
        """The daemon dies, wherever it is; the next step that needs one starts it."""
        if self.daemon is not None:
            unsettled = rows(self.daemon.store, "SELECT id FROM notification WHERE claimed_by IS NOT NULL")
            self.may_repeat.update(number for (number,) in unsettled)
            self.daemon.kill()
            self.daemon = None
            self.oracle.reads.clear()

    def back_up(self) -> Backup:
        """Keep what Prodigy has committed."""
        self.backups.append(back_up(self.prodigy))
        return self.backups[-1]

    def restore(self, backup: Backup, how: How = How.PAGE_BY_PAGE) -> None:
        """Bring a backup back, unless a transaction is open."""
        if not self.prodigy.busy:
            if how is How.OVERWRITTEN or not self.prodigy.writers:
                self.let_go()
            restore(self.prodigy, backup, how)

    def let_go(self) -> None:
        """The daemon dies where it would be in the way of a writer, which it is only in one process: there SQLite gives
        a database in WAL mode one -shm file, and keeps it as whoever came first has opened it."""
        if self.prodigy.wal:
            self.kill()

    def tidy(self) -> None:
        """Forget what is old."""
        while self.alive().turn():  # what is queued comes first
            self._look()
        self._hear()
        before = {number for (number,) in rows(self.alive().store, "SELECT id FROM notification")}
        self.alive().forget(RETENTION)
        gone = before - {number for (number,) in rows(self.alive().store, "SELECT id FROM notification")}
        self.forgotten |= self.announced.keys() & gone
        self.may_repeat.update(gone)  # a dataset that a backup brings back is told again; of rows see `again`

    def _begin_poll(self) -> None:
        daemon = self.alive()
        if daemon.polling is None:
            daemon.begin_poll()

    def _look(self) -> bool | None:
        """Whether a run has just ended well; the oracle is told."""
        daemon = self.alive()
        good = daemon.polled()
        daemon.sent()
        found = rows(daemon.store, "SELECT history_to, news_since FROM source_mark")
        if found and found[0][0] is not None:
            self.oracle.polled(begun=True, news_since=found[0][1])
        if good:
            self.oracle.took(waits=bool(daemon.poll.waiting))
            self._hear()
            assert not (wrong := self.oracle.verdict([*self.announced.values(), *self.again, *self._waiting()])), wrong
        if good is not None:  # a read that hung is answered later, and belongs to the next run
            self.oracle.reads.clear()
        return good

    # The end

    def check(self) -> list[str]:
        """Let it all settle; then what is wrong, nothing if all is well."""
        self.settle()
        self._hear()
        wrong = self.oracle.verdict([*self.announced.values(), *self.again])
        store = self.alive().store
        for number, state in rows(store, "SELECT id, state FROM notification"):
            if state == "pending" or not self.gateway.given[number]:
                wrong.append(f"never sent: {number} ({state})")
        for number, count in self.gateway.taken.items():
            allowed = 1 + self.may_repeat[number] + min(1, self.gateway.unanswered[number])
            if count > allowed:
                wrong.append(f"taken {count} times: {number}")
        return wrong

    def settle(self) -> None:
        """Whatever is wrong ends, and the daemon has the time it needs."""
        if not self.prodigy.writers:
            self.let_go()
            self.prodigy.start(2)
        for writer in list(self.prodigy.busy):
            self.prodigy.end_transaction(writer, commit=bool(writer % 2))
        self.gateway.told.clear()
        self.alive().source.down = False
        self.alive().failing = 0
        self._until(lambda: self.poll() and self.poll())
        passes, events = 0, -1
        for _ in range(ROUNDS):
            self.now += PASS
            good, daemon = self.poll(), self.alive()
            ((count,),) = rows(daemon.store, "SELECT count(*) FROM notification")
            memory = daemon.poll.memory
            quiet = good and memory is not None and not (memory.swept or memory.recheck_to or memory.waiting)
            passes, events = passes + quiet if count == events else 0, count
            if passes == PASSES:
                break
        else:
            raise AssertionError("the sweep does not come to an end")
        self.oracle.settled()
        self._until(self._all_sent)

    def _until(self, done: Callable[[], bool]) -> None:
        for _ in range(ROUNDS):
            if done():
                return
            self.now += timedelta(seconds=1)
        raise AssertionError("it does not settle")

    def _all_sent(self) -> bool:
        self.send()
        due = rows(self.alive().store, "SELECT min(due_at) FROM notification WHERE state = 'pending'")
        if due[0][0] is None:
            return True
        self.now = max(self.now + timedelta(hours=1), from_micros(due[0][0]))
        return False

    def _hear(self) -> None:
        """Note what is in the outbox."""
        found = rows(self.alive().store, "SELECT id, event_type, event FROM notification")
        for number, kind, event in found:
            if kind in ("answer.saved", "example.added") and (number in self.forgotten or number not in self.announced):
                trait = _trait(json.loads(bytes(event)))
                if number in self.forgotten:
                    self.forgotten.remove(number)
                    self.again.append(trait)
                self.announced[number] = trait

    def _waiting(self) -> list[Trait]:
        """The rows that wait for their person: they are as good as announced."""
        memory = self.alive().poll.memory
        waiting = () if memory is None else memory.waiting.values()
        return [Trait(one.dataset.name, one.link.example_id, canonical(one.link.content)) for one in waiting]


def _trait(event: dict[str, Any]) -> Trait:
    task = event["data"].get("task")
    content = canonical(None if task is None else json.dumps(task).encode())
    return Trait(event.get("subject"), event["data"]["example"], content)
