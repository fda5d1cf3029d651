"""The daemon's loops on real databases, a call at a time: between any two of them the world may change, or it may die.

Its threads do nothing by themselves. They queue what the loops hand them, and `turn` does one of these calls, or makes
it fail. What a loop does between two calls is done at once.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import count
from typing import Any

import peewee

from otpushd.dispatch import Dispatch
from otpushd.model.examples import Counted, Examples
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan
from otpushd.model.row import Page, Reread
from otpushd.poll import SourcePoll
from otpushd.prodigy.source import Source
from otpushd.prodigy.stored_task import Stored
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.routing.route import Router
from otpushd.store.presence import absent, take_back
from otpushd.tenure import Tenure
from otpushd.thinking import Thinking
from otpushd.tidy import tidy
from tests.lossless.gateway import Gateway
from tests.lossless.oracle import Oracle

PEOPLE = People({"lea": Person("lea", "Lea", (), {"push": "lea"})})
STORE_FAILS = (peewee.PeeweeException, sqlite3.OperationalError)
SPINS = 60


class Fault(Enum):
    """How a call of the store fails: before it does anything, somewhere in the middle, or after it has committed."""

    BEFORE = 1
    AFTER = 2
    WITHIN = 3


class Killed(Exception):
    """The process is no more."""


class Line(Executor):
    """A thread whose calls wait until they are told to happen."""

    def __init__(self) -> None:
        self.calls: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self.dead = False

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Queue a call."""
        if self.dead:
            raise Killed
        future: Future[Any] = Future()
        self.calls.append((future, lambda: call(*args, **named)))
        return future

    def turn(self, fault: Fault | None = None) -> None:
        """Do the first call."""
        future, call = self.calls.popleft()
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = None if fault is Fault.BEFORE else call()
            if fault in (Fault.BEFORE, Fault.AFTER):
                raise peewee.OperationalError("disk I/O error")
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)


@dataclass
class Watched:
    """A source that tells the oracle of each read, and cannot be read while it is `down`."""

    inner: Source
    oracle: Oracle
    down: bool = False

    def read(self, mark: int, *rest: Any, **more: Any) -> Page:
        """See Source.read."""
        page = self._up().read(mark, *rest, **more)
        self.oracle.read(mark, rest[2])
        return page

    def reread(self, *asked: Any, **more: Any) -> Reread:
        """See Source.reread."""
        return self._up().reread(*asked, **more)

    def tasks(self, *asked: Any) -> Stored:
        """See Source.tasks."""
        return self._up().tasks(*asked)

    def examples(self, *asked: Any, **more: Any) -> Examples | None:
        """See Source.examples."""
        return self._up().examples(*asked, **more)

    def count(self, *asked: Any) -> Counted:
        """See Source.count."""
        return self._up().count(*asked)

    def close(self) -> None:
        """See Source.close."""
        self.inner.close()

    def _up(self) -> Source:
        if self.down:
            raise SourceUnavailable("locked", "another process holds the lock")
        return self.inner


@dataclass
class Daemon:
    """One life of a daemon, from its start to its end."""

    name: str
    source: Watched
    store: peewee.Database
    router: Router
    gateway: Gateway
    clock: Callable[[], datetime]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    reader: Line = field(default_factory=Line)
    writer: Line = field(default_factory=Line)
    failing: int = 0
    """So many of the store's next calls fail."""
    polling: asyncio.Task[bool] | None = None
    sending: asyncio.Task[None] | None = None
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        take_back(self.store, self.name, absent(self.store, self.name))
        self.poll = SourcePoll(
            *("main", self.source, Thinking("main", Plan(), self.router), self.store),
            *(self.reader, self.writer, self.clock, lambda: None),
        )
        asks = count(0.0, 0.3)  # the same whatever time a story takes
        self.poll.tenure = Tenure("main", self.name, self.store, self.writer, clock=lambda: next(asks))
        self.dispatch = Dispatch(
            self.store, self.writer, {"push": self.gateway}, PEOPLE, self.name, self.clock, lambda: 0.5
        )

    def turn(self, which: int = 0, fault: Fault | None = None, instructions: int = 0) -> bool:
        """One call of one thread; False if there is none to do. After so many `instructions` it fails WITHIN."""
        busy = [line for line in (self.reader, self.writer) if line.calls]
        if not busy:
            return False
        line = busy[which % len(busy)]
        if line is self.writer and self.failing:
            self.failing, fault = self.failing - 1, Fault.BEFORE
        with self._interrupted(instructions) if fault is Fault.WITHIN else nullcontext():
            line.turn(fault if line is self.writer else None)
        self.spin()
        return True

    @contextmanager
    def _interrupted(self, instructions: int) -> Iterator[None]:
        """Let SQLite fail once, in whatever statement that is; PostgreSQL goes on."""
        connection = self.store.connection()
        if not isinstance(connection, sqlite3.Connection):
            yield
            return
        left = count(instructions, -1)
        connection.set_progress_handler(lambda: next(left) == 0, 1)
        try:
            yield
        finally:
            connection.set_progress_handler(None, 1)

    def spin(self) -> None:
        """Let the loops go on until they wait for a thread."""
        for _ in range(SPINS):
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()
            if (self.reader.calls and self.poll.patience) or self.writer.calls or not self._works():
                return

    def begin_poll(self) -> None:
        """Begin a run of the poll, if none is under way."""
        if self.polling is None:
            self.polling = self._start(self.poll.run())

    def begin_sending(self) -> None:
        """Begin to send what is due."""
        if self.sending is None:
            self.sending = self._start(self.dispatch.drain())

    def polled(self) -> bool | None:
        """Whether the run of the poll has ended well; None while it is under way or where there is none."""
        if self.polling is None or not self.polling.done():
            return None
        task, self.polling = self.polling, None
        return _ended(task) and task.result()

    def sent(self) -> bool | None:
        """Whether what was due is sent; None while it is under way or where there is nothing to do."""
        if self.sending is None or not self.sending.done():
            return None
        task, self.sending = self.sending, None
        return _ended(task)

    def forget(self, retention: timedelta) -> None:
        """Tidy to the end."""
        task = self._start(tidy(self.store, self.writer, retention, self.clock()))
        while not task.done():
            self.turn()
        _ended(task)

    def kill(self) -> None:
        """The end, wherever it is: what no thread has done yet is never done."""
        for line in (self.reader, self.writer):
            line.dead = True
            line.calls.clear()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.loop.close()
        self.store.close()
        self.source.inner.close()

    def _works(self) -> bool:
        self.tasks = [task for task in self.tasks if not task.done()]
        return bool(self.tasks)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self.loop.create_task(work)
        self.tasks.append(task)
        self.spin()
        return task


def _ended(task: asyncio.Task[Any]) -> bool:
    """False if the store failed, which the daemon's guards get over; anything else that is raised is our fault."""
    error = task.exception()
    if error is not None and not isinstance(error, STORE_FAILS):
        raise error
    return error is None
