"""Structured storage on PostgreSQL, read through the caller's connection and within its transaction.

Examples and links are two sequences whose ids become visible in any order. Both marks move only up to where the writer
barrier has closed (writer_barrier.py); one list of writers, to either table, serves both.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import psycopg

from otpushd.model.row import LinkRow, Structured
from otpushd.model.structured import Seen, StructuredMemory, StructuredPage
from otpushd.prodigy.first_look import FirstLook
from otpushd.prodigy.postgres_structured_sql import Statements, statements_for
from otpushd.prodigy.postgres_structured_tables import StructuredStorage
from otpushd.prodigy.postgres_tables import Table
from otpushd.prodigy.structured_walk import WALK_ROWS, Walk, read_so_far, walk
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.prodigy.writer_barrier import Closing, untaken

HELD = "a transaction that writes structured examples has been open for long: further rows wait until it ends"

NOTHING_KNOWN = FirstLook()


class Glance(NamedTuple):
    """The largest ids there are, and whether an id is there that was not seen."""

    link_oid: int
    example_oid: int
    highest: int
    highest_example: int
    pending: bool


class PostgresStructured:
    """The structured tables of one connection; it knows how far their ids are closed, and is gone with the connection.

    A read is: `before`; then outside a transaction `idle`, or within one `page`. See Closing for why in this order.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        storage: StructuredStorage,
        dataset: Table,
        most_open: int,
        shown: str,
    ) -> None:
        self._connection, self._storage, self._most_open, self._shown = connection, storage, most_open, shown
        ordered = storage.sequences is not None
        self._statements: Statements = statements_for(
            storage.found, dataset, storage.example, storage.link, ordered=ordered
        )
        self._links, self._examples = Closing(), Closing()

    @property
    def storage(self) -> StructuredStorage:
        """The tables."""
        return self._storage

    def look(self, known: StructuredMemory, first: FirstLook) -> "StructuredLook":
        """Begin a read, before the snapshot."""
        self.before()
        return StructuredLook(self, known, first)

    def before(self) -> None:
        """Before the snapshot; one round trip while somebody is waited for, else none."""
        if self._links.waits or self._examples.waits:
            present = self._checked(self._ask_for_writers())
            self._links.before(present)
            self._examples.before(present)

    def ask(self, known: StructuredMemory) -> psycopg.Cursor[Any]:
        """Send the question whether there is anything new; in a pipeline it costs no round trip of its own."""
        storage = self._storage
        values = {**_gaps("", known.links), **_gaps("example_", known.examples)}
        names = {"link_name": storage.link.name, "example_name": storage.example.name}
        return self._connection.execute(self._statements.glance, {**values, **names}, binary=True)

    def idle(self, asked: psycopg.Cursor[Any], known: StructuredMemory) -> StructuredPage | None:
        """The page where there is nothing new to read, from the answer to `ask`; None where there is."""
        glance = self._glance(asked)
        if glance.pending or known.unlinked:
            return None
        closed, closed_examples = self._closed(glance, known.links, known.examples)
        if self._asks(glance):
            self._await(glance, self._checked(self._ask_for_writers()))
        return StructuredPage(
            known.links.moved(closed, (), glance.highest),
            known.examples.moved(closed_examples, (), glance.highest_example),
            glance.highest,
            glance.highest_example,
        )

    def page(self, known: StructuredMemory, first: FirstLook = NOTHING_KNOWN, file: int = 0) -> StructuredPage:
        """A page, in the transaction that is open: two round trips. Raises psycopg.Error and SourceUnavailable.

        Corrections first: new links come only with a page that leaves no new example behind (structured_walk.py).
        """
        links, examples, again = known.links, known.examples, known.unlinked
        with self._connection.pipeline():
            asked = self.ask(known)
            pairs = self._ask_for_walk(examples, again)
            values = {**_gaps("", links), "upto": first.upto}
            rows = self._connection.execute(self._statements.new, values, binary=True)
        glance = self._glance(asked)
        closed, closed_examples = self._closed(glance, links, examples)
        walked = Walk() if pairs is None else walk(pairs.fetchall(), links)
        complete = len({*walked.examples}.difference(again)) < WALK_ROWS
        complete = complete or (known.untouched and closed_examples >= glance.highest_example)
        held = not complete and len(examples.taken) >= self._most_open
        if held:
            walked = walked.until(closed_examples)
        new, all_read, later = _read(rows)
        wanted = {example for example, _ in walked.links}.union([link.example_id for link in new])
        with self._connection.pipeline():
            found = self._ask_for_corrections(walked)
            sessions = self._connection.execute(self._statements.sessions, {"examples": sorted(wanted)}, binary=True)
            flagged = self._ask_for_flagged()
            present = self._ask_for_writers() if self._asks(glance) else None
        if present is not None:
            self._await(glance, self._checked(present))
        corrections: tuple[LinkRow, ...] = ()
        if found is not None:
            walked, corrections = read_so_far(walked, _read(found, corrects=True)[0])
        complete = complete and walked.stop is None
        dealt_with = [number for number in walked.dealt_with if number not in {*again}]
        upto = closed_examples if complete else min(closed_examples, max(dealt_with, default=examples.mark))
        page = StructuredPage(
            links_seen=links.moved(links.mark, (), glance.highest),
            examples_seen=examples.moved(upto, dealt_with, glance.highest_example),
            highest=glance.highest,
            highest_example=glance.highest_example,
            corrections=corrections,
            sessions=_sessions(sessions),
            unlinked=walked.again(again),
            newer=walked.newer,
            flagged=frozenset([number for (number,) in flagged]),
            last=not dealt_with,
            notes=(HELD,) if held else (),
            news=first.news([link.id for link in new], later, file, structured=True),
        )
        return _with_links(page, links, new, all_read, closed, self._most_open) if complete else page

    def below(self, mark: int) -> LinkRow | None:
        """The link with the largest id at or below `mark`."""
        found, *_ = _read(self._connection.execute(self._statements.below, {"mark": mark}, binary=True))
        return found[0] if found else None

    def tasks(self, examples: list[int]) -> psycopg.Cursor[Any]:
        """Examples by their ids, as `tasks_of` in postgres_sql.py gives them."""
        return self._connection.execute(self._statements.tasks, {"ids": examples}, binary=True)

    def reread(self, above: int, upto: int) -> tuple[tuple[LinkRow, ...], int]:
        """A page of the links above `above` up to `upto`, as they are now, and up to which id these are all."""
        values = {"low": [above + 1], "high": [upto], "upto": None}
        links, complete, _ = _read(self._connection.execute(self._statements.new, values, binary=True))
        return links, upto if complete else links[-1].id

    def _ask_for_flagged(self) -> Iterable[tuple[Any, ...]]:
        return self._connection.execute(self._statements.flagged, binary=True) if self._statements.flagged else ()

    def _ask_for_walk(self, examples: Seen, again: Collection[int]) -> psycopg.Cursor[Any] | None:
        if self._statements.walk is None:
            return None
        values = {**_gaps("example_", examples), "again": sorted(again)}
        return self._connection.execute(self._statements.walk, values, binary=True)

    def _ask_for_corrections(self, walked: Walk) -> psycopg.Cursor[Any] | None:
        if not walked.links:
            return None
        return self._connection.execute(
            self._statements.links, {"links": [link for _, link in walked.links]}, binary=True
        )

    def _glance(self, cursor: psycopg.Cursor[Any]) -> Glance:
        row = cursor.fetchone()
        assert row is not None
        glance = Glance(*row)
        if (glance.link_oid, glance.example_oid) != (self._storage.link.oid, self._storage.example.oid):
            raise SourceUnavailable("tables_changed", f"{self._shown}: Prodigy's tables were replaced; looking anew")
        return glance

    def _closed(self, glance: Glance, links: Seen, examples: Seen) -> tuple[int, int]:
        """Up to where links and examples are complete. Sessions last for days: without sequences in order, an id so far
        behind the others is left to the sweep."""
        behind = self._most_open if self._storage.sequences is None else None
        settled, settled_examples = (
            0 if behind is None else highest - behind for highest in (glance.highest, glance.highest_example)
        )
        return (
            self._links.after(links.mark, glance.highest, settled),
            self._examples.after(examples.mark, glance.highest_example, settled_examples),
        )

    def _asks(self, glance: Glance) -> bool:
        return self._links.asks(glance.highest) or self._examples.asks(glance.highest_example)

    def _await(self, glance: Glance, present: Collection[str]) -> None:
        self._links.ask(glance.highest, present)
        self._examples.ask(glance.highest_example, present)

    def _ask_for_writers(self) -> psycopg.Cursor[Any]:
        storage = self._storage
        values = {"link": storage.link.oid, "example": storage.example.oid, "sequences": list(storage.sequences or ())}
        return self._connection.execute(self._statements.writers, values, binary=True)

    def _checked(self, cursor: psycopg.Cursor[Any]) -> list[str]:
        row = cursor.fetchone()
        assert row is not None
        writers, *caches = row
        if self._storage.sequences is not None and caches != [1, 1]:
            raise SourceUnavailable("tables_changed", f"{self._shown}: Prodigy's tables were changed; looking anew")
        return list(writers)


