"""Prodigy's side: every way its database is written to, one commit after another, on SQLite and on PostgreSQL.

After each commit the oracle is shown what stands there.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.lossless.oracle import Identity, Oracle, Row

ROWS = """
SELECT l.id, l.example_id, d.id, d.name, d.created, e.input_hash, e.task_hash, e.content
FROM link l JOIN dataset d ON d.id = l.dataset_id LEFT JOIN example e ON e.id = l.example_id WHERE NOT d.session
"""
REFUSED = psycopg.Error
"""What a writer may meet: a lock that another holds, a dataset that is just dropped. Its commit did not happen."""


class Writer(Protocol):
    """What ProdigyDatabase and ProdigyOnPostgres have in common."""

    def dataset(self, name: str, *, session: bool = ..., meta: Any = ..., created: int = ...) -> int: ...
    def examples(self, tasks: Sequence[dict[str, Any]]) -> list[int]: ...
    def links(self, dataset: str, examples: Sequence[int]) -> object: ...
    def drop(self, dataset: str) -> None: ...
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...
    def close(self) -> None: ...


@dataclass
class Save:
    """One save under way: three commits, of which `done` have happened. `session` is None for a script's."""

    writer: int
    dataset: str
    session: str | None
    tasks: list[dict[str, Any]]
    imported: bool = False
    examples: list[int] = field(default_factory=list)
    done: int = 0


