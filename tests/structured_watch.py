"""Reads structured storage as the daemon does, with what its store would hold, on either database."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from otpushd.model.row import LinkRow
from otpushd.model.structured import Seen, StructuredMemory, StructuredPage
from otpushd.prodigy.postgres_source import BEGIN
from otpushd.prodigy.postgres_structured import PostgresStructured
from otpushd.prodigy.sqlite_structured import find_structured, read_structured, statements_for

Read = Callable[[StructuredMemory], StructuredPage]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Watch:
    """Every page read, and how far."""

    read: Read
    known: StructuredMemory = field(default_factory=StructuredMemory)
    pages: list[StructuredPage] = field(default_factory=list)

    @property
    def links(self) -> Seen:
        return self.known.links

    @property
    def examples(self) -> Seen:
        return self.known.examples

    @property
    def again(self) -> tuple[int, ...]:
        return tuple(self.known.unlinked)

    def look(self) -> list[tuple[int, int]]:
        """The (link, example) pairs that one poll reports, links first."""
        return [(row.id, row.example_id) for row in self.rows()]

    def rows(self) -> list[LinkRow]:
        """The rows that one poll reports."""
        found: list[LinkRow] = []
        while True:
            page = self.read(self.known)
            self.pages.append(page)
            asked = dict.fromkeys(page.unlinked, NOW)
            self.known = StructuredMemory(page.links_seen, page.examples_seen, unlinked=asked)
            found += [*page.links, *page.corrections]
            if page.last:
                return found


def on_sqlite(connection: sqlite3.Connection) -> Read:
    """Reads each page in a transaction of its own, as SqliteSource does."""
    tables = find_structured(connection).tables
    assert tables is not None
    statements = statements_for(tables)

    def read(known: StructuredMemory) -> StructuredPage:
        connection.execute("BEGIN")
        try:
            return read_structured(connection, statements, known)
        finally:
            connection.execute("ROLLBACK")

    return read


def on_postgres(connection: psycopg.Connection[Any], structured: PostgresStructured) -> Read:
    """Glances first, then reads each page in a transaction of its own, as PostgresSource does."""

    def read(known: StructuredMemory) -> StructuredPage:
        structured.before()
        if page := structured.idle(structured.ask(known), known):
            return page
        connection.execute(BEGIN)
        try:
            return structured.page(known)
        finally:
            connection.execute("ROLLBACK")

    return read
