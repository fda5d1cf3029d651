"""Prodigy's PostgreSQL database, read in short complete pages by a role that may only read.

Rows are reported when they are first visible. The mark moves only up to where the writer barrier has closed: ids become
visible out of order, and a transaction that took a lower one may commit at any time (polling.md, method D).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from hashlib import blake2b
from time import monotonic
from typing import Any

import psycopg

from otpushd.files.postgres_url import shown
from otpushd.model.examples import Counted, Examples
from otpushd.model.row import Page, Reread
from otpushd.model.structured import StructuredMemory
from otpushd.prodigy.first_look import read_text
from otpushd.prodigy.linked import sessions_and_firsts
from otpushd.prodigy.postgres_connect import connect
from otpushd.prodigy.postgres_examples import count_examples, read_examples
from otpushd.prodigy.postgres_fault import explained
from otpushd.prodigy.postgres_opened import Opened, Wanted
from otpushd.prodigy.postgres_rows import Glance, datasets_in, links_in, tasks_in
from otpushd.prodigy.postgres_sql import statements_for
from otpushd.prodigy.postgres_structured import PostgresStructured
from otpushd.prodigy.postgres_structured_tables import find_structured
from otpushd.prodigy.postgres_tables import find_tables
from otpushd.prodigy.stored_task import MOST_TASKS, Stored, first_of
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.prodigy.writer_barrier import Closing, untaken

OPEN_MOST = 100_000
"""So many ids above the closed mark are remembered at most while a backlog is read."""

LOOK_AGAIN_SECONDS = 60.0
"""Tables of structured storage may appear at any time; at once they are looked for where the datasets changed."""

HELD = "a transaction that writes links has been open for long: further rows wait until it ends"

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresSource:
    """A Prodigy PostgreSQL database. `parameters` are libpq's; whatever they lack comes from its PG… environment.

    Between two reads it remembers how far the ids are closed and who is waited for; a fault makes it begin that anew,
    at the mark that it is given.
    """

    def __init__(
        self, parameters: Mapping[str, str], most_open: int = OPEN_MOST, look_again: float = LOOK_AGAIN_SECONDS
    ) -> None:
        self._parameters, self._most_open, self._look_again = dict(parameters), most_open, look_again
        self._shown = shown(parameters)
        self._opened: Opened | None = None
        self._closing, self._busy, self._changed = Closing(), False, False
        self._gaps: tuple[int, Collection[int], dict[str, list[int]]] | None = None
        self._number = self._file = 0

    def read(
        self,
        mark: int,
        awaited: Collection[int],
        fingerprint: tuple[int, ...] | None,
        taken: Collection[int],
        *,
        structured: StructuredMemory | None = None,
        began: str | None = "",
    ) -> Page:
        """See Source.read. A look that finds nothing new is one round trip, a page is two; one more while it waits.

        What is new in structured storage costs two further ones.
        """
        with self._explained():
            opened = self._open()
            if self._closing.waits:
                self._closing.before(self._writers(opened))
            first = opened.first_look() if began is None else read_text(began)
            beside = opened.structured.look(structured, first) if opened.structured and structured else None
            wanted = Wanted(mark, len(taken), self._untaken(mark, taken), awaited, fingerprint, beside, first)
            page = None if self._busy else self._idle(opened, wanted)
            page = page or self._page(opened, wanted)
        self._busy = bool(page.links or (page.structured and page.structured.links))
        self._changed = page.datasets is not None
        return page

    def reread(self, above: int, upto: int, fingerprint: tuple[int, ...] | None, *, structured: bool = False) -> Reread:
        """See Source.reread. One transaction of one round trip, or of two."""
        with self._explained():
            opened = self._open()
            if structured and opened.structured is None:
                return Reread((), above, True)
            gaps = {"low": [above + 1], "high": [upto]}
            with opened.connection.pipeline():
                opened.connection.execute(BEGIN)
                glanced = self._ask_for_glance(opened, gaps)
                if structured and opened.structured is not None:
                    links, upto = opened.structured.reread(above, upto)
                else:
                    found = opened.connection.execute(opened.statements.links, {**gaps, "upto": None}, binary=True)
                    links, complete, _ = links_in(found)
                    upto = upto if complete else links[-1].id
                opened.connection.execute("ROLLBACK")
            now = self._fingerprint(self._glance(opened, glanced))
        return Reread(links, upto, fingerprint is None or fingerprint[0] != now[0])

    def tasks(self, places: Sequence[int]) -> Stored:
        """See Source.tasks. One round trip for each storage."""
        places = places[:MOST_TASKS]
        with self._explained():
            opened = self._open()
            classic = {"ids": [place for place in places if place > 0]}
            found, stop = tasks_in(opened.connection.execute(opened.statements.tasks, classic, binary=True), 1)
            structured = [-place for place in places if place < 0]
            if structured and opened.structured is not None:
                beside, other = tasks_in(opened.structured.tasks(structured), -1)
                found, stop = {**found, **beside}, first_of(places, stop, other)
        return Stored.upto(places, found, stop)

    def examples(self, above: int, upto: int, *, structured: bool = False) -> Examples | None:
        """See Source.examples."""
        with self._explained():
            return read_examples(*self._open().storages, above, upto, beside=structured)

    def count(self, dataset: str) -> Counted:
        """See Source.count."""
        with self._explained():
            return count_examples(*self._open().storages, dataset)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Whatever goes wrong ends the connection, in which a transaction may be open."""
        try:
            yield
        except psycopg.Error as error:
            self.close()
            raise explained(error, self._shown) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        if self._opened is not None:
            self._opened.connection.close()
        self._opened = None
        self._closing, self._busy = Closing(), False

    def _open(self) -> Opened:
        if self._opened is None:
            connection = connect(self._parameters)
            try:
                tables = find_tables(connection, self._shown)
                opened = Opened(connection, tables, statements_for(tables), None, (), 0)
                self._opened = self._with_structured(opened)
            except BaseException:
                connection.close()
                raise
            self._number += 1
        late = self._changed or monotonic() - self._opened.looked > self._look_again
        if late and self._opened.structured is None:
            self._opened = self._with_structured(self._opened)
        return self._opened

    def _with_structured(self, opened: Opened) -> Opened:
        """With structured storage, if there is any by now."""
        storage, notes = find_structured(opened.connection, opened.tables.dataset, self._shown)
        structured = None
        if storage is not None:
            settings = opened.tables.dataset, self._most_open, self._shown
            structured = PostgresStructured(opened.connection, storage, *settings)
        self._changed = False
        return replace(opened, structured=structured, notes=(*opened.tables.notes, *notes), looked=monotonic())

    def _idle(self, opened: Opened, wanted: Wanted) -> Page | None:
        """The page where there is nothing new to read, from a single statement, which is a snapshot by itself.

        Structured storage has one of its own, which may be a later one: there was nothing to be read in either.
        """
        beside = wanted.beside
        with opened.connection.pipeline() if beside else nullcontext():
            glanced = self._ask_for_glance(opened, wanted.gaps)
            if beside:
                beside.ask()
        glance = self._glance(opened, glanced)
        fingerprint = self._fingerprint(glance)
        if glance.pending or fingerprint != wanted.fingerprint or wanted.awaited:
            return None
        structured = beside.idle() if beside else None
        if beside and structured is None:
            return None
        closed = self._closed(opened, wanted.mark, glance.highest)
        if self._closing.asks(glance.highest):
            self._closing.ask(glance.highest, self._writers(opened))
        return Page(
            (), None, fingerprint, highest=glance.highest, mark=closed, notes=opened.notes, structured=structured
        )

    def _page(self, opened: Opened, wanted: Wanted) -> Page:
        """One transaction of two round trips. What the second asks for depends on what the first has found."""
        with (connection := opened.connection).pipeline():
            connection.execute(BEGIN)
            glanced = self._ask_for_glance(opened, wanted.gaps)
            found = connection.execute(opened.statements.links, {**wanted.gaps, "upto": wanted.first.upto}, binary=True)
            if wanted.beside:
                wanted.beside.ask()
        glance = self._glance(opened, glanced)
        fingerprint = self._fingerprint(glance)
        same = wanted.fingerprint is not None and wanted.fingerprint[0] == fingerprint[0]
        links, complete, later = links_in(found)
        check = fingerprint != wanted.fingerprint
        structured = wanted.beside.read(glance.link_file, check=check) if wanted.beside else None
        notes = (*opened.notes, *(structured.notes if structured else ()))
        closed = self._closed(opened, wanted.mark, glance.highest)
        too_many = wanted.taken >= self._most_open and opened.tables.sequence is not None  # sessions last too long
        if too_many and not complete and links[-1].id > closed:
            links, complete, notes = tuple([link for link in links if link.id <= closed]), True, (*notes, HELD)
        asked = {link.example_id for link in links}.union(wanted.awaited)
        datasets = sessions = present = below = None
        with connection.pipeline():
            if not same:
                datasets = connection.execute(opened.statements.datasets, binary=True)
            if asked:
                sessions = connection.execute(opened.statements.sessions, {"examples": sorted(asked)}, binary=True)
            if check:
                dealt_with = {"mark": wanted.gaps["low"][-1] - 1}
                below = connection.execute(opened.statements.below, dealt_with, binary=True)
            if self._closing.asks(glance.highest):
                present = self._ask_for_writers(opened)
            connection.execute("ROLLBACK")
        if present is not None:
            self._closing.ask(glance.highest, self._checked(opened, present))
        linked = sessions_and_firsts(sessions or ())
        return Page(
            links,
            None if datasets is None else tuple(datasets_in(datasets)),
            fingerprint,
            linked[0],
            glance.highest,
            complete,
            mark=closed if complete else min(closed, links[-1].id),
            notes=notes,
            below=() if below is None else links_in(below)[0],
            structured=structured,
            news=wanted.first.news([link.id for link in links], later, glance.link_file),
            began=wanted.first.written(glance.link_file),
            firsts=linked[1],
        )

    def _fingerprint(self, glance: Glance) -> tuple[int, ...]:
        """A number for the datasets, and the connection's: behind another one may stand an older state. So it may where
        the table has another file: it was emptied, and a backup loaded into it.
        """
        datasets = int.from_bytes(blake2b(glance.datasets.encode(), digest_size=8).digest(), "big")
        return datasets, self._number, glance.link_file

    def _ask_for_glance(self, opened: Opened, gaps: Mapping[str, list[int]]) -> psycopg.Cursor[Any]:
        values = {**gaps, "link": opened.tables.link.name}
        return opened.connection.execute(opened.statements.glance, values, binary=True)

    def _glance(self, opened: Opened, cursor: psycopg.Cursor[Any]) -> Glance:
        row = cursor.fetchone()
        assert row is not None
        glance = Glance(*row)
        if glance.link_file != self._file:  # its ids may be given out from the beginning
            self._closing, self._file = Closing(), glance.link_file
        if glance.standby:
            raise SourceUnavailable("standby", f"{self._shown}: the server has become a standby; name the primary")
        if glance.link_oid != opened.tables.link.oid:
            raise SourceUnavailable("tables_changed", f"{self._shown}: Prodigy's tables were replaced; looking anew")
        return glance

    def _closed(self, opened: Opened, mark: int, highest: int) -> int:
        """Sessions last for days: of an id so far behind the others it is left to the sweep to find it."""
        settled = 0 if opened.tables.sequence is not None else highest - self._most_open
        return self._closing.after(mark, highest, settled)

    def _ask_for_writers(self, opened: Opened) -> psycopg.Cursor[Any]:
        values = {"link": opened.tables.link.name, "sequence": opened.tables.sequence}
        return opened.connection.execute(opened.statements.writers, values, binary=True)

    def _writers(self, opened: Opened) -> list[str]:
        return self._checked(opened, self._ask_for_writers(opened))

    def _checked(self, opened: Opened, cursor: psycopg.Cursor[Any]) -> list[str]:
        row = cursor.fetchone()
        assert row is not None
        oid, cache, writers = row
        if oid != opened.tables.link.oid or (opened.tables.sequence is not None and cache != 1):
            raise SourceUnavailable("tables_changed", f"{self._shown}: Prodigy's tables were changed; looking anew")
        return list(writers)

    def _untaken(self, mark: int, taken: Collection[int]) -> dict[str, list[int]]:
        if self._gaps is None or self._gaps[0] != mark or self._gaps[1] is not taken:
            gaps = list(untaken(mark, taken))
            self._gaps = mark, taken, {"low": [low for low, _ in gaps], "high": [high for _, high in gaps]}
        return self._gaps[2]
