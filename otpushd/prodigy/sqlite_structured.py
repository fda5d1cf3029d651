"""Structured storage in a SQLite file: found by introspection, read within the caller's open transaction.

Not a connection of its own, and no lock: what is fetched is fetched whole, as in sqlite_source.py. Ids become visible
in their order, because there is one writer at a time.
"""

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from otpushd.model.row import LinkRow, Reread, Structured
from otpushd.model.structured import Seen, StructuredMemory, StructuredPage
from otpushd.prodigy.sqlite_tasks import TASK, read_task
from otpushd.prodigy.structured import Recognised, StructuredTables, recognise
from otpushd.prodigy.structured_walk import LINK_ROWS, WALK_ROWS, Walk, read_so_far, walk

PAGE_BYTES = 4_000_000
ROW_BYTES = 32_000_000
NAME_LENGTH = 255

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
COLUMNS = "SELECT name, type FROM pragma_table_info(?)"
INDEXED = """
SELECT c.name FROM pragma_index_list(?) i, pragma_index_info(i.name) c WHERE c.seqno = 0 AND NOT i.partial
"""
# As in sqlite_source.py: a blob's length is in its row's header, a text's has to be counted.
SIZE = "CASE typeof(e.content) WHEN 'text' THEN length(CAST(e.content AS BLOB)) ELSE length(e.content) END"


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of one read, written for the tables as they were found; only names and constants are put in."""

    highest: str
    task: str
    walk: str
    again: str
    above: str
    below: str
    links: str
    sessions: str
    flagged: str | None
    walks: bool


class SqliteStructured:
    """Structured storage of one file, as it was recognised when the file's schema was last changed."""

    def __init__(self) -> None:
        self._version = -1
        self._statements: Statements | None = None
        self.notes: tuple[str, ...] = ()

    def look(self, connection: sqlite3.Connection) -> None:
        """Look for the tables, unless nobody has changed the schema since."""
        (version,) = connection.execute("PRAGMA schema_version").fetchone()
        if version != self._version:
            found = find_structured(connection)
            self._statements = statements_for(found.tables) if found.tables else None
            self._version, self.notes = version, found.notes

    def page(self, connection: sqlite3.Connection, known: StructuredMemory, *, check: bool) -> StructuredPage | None:
        """One page, None where there are no such tables; `check`: with the row at the mark. Raises sqlite3.Error."""
        if self._statements is None:
            return None
        page = read_structured(connection, self._statements, known)
        row = connection.execute(self._statements.below, (known.links.mark,)).fetchone() if check else None
        return replace(page, below=_row(row)) if row else page

    def task(self, connection: sqlite3.Connection, example: int) -> tuple[Any, ...] | None:
        """An example's row: id, hashes, content; None too without tables."""
        if self._statements is None:
            return None
        return read_task(connection, self._statements.task, example)

    def reread(self, connection: sqlite3.Connection, above: int, upto: int, changed: bool) -> Reread:
        """A page of the links above `above` up to `upto`, as they are now; none, and all changed, without tables."""
        if self._statements is None:
            return Reread((), above, True)
        return Reread(*reread_structured(connection, self._statements, above, upto), changed)


def find_structured(connection: sqlite3.Connection) -> Recognised:
    """Look for the tables, whatever the connection's text factory. Raises sqlite3.Error."""
    tables = [_text(name) for (name,) in connection.execute(TABLES).fetchall()]
    schema, indexed = {}, {}
    for table in tables:
        columns = connection.execute(COLUMNS, (table,)).fetchall()
        schema[table] = {_text(name): _text(kind) for name, kind in columns}
        indexed[table] = {_text(name) for (name,) in connection.execute(INDEXED, (table,)).fetchall() if name}
    return recognise(schema, indexed)


def statements_for(tables: StructuredTables) -> Statements:
    """The statements for these tables."""
    example, link = _quoted(tables.example), _quoted(tables.link)
    of_example, of_dataset = f"l.{_quoted(tables.link_example)}", f"l.{_quoted(tables.link_dataset)}"
    session = f"substr(CAST(l.{_quoted(tables.session)} AS TEXT), 1, {NAME_LENGTH})" if tables.session else "NULL"
    superseded = f"e.{_quoted(tables.superseded_by)} IS NOT NULL" if tables.superseded_by else "0"
    older = f"EXISTS (SELECT 1 FROM {example} o WHERE o.{_quoted(tables.superseded_by or '')} = e.id)"  # noqa: S608
    rows = f"""
SELECT l.id, {of_example}, {of_dataset},
       CASE typeof(e.input_hash) WHEN 'integer' THEN e.input_hash END,
       CASE typeof(e.task_hash) WHEN 'integer' THEN e.task_hash END,
       CASE WHEN {SIZE} <= {ROW_BYTES} THEN CAST(e.content AS BLOB) END,
       coalesce({SIZE}, 0), {session}, {superseded}, {older if tables.finds_older else "0"}
FROM {link} l LEFT JOIN dataset d ON d.id = {of_dataset}
LEFT JOIN {example} e ON e.id = {of_example} AND NOT coalesce(d.session, 0)
"""  # noqa: S608 - names
    newer = f"SELECT {_quoted(tables.superseded_by)} FROM {example} WHERE id = e.id" if tables.superseded_by else "NULL"  # noqa: S608
    walked = f"SELECT e.id, l.id, CASE WHEN l.id IS NULL THEN ({newer}) END"
    links = f"LEFT JOIN {link} l ON {of_example} = e.id ORDER BY e.id, l.id"
    return Statements(
        task=TASK.format(example),
        highest=f"SELECT (SELECT coalesce(max(id), 0) FROM {link}), (SELECT coalesce(max(id), 0) FROM {example})",  # noqa: S608
        walk=f"{walked} FROM (SELECT id FROM {example} WHERE id > ? ORDER BY id LIMIT {WALK_ROWS}) e {links}",  # noqa: S608
        again=f"{walked} FROM (SELECT id FROM {example} WHERE id IN ({{}})) e {links}",  # noqa: S608
        above=f"{rows} WHERE l.id > ? AND l.id <= ? ORDER BY l.id LIMIT {LINK_ROWS}",
        below=f"{rows} WHERE l.id <= ? ORDER BY l.id DESC LIMIT 1",
        links=f"{rows} WHERE {of_example} = ? ORDER BY l.id",
        sessions=f"""
SELECT {of_example}, {of_dataset} FROM {link} l JOIN dataset d ON d.id = {of_dataset}
WHERE d.session AND {of_example} IN ({{}}) ORDER BY l.id
""",  # noqa: S608 - names
        flagged="SELECT id FROM dataset WHERE structured" if tables.flag else None,
        walks=tables.finds_links,
    )