class StructuredLook:
    """One read, for what is `known`: `ask`; then outside a transaction `idle`, or within one `read`."""

    def __init__(self, structured: PostgresStructured, known: StructuredMemory, first: FirstLook) -> None:
        self._structured, self._known, self._first = structured, known, first
        self._asked: psycopg.Cursor[Any] | None = None

    def ask(self) -> None:
        """Send the question whether there is anything new."""
        self._asked = self._structured.ask(self._known)

    def idle(self) -> StructuredPage | None:
        """The page where there is nothing new."""
        assert self._asked is not None
        return self._structured.idle(self._asked, self._known)

    def read(self, file: int, *, check: bool) -> StructuredPage:
        """The page in any case, with the row at the mark if it is to be checked; `file`: see FirstLook."""
        page = self.idle() or self._structured.page(self._known, self._first, file)
        return replace(page, below=self._structured.below(self._known.links.mark)) if check else page


def _with_links(
    page: StructuredPage, links: Seen, new: tuple[LinkRow, ...], all_read: bool, closed: int, most_open: int
) -> StructuredPage:
    """The page with its new links. While too many are open, only those that are closed."""
    notes = page.notes
    if not all_read and len(links.taken) >= most_open and new[-1].id > closed:
        new, all_read, notes = tuple([link for link in new if link.id <= closed]), True, (HELD,)
    mark = closed if all_read else min(closed, new[-1].id)
    seen = links.moved(mark, [link.id for link in new], page.highest)
    return replace(page, links=new, links_seen=seen, last=all_read, notes=notes)


def _read(cursor: psycopg.Cursor[Any], corrects: bool = False) -> tuple[tuple[LinkRow, ...], bool, frozenset[int]]:
    """As postgres_rows.links_in."""
    rows = cursor.fetchall()
    links = [LinkRow._make((*row[:7], Structured(_name(row[7]), row[8], bool(row[9]) or corrects))) for row in rows]
    return tuple(links), not rows or rows[0][10] == len(rows), frozenset([row[0] for row in rows if row[11]])


def _name(stored: bytes | None) -> str | None:
    return None if stored is None else stored.decode(errors="replace")


def _sessions(cursor: psycopg.Cursor[Any]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for example, dataset in cursor:
        found[example] = (*found.get(example, ()), dataset)
    return found


def _gaps(prefix: str, seen: Seen) -> dict[str, list[int]]:
    gaps = list(untaken(seen.mark, seen.taken))
    return {f"{prefix}low": [low for low, _ in gaps], f"{prefix}high": [high for _, high in gaps]}
