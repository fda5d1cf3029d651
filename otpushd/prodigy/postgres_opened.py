"""What a PostgreSQL source holds between two reads, and what one read is asked for. Plain values; it opens nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from otpushd.prodigy.first_look import FirstLook, take
from otpushd.prodigy.postgres_sql import Statements
from otpushd.prodigy.postgres_structured import PostgresStructured, StructuredLook
from otpushd.prodigy.postgres_structured_tables import StructuredStorage
from otpushd.prodigy.postgres_tables import Tables


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a read is asked for; `gaps` are the bounds of the ranges of ids that are neither closed nor taken."""

    mark: int
    taken: int
    gaps: Mapping[str, list[int]]
    awaited: Collection[int]
    fingerprint: tuple[int, ...] | None
    beside: StructuredLook | None
    first: FirstLook


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, and what was found there. `looked` is when structured storage was looked for, in seconds."""

    connection: psycopg.Connection[Any]
    tables: Tables
    statements: Statements
    structured: PostgresStructured | None
    notes: tuple[str, ...]
    looked: float

    def first_look(self) -> FirstLook:
        """What is to be known of it. Raises psycopg.Error."""
        structured = () if self.structured is None else (self.structured.storage.link.name,)
        return take(self.connection, (self.tables.link.name, *structured))

    @property
    def storages(self) -> tuple[psycopg.Connection[Any], Tables, StructuredStorage | None]:
        """The connection with the tables of both storages, as questions about examples take them."""
        return self.connection, self.tables, self.structured.storage if self.structured else None