@dataclass
class Prodigy:
    """The database with its `writers`; `mark` spells a placeholder. `clock` is the clock of Prodigy's machine."""

    open: Callable[[], Writer]
    mark: str
    oracle: Oracle
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    path: Path | None = None
    wal: bool = False
    writers: list[Writer] = field(default_factory=list)
    saves: list[Save] = field(default_factory=list)
    hurry: bool = False
    """Whether several datasets may be made within a second."""
    made: set[tuple[int, int]] = field(default_factory=set)
    twins: bool = False
    """Whether two datasets were made with the same id within the same second. Then a row may look like one that it is
    not, and only the sweep finds it."""
    busy: set[int] = field(default_factory=set)
    """Writers that have a transaction open."""

    def start(self, count: int) -> None:
        """Let so many of Prodigy's processes have the database open."""
        self.writers = [self.open() for _ in range(count)]
        if self.path is not None:
            self.writers[0].execute(f"PRAGMA journal_mode = {'wal' if self.wal else 'delete'}")
            for each in self.writers:  # what a power cut leaves is not what is asked here
                each.execute("PRAGMA synchronous = off")

    def stop(self) -> None:
        """End them all; what they had open is rolled back."""
        self.close()
        self.saves, self.busy = [], set()
        self.committed()

    def close(self) -> None:
        """Let go of every connection."""
        for each in self.writers:
            each.close()
        self.writers = []

    # Saves

    def begin(
        self, dataset: str, session: str | None, tasks: list[dict[str, Any]], writer: int = 0, *, imported: bool = False
    ) -> Save:
        """A save that has yet to happen."""
        save = Save(writer, dataset, session, tasks, imported)
        self.saves.append(save)
        return save

    def advance(self, save: Save) -> None:
        """The next of its commits."""
        writer, save.done = self.writers[save.writer], save.done + 1
        try:
            if save.done == 1:
                save.examples = writer.examples(save.tasks)
            elif save.done == 2:
                self.dataset(save.dataset)
                writer.links(save.dataset, save.examples)
            elif save.done == 3 and save.session is not None:
                self.dataset(save.session, session=True, bare=save.imported)
                writer.links(save.session, save.examples)
        except REFUSED:
            save.done = 3
        if save.done >= (3 if save.session is not None else 2):
            self.crash(save)
        self.committed()

    def save(self, dataset: str, session: str | None, tasks: list[dict[str, Any]], **more: Any) -> list[int]:
        """A whole save; its examples' ids."""
        save = self.begin(dataset, session, tasks, **more)
        while save in self.saves:
            self.advance(save)
        return save.examples

    def crash(self, save: Save) -> None:
        """Its process dies: the commits to come never happen."""
        if save in self.saves:
            self.saves.remove(save)

    def dataset(self, name: str, *, session: bool = False, bare: bool = False) -> None:
        """Make a dataset in a commit of its own, if it is not there."""
        if self._free.execute(f"SELECT id FROM dataset WHERE name = {self.mark}", (name,)):
            return
        if not self.hurry:
            self.wait(1.0)
        created = int(self.clock().timestamp())
        meta = {"created": created} if session and not bare else {}
        made = self._free.dataset(name, session=session, meta=meta, created=created), created
        self.twins = self.twins or made in self.made
        self.made.add(made)
        self.committed()

    # Transactions that stay open, on PostgreSQL

    def open_transaction(self, writer: int) -> None:
        """What this writer does from now on is seen by nobody until it commits. The last writer has none."""
        if writer not in self.busy and self.path is None and writer < len(self.writers) - 1:
            self.writers[writer].execute("BEGIN")
            self.writers[writer].execute("SAVEPOINT one")
            self.busy.add(writer)

    def end_transaction(self, writer: int, *, commit: bool) -> None:
        """Commit or roll back; what it had under way and rolled back is over."""
        if writer in self.busy:
            self.busy.remove(writer)
            with suppress(psycopg.Error):
                self.writers[writer].execute("COMMIT" if commit else "ROLLBACK")
            if not commit:
                self.saves = [save for save in self.saves if save.writer != writer]
            self.committed()

    def savepoint(self, writer: int, what: str) -> None:
        """`what` is SAVEPOINT, RELEASE or ROLLBACK TO."""
        if writer not in self.busy:
            return
        with suppress(psycopg.Error):  # a transaction that an error has ended takes nothing but its end
            self.writers[writer].execute(f"{what} one")
        if what == "ROLLBACK TO":
            self.saves = [save for save in self.saves if save.writer != writer]

    # What is taken away, changed and put in between

    def drop(self, dataset: str, *, examples: bool = False) -> None:
        """`prodigy drop`, of a main dataset or a session's; with `examples`, those go too that nothing links to."""
        ids = self._numbers(f"SELECT example_id FROM link WHERE dataset_id IN ({self._named})", dataset)
        with suppress(REFUSED):
            self._free.drop(dataset)
            self.committed()
            self._delete_examples([one for one in ids if not self._linked(one)] if examples else [])

    def delete(self, dataset: str, start: int, count: int) -> None:
        """Rows in the middle or at the top, with their examples and all their links."""
        ids = self._numbers(f"SELECT example_id FROM link WHERE dataset_id IN ({self._named}) ORDER BY id", dataset)
        self._delete_examples(ids[start:][:count])

    def edit(self, dataset: str, number: int, text: str) -> None:
        """A row is rewritten in place, as a viewer does: its text changes, its hashes do not."""
        ids = self._numbers(f"SELECT example_id FROM link WHERE dataset_id IN ({self._named}) ORDER BY id", dataset)
        if not ids:
            return
        free = self._free
        example = ids[number % len(ids)]
        with suppress(REFUSED):
            ((content,),) = free.execute(f"SELECT content FROM example WHERE id = {self.mark}", (example,))
            changed = json.dumps({**json.loads(bytes(content)), "text": text}).encode()
            free.execute(f"UPDATE example SET content = {self.mark} WHERE id = {self.mark}", (changed, example))
            self.committed(edited=True)

    def insert_low(self, dataset: str, task: dict[str, Any]) -> None:
        """A client that chooses its ids itself puts a row below others."""
        free, there = self._free, {number for (number,) in self.rows("SELECT id FROM link")}
        gap = next((number for number in range(max(there, default=0), 0, -1) if number not in there), None)
        if gap is not None:
            self.dataset(dataset)
            (example,) = free.examples([task])
            values = f"SELECT {self.mark}, {self.mark}, id FROM dataset WHERE name = {self.mark}"
            with suppress(REFUSED):  # the id may be one that is not committed yet
                free.execute(f"INSERT INTO link (id, example_id, dataset_id) {values}", (gap, example, dataset))
            self.committed(low=True)

    # Looking

    def seen(self) -> dict[int, Identity]:
        """The rows that everybody sees."""
        found = {}
        for link, example, dataset, name, created, input_hash, task_hash, content in self.rows(ROWS):
            raw = None if content is None else bytes(content)
            hashes = input_hash, task_hash
            found[link] = Identity(dataset, name, created, link, example, *hashes, decided(raw), canonical(raw))
        return found

    def sessions(self) -> list[str]:
        """The names of the session datasets."""
        return [name for (name,) in self.rows("SELECT name FROM dataset WHERE session = (1 = 1) ORDER BY id")]

    @property
    def _named(self) -> str:
        return f"SELECT id FROM dataset WHERE name = {self.mark}"

    @property
    def _free(self) -> Writer:
        """A connection that has nothing open, so that what it does is committed and only what is committed shows."""
        return self.writers[-1]

    def _numbers(self, sql: str, *values: object) -> list[int]:
        return [number for (number,) in self._free.execute(sql, values)]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self.writers:
            return self._free.execute(sql)
        with closing(self.open()) as looking:
            return looking.execute(sql)

    def _linked(self, example: int) -> bool:
        return bool(self._numbers(f"SELECT id FROM link WHERE example_id = {self.mark}", example))

    def _delete_examples(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        free = self._free
        marks = ", ".join([self.mark] * len(ids))
        free.execute("BEGIN")
        try:
            free.execute(f"DELETE FROM link WHERE example_id IN ({marks})", ids)
            free.execute(f"DELETE FROM example WHERE id IN ({marks})", ids)
            free.execute("COMMIT")
        except REFUSED:
            free.execute("ROLLBACK")
            return
        for save in self.saves:
            save.examples = [one for one in save.examples if one not in ids]
        self.committed()

    def committed(self, *, restored: dict[int, Row] | None = None, edited: bool = False, low: bool = False) -> None:
        self.oracle.see(self.seen(), restored=restored, edited=edited, low=low or self.twins)


@lru_cache(10_000)
def canonical(content: bytes | None) -> str | None:
    """A task in a form in which equal tasks are equal."""
    return None if content is None else json.dumps(json.loads(content), sort_keys=True)


@lru_cache(10_000)
def decided(content: bytes | None) -> float | None:
    """When it was answered."""
    return None if content is None else json.loads(content).get("_timestamp")
