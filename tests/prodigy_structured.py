"""Structured storage written as Prodigy 2 is believed to write it (prodigy.md, 1.6), beside a writer of classic rows.

On SQLite and on PostgreSQL. `Names` are what is not known for certain: tables, columns, and which of them there are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from zlib import crc32


class ClassicWriter(Protocol):
    """ProdigyDatabase or ProdigyOnPostgres."""

    def dataset(
        self, name: str, *, session: bool = False, meta: Mapping[str, Any] | None = None, created: int = 0
    ) -> int: ...

    def session(self, name: str) -> int: ...

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class Names:
    """None: there is no such column. `indexes` are the columns that have one."""

    example: str = "structured_example"
    link: str = "structured_link"
    link_example: str = "example_id"
    link_dataset: str = "dataset_id"
    session: str | None = "session_id"
    superseded_by: str | None = "superseded_by"
    created: str | None = "created"
    flag: bool = True
    indexes: frozenset[str] = field(default_factory=lambda: frozenset({"example", "dataset"}))


def envelope(text: str = "t", *, kind: str = "SpansManualExample", **given: Any) -> dict[str, Any]:
    """A task in its envelope; `given` are sections, or else extras."""
    sections = {name: given.pop(name) for name in ("input", "server_anns", "user_anns", "config") if name in given}
    return {
        "__class__": f"@prodigy.example_types.{kind}.v1",
        "input": {"text": text},
        "server_anns": {},
        "user_anns": {},
        "answer": given.pop("answer", "accept"),
        "meta": given.pop("meta", {}),
        "config": {"view_id": "ner_manual"},
        "extras": given,
        **sections,
    }


class StructuredProdigy:
    """Makes the structured tables in the database of `classic`, unless they are `there`, and writes to them."""

    def __init__(
        self, classic: ClassicWriter, names: Names | None = None, *, postgres: bool = False, there: bool = False
    ) -> None:
        self.classic, self.names, self._postgres = classic, names or Names(), postgres
        if not postgres:
            classic.execute("PRAGMA synchronous = off")  # tests are many, and no power fails in them
        for statement in () if there else self._schema():
            classic.execute(statement)

    def save(
        self, dataset: str, tasks: Sequence[Mapping[str, Any]], session: str | None, *, session_dataset: bool = False
    ) -> list[int]:
        """One save of a batch in three commits, as classic ones: examples, links, links to the session dataset."""
        with self.transaction():
            examples = [self.example(task) for task in tasks]
        number = self._structured(dataset)
        with self.transaction():
            for example in examples:
                self.link(example, number, session)
        if session_dataset and session is not None:
            owner = self.classic.session(session)
            with self.transaction():
                for example in examples:
                    self.link(example, owner, session)
        return examples

    def write(self, dataset: str, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """What code writes directly."""
        return self.save(dataset, tasks, "default")

    def correct(self, example: int, task: Mapping[str, Any], *, editor: str | None = None) -> int:
        """A newer version takes the example's place and its links, in one transaction; `editor` is their session."""
        owner = self.classic.session(editor) if editor else None
        with self.transaction():
            newer = self.example(task)
            self.supersede(example, newer)
            if owner is not None:
                self.link(newer, owner, editor)
        return newer

    def supersede(self, older: int, newer: int) -> None:
        """The second half of a correction, in the transaction that is open or one for each statement."""
        names = self.names
        if names.superseded_by:
            self._run(f"UPDATE {_q(names.example)} SET {_q(names.superseded_by)} = ? WHERE id = ?", newer, older)
        self._run(
            f"UPDATE {_q(names.link)} SET {_q(names.link_example)} = ? WHERE {_q(names.link_example)} = ?", newer, older
        )

    def migrate(self, dataset: str, session: str = "migrated") -> list[int]:
        """Replace a dataset's classic rows by structured copies, in it and its session datasets, in one transaction."""
        number = self._structured(dataset, commit=False)
        rows = self._run(
            "SELECT e.id, e.content FROM example e JOIN link l ON l.example_id = e.id WHERE l.dataset_id = ? "
            "ORDER BY l.id",
            number,
        )
        copies = []
        with self.transaction():
            self._flag(number)
            for example, content in rows:
                copies.append(self.example(_migrated(json.loads(bytes(content)), example)))
                owners = self._run("SELECT dataset_id FROM link WHERE example_id = ? ORDER BY id", example)
                for (owner,) in owners:
                    self.link(copies[-1], owner, session)
                self._run("DELETE FROM link WHERE example_id = ?", example)
        return copies

    def drop(self, dataset: str, *, examples: bool = False) -> None:
        """What `prodigy drop` does, in both storages. Whether `examples` go with their last link is not known."""
        names, number = self.names, self.classic.dataset(dataset)
        example, link = _q(names.example), _q(names.link)
        of_example, of_dataset = _q(names.link_example), _q(names.link_dataset)
        held = self._run(f"SELECT {of_example} FROM {link} WHERE {of_dataset} = ?", number)
        with self.transaction():
            self._run(f"DELETE FROM {link} WHERE {of_dataset} = ?", number)
            for (one,) in held if examples else ():
                unused = f"NOT EXISTS (SELECT 1 FROM {link} WHERE {of_example} = ?)"
                self._run(f"DELETE FROM {example} WHERE id = ? AND {unused}", one, one)
            self._run("DELETE FROM link WHERE dataset_id = ?", number)
            self._run("DELETE FROM dataset WHERE id = ?", number)

    def example(self, task: Mapping[str, Any] | bytes) -> int:
        """One example row, in the transaction that is open or one of its own."""
        content = task if isinstance(task, bytes) else json.dumps(task).encode()
        number = crc32(json.dumps(task.get("input")).encode() if isinstance(task, Mapping) else task) - 2**31
        columns: dict[str, Any] = {"input_hash": number, "task_hash": number, "content": content}
        if self.names.created:
            columns[self.names.created] = "2026-11-23 09:00:00"
        return self._insert(self.names.example, columns)

    def link(self, example: int, dataset: int, session: str | None) -> int:
        """One link."""
        columns: dict[str, Any] = {self.names.link_example: example, self.names.link_dataset: dataset}
        if self.names.session:
            columns[self.names.session] = session
        return self._insert(self.names.link, columns)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.classic.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.classic.execute("ROLLBACK")
            raise
        self.classic.execute("COMMIT")

    def _structured(self, dataset: str, *, commit: bool = True) -> int:
        """The dataset's id; the first save of structured answers raises its flag."""
        number = self.classic.dataset(dataset)
        if commit:
            self._flag(number)
        return number

    def _flag(self, number: int) -> None:
        if self.names.flag:
            self._run(f"UPDATE dataset SET structured = {'true' if self._postgres else 1} WHERE id = ?", number)

    def _insert(self, table: str, columns: Mapping[str, Any]) -> int:
        names, marks = ", ".join(_q(name) for name in columns), ", ".join("?" * len(columns))
        ((number,),) = self._run(f"INSERT INTO {_q(table)} ({names}) VALUES ({marks}) RETURNING id", *columns.values())
        return int(number)

    def _run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.classic.execute(sql.replace("?", "%s") if self._postgres else sql, values)

    def _schema(self) -> Iterator[str]:
        names, pg = self.names, self._postgres
        key = "SERIAL NOT NULL PRIMARY KEY" if pg else "INTEGER NOT NULL PRIMARY KEY"
        number, blob, time = ("BIGINT", "BYTEA", "TIMESTAMP") if pg else ("INTEGER", "BLOB", "DATETIME")
        if names.flag:
            kind, value = ("BOOLEAN", "false") if pg else ("INTEGER", "0")
            yield f"ALTER TABLE dataset ADD COLUMN structured {kind} NOT NULL DEFAULT {value}"
        created = f", {_q(names.created)} {time} NOT NULL" if names.created else ""
        superseded = f", {_q(names.superseded_by)} INTEGER" if names.superseded_by else ""
        session = f", {_q(names.session)} VARCHAR(255)" if names.session else ""
        yield (
            f'CREATE TABLE {_q(names.example)} ("id" {key}, "input_hash" {number} NOT NULL, '
            f'"task_hash" {number} NOT NULL, "content" {blob} NOT NULL{created}{superseded})'
        )
        yield (
            f'CREATE TABLE {_q(names.link)} ("id" {key}, {_q(names.link_dataset)} INTEGER NOT NULL, '
            f"{_q(names.link_example)} INTEGER NOT NULL{session})"
        )
        if "example" in names.indexes:
            yield f'CREATE INDEX "st_1" ON {_q(names.link)} ({_q(names.link_example)})'
        if "dataset" in names.indexes:
            yield f'CREATE INDEX "st_2" ON {_q(names.link)} ({_q(names.link_dataset)})'
        if "superseded_by" in names.indexes:
            yield f'CREATE INDEX "st_3" ON {_q(names.example)} ({_q(names.superseded_by)})'
        if pg:
            yield f"GRANT SELECT ON {_q(names.example)}, {_q(names.link)} TO otpushd_ro"


def _migrated(task: Mapping[str, Any], example: int) -> dict[str, Any]:
    """A classic task as its structured copy."""
    extras = {key: value for key, value in task.items() if key.startswith("_") and not key.endswith("_hash")}
    return envelope(
        task.get("text", "t"),
        answer=task.get("answer", "accept"),
        meta=task.get("meta", {}),
        user_anns={"spans": task.get("spans", [])},
        config={"view_id": task.get("_view_id")},
        **{**extras, "_migrated_from": example},
    )


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
