"""Loop 6, for one source: examples that rules want to have queued are put into files that Prodigy loads.

It reads tasks from the source and appends lines; which examples are meant was decided in the commit of their event.
Killed anywhere, it leaves them pending, and looks into the file before it appends what it may have appended already.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from otpushd.files.queue_file import QueueFile, mend_of
from otpushd.model.ledger import input_of
from otpushd.model.queue import FROM_OUTSIDE, Fate, Item, Settled
from otpushd.prodigy.requeued import hash_in, requeued
from otpushd.prodigy.source import Source
from otpushd.prodigy.stored_task import StoredTask
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.store import queue as store
from otpushd.store.hold import Hold, HoldLost
from otpushd.store.opening import Database
from otpushd.tenure import Tenure

R = TypeVar("R")
log = structlog.get_logger()
AT_ONCE = 100
"""So many examples are put into a file at a time."""
PATIENCE_SECONDS = 10.0
FIRST_REST = timedelta(seconds=1)
LONGEST_REST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Rest:
    """A queue that could not be written: how often by now, why, and when it is tried again."""

    failures: int
    why: str
    until: datetime

    @property
    def next(self) -> timedelta:
        """How long to leave it alone after one more failure."""
        return min(LONGEST_REST, FIRST_REST * (1 << min(self.failures, 10)))


@dataclass(slots=True)
class Queueing:
    """`reader` is the source's own thread, `writer` the store's, `filer` that of the files, which may lie on a mount
    that hangs. Names of queues are paths, relative to `folder`.
    """

    name: str
    source: Source
    database: Database
    reader: Executor
    writer: Executor
    filer: Executor
    clock: Callable[[], datetime]
    folder: Path
    tenure: Tenure | None = None
    rests: dict[str, Rest] = field(default_factory=dict)
    stopping: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> bool:
        """Put what is pending into its files. Returns whether nothing is left that could be put there now.

        Raises what the store does. A file that cannot be written, or a source that cannot be read, is tried again.
        """
        async with self.turn:
            hold = None if self.tenure is None else await self.tenure.ask()
            if self.stopping or (self.tenure is not None and hold is None):
                return True
            try:
                return await self._run(hold)
            except HoldLost:
                if self.tenure is not None:
                    self.tenure.doubt()
                return True

    async def stop(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self.stopping = True
        async with self.turn:
            pass

    async def _run(self, hold: Hold | None) -> bool:
        now = self.clock()
        while await self._in(self.writer, store.unfold, self.database, hold, self.name, now):
            pass
        queues = await self._in(self.writer, store.queues, self.database, self.name)
        self.rests = {queue: rest for queue, rest in self.rests.items() if queue in queues}
        good = True
        for queue in queues:
            if queue in self.rests and now < self.rests[queue].until:
                good = False
            while queue not in self.rests or self.rests[queue].until <= now:
                items = await self._in(self.writer, store.pending, self.database, self.name, queue, AT_ONCE)
                if not items or self.stopping:
                    break
                if not await self._try(hold, queue, items):
                    good = False
                    break
        return good

    async def _try(self, hold: Hold | None, queue: str, items: Sequence[Item]) -> bool:
        try:
            settled = await self._put(hold, queue, items)
        except SourceUnavailable as error:
            self._failed(queue, error.code, error.mend)
        except OSError as error:
            self._failed(queue, error.strerror or type(error).__name__, mend_of(error))
        else:
            await self._in(self.writer, store.settle, self.database, hold, self.name, settled, self.clock())
            self._tell(queue, settled)
            return True
        return False

    async def _put(self, hold: Hold | None, queue: str, items: Sequence[Item]) -> list[Settled]:
        """Put items into their file, as many as are read at once. What it returns is in the file, or will never be."""
        tasks, looked = await self._tasks([item for item in items if item.content is None])
        ready: list[tuple[Settled, bytes]] = []
        settled: list[Settled] = []
        for item in items:
            if item.content is None and item.place not in looked:
                continue
            made = _made(item, tasks.get(item.place))
            if isinstance(made, Settled):
                settled.append(made)
            else:
                ready.append(made)
        twice = await self._twice(queue, [one for one, _ in ready])
        settled += [Settled(one.item, Fate.TWICE, one.input, one.task) for one, _ in ready if one.item.place in twice]
        ready = [pair for pair in ready if pair[0].item.place not in twice]
        if ready:
            settled += await self._append(hold, queue, ready)
        return settled

    async def _tasks(self, items: Sequence[Item]) -> tuple[Mapping[int, StoredTask], set[int]]:
        """Their tasks, and of which places it is known whether there are any."""
        places = [item.place for item in items if item.place < FROM_OUTSIDE]
        lost = {item.place for item in items if item.place >= FROM_OUTSIDE}
        if not places:
            return {}, lost
        asked = self._in(self.reader, self.source.tasks, places)
        try:
            stored = await asyncio.wait_for(asked, PATIENCE_SECONDS)
        except TimeoutError:
            raise SourceUnavailable("not_answering", "the source does not answer; trying again") from None
        return stored.found, lost.union(places[: stored.looked])

    async def _twice(self, queue: str, settled: Sequence[Settled]) -> set[int]:
        """The places of those whose task is in the queue already, or comes before them."""
        tasks = sorted({one.task for one in settled if one.task is not None})
        there = await self._in(self.writer, store.tasks_in, self.database, queue, tasks)
        found: set[int] = set()
        for one in settled:
            if one.task is not None and one.task in there:
                found.add(one.item.place)
            elif one.task is not None:
                there.add(one.task)
        return found

    async def _append(self, hold: Hold | None, queue: str, ready: Sequence[tuple[Settled, bytes]]) -> list[Settled]:
        """The file is locked before they are claimed, so that nobody else can be between the two."""
        file = await self._in(self.filer, QueueFile, self.folder / queue)
        try:
            items = [one.item for one, _ in ready]
            claims = await self._in(self.writer, store.claim, self.database, hold, self.name, items)
            again = {item.mark for item in items if claims.get(item.place, 0) > 1}
            there = await self._in(self.filer, file.has, again) if again else set()
            lines = [line for one, line in ready if one.item.place in claims and one.item.mark not in there]
            if lines:
                await self._in(self.filer, file.append, lines)
            return [one for one, _ in ready if one.item.place in claims]
        finally:
            await self._in(self.filer, file.close)

    def _failed(self, queue: str, why: str, mend: str) -> None:
        before = self.rests.get(queue)
        rest = FIRST_REST if before is None else before.next
        failures = 1 if before is None else before.failures + 1
        self.rests[queue] = Rest(failures, why, self.clock() + rest)
        if before is None or before.why != why:
            log.error("queue_not_written", source=self.name, queue=queue, reason=why, mend=mend)

    def _tell(self, queue: str, settled: Sequence[Settled]) -> None:
        if (rest := self.rests.pop(queue, None)) is not None:
            log.info("queue_written_again", source=self.name, queue=queue, failures=rest.failures)
        counts = Counter(one.fate for one in settled)
        put = counts.pop(Fate.QUEUED, 0) + counts.pop(Fate.KEPT, 0)
        lost = {fate.value: count for fate, count in counts.items()}
        if lost.keys() - {Fate.TWICE}:
            log.warning("queued", source=self.name, queue=queue, count=put, **lost)
        else:
            log.info("queued", source=self.name, queue=queue, count=put, **lost)

    async def _in(self, thread: Executor, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(thread, call, *args)


def _made(item: Item, task: StoredTask | None) -> tuple[Settled, bytes] | Settled:
    """The line of an item, or why there is none. A row of another input has been given the id of one that is gone."""
    if item.content is not None:
        task = StoredTask(
            item.place,
            item.input if item.input is not None else hash_in(item.content, "_input_hash"),
            hash_in(item.content, "_task_hash"),
            item.content,
        )
    elif task is None or item.input not in (None, task.input_hash, input_of(None, item.place)):
        return Settled(item, Fate.GONE)
    line = None if task.content is None else requeued(task.content, task.input_hash, item.reason, item.mark)
    if line is None:
        return Settled(item, Fate.UNUSABLE)
    fate = Fate.QUEUED if task.input_hash is not None else Fate.KEPT
    return Settled(item, fate, task.input_hash, task.task_hash), line
