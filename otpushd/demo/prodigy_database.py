"""A Prodigy database written as Prodigy writes it: the schema of 1.11, three commits a save (prodigy.md 1.1 and 1.3).

For the demo and for tests. Nothing else of otpushd ever writes to a Prodigy database.
"""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

SCHEMA = """
CREATE TABLE IF NOT EXISTS "dataset" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL,
  "created" INTEGER NOT NULL, "meta" BLOB NOT NULL, "session" INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS "dataset_name" ON "dataset" ("name");
CREATE TABLE IF NOT EXISTS "example" ("id" INTEGER NOT NULL PRIMARY KEY, "input_hash" INTEGER NOT NULL,
  "task_hash" INTEGER NOT NULL, "content" BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS "link" ("id" INTEGER NOT NULL PRIMARY KEY, "example_id" INTEGER NOT NULL,
  "dataset_id" INTEGER NOT NULL, FOREIGN KEY ("example_id") REFERENCES "example" ("id"),
  FOREIGN KEY ("dataset_id") REFERENCES "dataset" ("id"));
CREATE INDEX IF NOT EXISTS "link_example_id" ON "link" ("example_id");
CREATE INDEX IF NOT EXISTS "link_dataset_id" ON "link" ("dataset_id");
"""


class ProdigyDatabase:
    """One Prodigy SQLite file, open for writing. Raises sqlite3.Error as sqlite3 does."""

    def __init__(self, path: Path, busy_seconds: float = 5.0) -> None:
        self._connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def dataset(
        self, name: str, *, session: bool = False, meta: Mapping[str, Any] | None = None, created: int = 0
    ) -> int:
        """The id of the dataset `name`, made in a commit of its own if it is not there. `created` is epoch seconds."""
        found = self._connection.execute("SELECT id FROM dataset WHERE name = ?", (name,)).fetchone()
        if found:
            return int(found[0])
        row = (name, created or int(time.time()), json.dumps(meta or {}).encode(), int(session))
        cursor = self._connection.execute("INSERT INTO dataset (name, created, meta, session) VALUES (?, ?, ?, ?)", row)
        return int(cursor.lastrowid or 0)

    def save(self, dataset: str, tasks: Sequence[Mapping[str, Any]], session: str | None = None) -> list[int]:
        """One save of a batch, in Prodigy's three commits: examples, links to the dataset, links to the session.

        `session` is the session dataset's name; without one there are no session links, as from a script.
        """
        examples = self.examples(tasks)
        self.links(dataset, examples)
        if session is not None:
            self.session(session)
            self.links(session, examples)
        return examples

    def session(self, name: str) -> int:
        """A session dataset as a running server makes it: its meta holds `created`."""
        return self.dataset(name, session=True, meta={"created": int(time.time())})

    def import_rows(
        self, dataset: str, tasks: Sequence[Mapping[str, Any]], at: str = "2026-01-05_10-00-00"
    ) -> list[int]:
        """What `prodigy db-in` leaves: a session with a time for a name and empty meta; accepted unless said."""
        self.dataset(dataset)
        self.dataset(at, session=True)
        return self.save(dataset, [{"answer": "accept", **task} for task in tasks], session=at)

    def examples(self, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """The first commit of a save: the example rows. Returns their ids."""
        ids = []
        self._connection.execute("BEGIN")
        for task in tasks:
            hashed = {**_hashes(task), **task}
            row = (hashed["_input_hash"], hashed["_task_hash"], json.dumps(hashed).encode())
            cursor = self._connection.execute(
                "INSERT INTO example (input_hash, task_hash, content) VALUES (?, ?, ?)", row
            )
            ids.append(int(cursor.lastrowid or 0))
        self._connection.execute("COMMIT")
        return ids

    def links(self, dataset: str, examples: Sequence[int]) -> None:
        """The second or third commit of a save: a link for each example to one dataset."""
        number = self.dataset(dataset)
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO link (example_id, dataset_id) VALUES (?, ?)", [(example, number) for example in examples]
        )
        self._connection.execute("COMMIT")

    def drop(self, dataset: str) -> None:
        """What `prodigy drop` does: the dataset's row and its links go, the examples stay."""
        self._connection.execute("BEGIN")
        self._connection.execute(
            "DELETE FROM link WHERE dataset_id IN (SELECT id FROM dataset WHERE name = ?)", (dataset,)
        )
        self._connection.execute("DELETE FROM dataset WHERE name = ?", (dataset,))
        self._connection.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Any statement at all, for what Prodigy itself would not do."""
        return self._connection.execute(sql, values).fetchall()


def _hashes(task: Mapping[str, Any]) -> dict[str, int]:
    """Signed 32-bit numbers, as Prodigy's: of the input, and of the input with the question (prodigy.md, section 2)."""
    asked = [task.get(name) for name in ("text", "image", "html", "input")]
    question = [task.get(name) for name in ("spans", "label", "options", "arcs")]
    return {"_input_hash": _hash(asked), "_task_hash": _hash([asked, question])}


def _hash(value: object) -> int:
    return crc32(json.dumps(value, sort_keys=True, default=str).encode()) - 2**31
