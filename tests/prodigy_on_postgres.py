"""A Prodigy PostgreSQL database, written as Prodigy writes it: peewee's DDL, three commits a save.

The twin of otpushd/demo/prodigy_database.py. Its method names and what they mean are the same.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import psycopg

from tests.postgres import Cluster

SCHEMA = """
CREATE TABLE "dataset" ("id" SERIAL NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "created" BIGINT NOT NULL,
  "meta" BYTEA NOT NULL, "session" BOOLEAN NOT NULL);
CREATE UNIQUE INDEX "dataset_name" ON "dataset" ("name");
CREATE TABLE "example" ("id" SERIAL NOT NULL PRIMARY KEY, "input_hash" BIGINT NOT NULL, "task_hash" BIGINT NOT NULL,
  "content" BYTEA NOT NULL);
CREATE TABLE "link" ("id" SERIAL NOT NULL PRIMARY KEY, "example_id" INTEGER NOT NULL, "dataset_id" INTEGER NOT NULL,
  FOREIGN KEY ("example_id") REFERENCES "example" ("id"), FOREIGN KEY ("dataset_id") REFERENCES "dataset" ("id"));
CREATE INDEX "link_example_id" ON "link" ("example_id");
CREATE INDEX "link_dataset_id" ON "link" ("dataset_id");
"""
READER = "otpushd_ro"


def create_reader(cluster: Cluster, database: str, schema: str = "public") -> None:
    """A role with CONNECT, USAGE and SELECT on the three tables, and nothing else."""
    with cluster.connect(database) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,)).fetchone():
            connection.execute(f"CREATE ROLE {READER} LOGIN")
        connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {READER}")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {READER}")
        connection.execute(f"GRANT SELECT ON {schema}.dataset, {schema}.example, {schema}.link TO {READER}")


class ProdigyOnPostgres:
    """One writer with a connection of its own. Raises psycopg.Error as psycopg does."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self._connection = cluster.connect(database)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def dataset(
        self, name: str, *, session: bool = False, meta: Mapping[str, Any] | None = None, created: int = 0
    ) -> int:
        """The id of the dataset `name`, made in a commit of its own if it is not there."""
        if found := self.execute("SELECT id FROM dataset WHERE name = %s", (name,)):
            return int(found[0][0])
        row = (name, created or int(time.time()), json.dumps(meta or {}).encode(), session)
        return self._insert("dataset (name, created, meta, session) VALUES (%s, %s, %s, %s)", row)

    def save(self, dataset: str, tasks: Sequence[Mapping[str, Any]], session: str | None = None) -> list[int]:
        """One save of a batch, in Prodigy's three commits."""
        examples = self.examples(tasks)
        self.links(dataset, examples)
        if session is not None:
            self.session(session)
            self.links(session, examples)
        return examples

    def session(self, name: str) -> int:
        """A session dataset as a running server makes it."""
        return self.dataset(name, session=True, meta={"created": int(time.time())})

    def examples(self, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """The first commit of a save."""
        with self._connection.transaction():
            return [self._example(task) for task in tasks]

    def links(self, dataset: str, examples: Sequence[int]) -> list[int]:
        """The second or third commit of a save; returns the links' ids."""
        number = self.dataset(dataset)
        with self._connection.transaction():
            return [self.link(example, number) for example in examples]

    def link(self, example: int, dataset: int) -> int:
        """One link, in the transaction that is open or in one of its own."""
        return self._insert("link (example_id, dataset_id) VALUES (%s, %s)", (example, dataset))

    def drop(self, dataset: str) -> None:
        """What `prodigy drop` does."""
        with self._connection.transaction():
            self.execute("DELETE FROM link WHERE dataset_id IN (SELECT id FROM dataset WHERE name = %s)", (dataset,))
            self.execute("DELETE FROM dataset WHERE name = %s", (dataset,))

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Any statement at all, BEGIN and COMMIT too."""
        cursor = self._connection.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The connection, in autocommit."""
        return self._connection

    def _example(self, task: Mapping[str, Any]) -> int:
        number = crc32(json.dumps(task, sort_keys=True).encode()) - 2**31
        hashed = {"_input_hash": number, "_task_hash": number, **task}
        row = (hashed["_input_hash"], hashed["_task_hash"], json.dumps(hashed).encode())
        return self._insert("example (input_hash, task_hash, content) VALUES (%s, %s, %s)", row)

    def _insert(self, rest: str, values: Sequence[Any]) -> int:
        ((number,),) = self.execute(f"INSERT INTO {rest} RETURNING id", values)
        return int(number)
