"""What is asked of examples themselves in a SQLite file, on an open connection and within the caller's transaction.

Everything is looked up by key and by index, and what is fetched is fetched whole, as in sqlite_rows.py. Without an
index from examples to their links nothing is asked.
"""

import sqlite3
from typing import NamedTuple

from otpushd.model.examples import Counted, ExampleRow, Examples
from otpushd.prodigy.sqlite_structured import find_structured

PAGE_ROWS = 500
PAGE_BYTES = 500_000
"""While they are read nobody can write."""

INDEXED = """
SELECT count(*) FROM pragma_index_list('link') i, pragma_index_info(i.name) c
WHERE c.seqno = 0 AND NOT i.partial AND c.name = 'example_id'
"""
SIZE = "CASE typeof(content) WHEN 'text' THEN length(CAST(content AS BLOB)) ELSE length(content) END"
CONTENT = f"SELECT id, {SIZE}, CAST(content AS BLOB) FROM example WHERE id IN ({{}}) ORDER BY id"  # noqa: S608


class _Tables(NamedTuple):
    example: str = '"example"'
    link: str = '"link"'
    link_example: str = '"example_id"'
    link_dataset: str = '"dataset_id"'
    where: str = ""


def read_examples(connection: sqlite3.Connection, above: int, upto: int, *, structured: bool) -> Examples | None:
    """See Source.examples. Raises sqlite3.Error."""
    tables = _structured(connection) if structured else _classic(connection)
    if tables is None:
        return None
    (highest,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {tables.example}").fetchone()  # noqa: S608
    some = f"""
SELECT e.id, l.{tables.link_dataset}, d.session FROM (
  SELECT id FROM {tables.example} WHERE id > ? AND id <= ? {tables.where} ORDER BY id LIMIT {PAGE_ROWS}) e
LEFT JOIN {tables.link} l ON l.{tables.link_example} = e.id LEFT JOIN dataset d ON d.id = l.{tables.link_dataset}
ORDER BY e.id
"""  # noqa: S608 - names and constants
    found: dict[int, list[int]] = {}
    spoken = set[int]()
    for example, dataset, session in connection.execute(some, (above, upto)).fetchall():
        found.setdefault(example, []).extend([] if dataset is None else [dataset])
        if session:
            spoken.add(example)
    silent = [example for example, datasets in found.items() if datasets and example not in spoken]
    contents = {} if structured else _contents(connection, silent)
    rows = tuple([ExampleRow(each, tuple(sorted({*there})), contents.get(each)) for each, there in found.items()])
    return Examples(rows, rows[-1].id if len(rows) == PAGE_ROWS else upto, highest)


def count_examples(connection: sqlite3.Connection, dataset: str) -> Counted:
    """See Source.count. Raises sqlite3.Error."""
    row = connection.execute("SELECT id, created FROM dataset WHERE name = ? AND NOT session", (dataset,)).fetchone()
    if row is None:
        return Counted(None, 0)
    total = 0
    for tables in filter(None, (_Tables(), _structured(connection, any_index=True))):
        many = f"SELECT count(DISTINCT {tables.link_example}) FROM {tables.link} WHERE {tables.link_dataset} = ?"  # noqa: S608
        total += connection.execute(many, (row[0],)).fetchone()[0]
    return Counted((row[0], row[1] if isinstance(row[1], int) else 0), total)


def _classic(connection: sqlite3.Connection) -> _Tables | None:
    return _Tables() if connection.execute(INDEXED).fetchone()[0] else None


def _structured(connection: sqlite3.Connection, *, any_index: bool = False) -> _Tables | None:
    """What was superseded has no links, by right: without that column it cannot be told from what lost them."""
    found = find_structured(connection).tables
    if found is None or not (any_index or (found.finds_links and found.superseded_by)):
        return None
    where = f"AND {_quoted(found.superseded_by)} IS NULL" if found.superseded_by else ""
    example, link = _quoted(found.example), _quoted(found.link)
    return _Tables(example, link, _quoted(found.link_example), _quoted(found.link_dataset), where)


def _contents(connection: sqlite3.Connection, examples: list[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    total = 0
    if not examples:
        return found
    cursor = connection.execute(CONTENT.format(",".join("?" * len(examples))), examples)
    for example, size, content in cursor:
        total += size or 0
        if total > PAGE_BYTES:
            cursor.close()
            break
        found[example] = content
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
