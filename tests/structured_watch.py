"""Reads structured storage as the daemon does, with what its store would hold, on either database."""

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import psycopg

from otpushd.model.row import LinkRow
from otpushd.model.structured import Seen, StructuredPage
from otpushd.prodigy.postgres_source import BEGIN
from otpushd.prodigy.postgres_structured import PostgresStructured
from otpushd.prodigy.sqlite_structured import find_structured, read_structured, statements_for

Read = Callable[[Seen, Seen, Collection[int]], StructuredPage]


@dataclass
class Watch:
    """Every page read, and how far."""

    read: Read
    links: Seen = field(default_factory=Seen)
    examples: Seen = field(default_factory=Seen)
    again: tuple[int, ...] = ()
    pages: list[StructuredPage] = field(default_factory=list)

    def look(self) -> list[tuple[int, int]]:
        """The (link, example) pairs that one poll reports, links first."""
        return [(row.id, row.example_id) for row in self.rows()]

    def rows(self) -> list[LinkRow]:
        """The rows that one poll reports."""
        found: list[LinkRow] = []
        while True:
            page = self.read(self.links, self.examples, self.again)
            self.pages.append(page)
            self.links, self.examples, self.again = page.links_seen, page.examples_seen, page.unlinked
            found += [*page.links, *page.corrections]
            if page.last:
                return found


def on_sqlite(connection: sqlite3.Connection) -> Read:
    """Reads each page in a transaction of its own, as SqliteSource does."""
    tables = find_structured(connection).tables
    assert tables is not None
    statements = statements_for(tables)

    def read(links: Seen, examples: Seen, again: Collection[int]) -> StructuredPage:
        connection.execute("BEGIN")
        try:
            return read_structured(connection, statements, links, examples, again)
        finally:
            connection.execute("ROLLBACK")

    return read


def on_postgres(connection: psycopg.Connection[Any], structured: PostgresStructured) -> Read:
    """Glances first, then reads each page in a transaction of its own, as PostgresSource does."""

    def read(links: Seen, examples: Seen, again: Collection[int]) -> StructuredPage:
        structured.before()
        if page := structured.idle(structured.ask(links, examples), links, examples, again):
            return page
        connection.execute(BEGIN)
        try:
            return structured.page(links, examples, again)
        finally:
            connection.execute("ROLLBACK")

    return read