def read_structured(connection: sqlite3.Connection, statements: Statements, known: StructuredMemory) -> StructuredPage:
    """One page: what is new to what is `known`.

    Corrections first: new links come only with a page that has left no new example behind (structured_walk.py).
    A look that finds nothing new is one statement. Raises sqlite3.Error.
    """
    highest, highest_example = connection.execute(statements.highest).fetchone()
    links = known.links.moved(known.links.mark, (), highest)
    examples = known.examples.moved(known.examples.mark, (), highest_example)
    if highest == links.mark and highest_example == examples.mark and not known.unlinked:
        return StructuredPage(links, examples, highest, highest_example)
    if known.untouched:  # one may be about to be corrected
        examples = examples.moved(max(examples.mark, highest_example - WALK_ROWS), (), highest_example)
    walked, corrections = _corrections(connection, statements, links, examples, known.unlinked)
    upto = max((examples.mark, *walked.dealt_with[-1:])) if statements.walks else highest_example
    examples = examples.moved(upto, (), highest_example)
    complete = walked.stop is None and upto == highest_example
    new = tuple(_rows(connection.execute(statements.above, (links.mark, highest)))) if complete else ()
    asked = sorted({row.example_id for row in (*new, *corrections)})
    return StructuredPage(
        links_seen=links.moved(new[-1].id if new else links.mark, (), highest),
        examples_seen=examples,
        highest=highest,
        highest_example=highest_example,
        links=new,
        corrections=corrections,
        sessions=_sessions(connection, statements, asked),
        unlinked=walked.again(known.unlinked),
        newer=walked.newer,
        flagged=_flagged(connection, statements),
        last=complete and (not new or new[-1].id >= highest),
    )


def reread_structured(
    connection: sqlite3.Connection, statements: Statements, above: int, upto: int
) -> tuple[tuple[LinkRow, ...], int]:
    """A page of the links above `above` up to `upto`, as they are now, and up to which id these are all."""
    links = tuple(_rows(connection.execute(statements.above, (above, upto))))
    left = links and connection.execute(statements.above, (links[-1].id, upto)).fetchone()
    return links, links[-1].id if left else upto


def _corrections(
    connection: sqlite3.Connection, statements: Statements, links: Seen, examples: Seen, again: Collection[int]
) -> tuple[Walk, tuple[LinkRow, ...]]:
    if not statements.walks:
        return Walk(), ()
    rows = connection.execute(statements.again.format(_marks(again)), sorted(again)).fetchall() if again else []
    rows = [row for row in rows if row[0] <= examples.mark]
    rows += connection.execute(statements.walk, (examples.mark,)).fetchall()
    walked = walk(rows, links)
    if not walked.links:
        return walked, ()
    found: list[LinkRow] = []
    total = 0
    for example, taken in groupby(walked.links, key=itemgetter(0)):
        wanted = {link for _, link in taken}
        cursor = connection.execute(statements.links, (example,))
        rows_of_it = [_row(row, corrects=True) for row in cursor if row[0] in wanted]
        size = sum(row.size for row in rows_of_it)
        if total and total + size > PAGE_BYTES:
            break
        total += size
        found += rows_of_it
    return read_so_far(walked, found)


def _rows(cursor: sqlite3.Cursor) -> Iterator[LinkRow]:
    total = 0
    for row in cursor:
        link = _row(row)
        if total and total + link.size > PAGE_BYTES:
            cursor.close()
            return
        total += link.size
        yield link


def _row(row: tuple[Any, ...], corrects: bool = False) -> LinkRow:
    session, superseded, older = row[7:]
    name = None if session is None else _text(session)
    return LinkRow._make((*row[:7], Structured(name, bool(superseded), bool(older) or corrects)))


def _sessions(
    connection: sqlite3.Connection, statements: Statements, examples: list[int]
) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(examples), LINK_ROWS):
        some = examples[start : start + LINK_ROWS]
        for example, dataset in connection.execute(statements.sessions.format(_marks(some)), some):
            found[example] = (*found.get(example, ()), dataset)
    return found


def _flagged(connection: sqlite3.Connection, statements: Statements) -> frozenset[int]:
    if statements.flagged is None:
        return frozenset()
    return frozenset([number for (number,) in connection.execute(statements.flagged)])


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
