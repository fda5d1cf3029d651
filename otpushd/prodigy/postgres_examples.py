"""What is asked of examples themselves on PostgreSQL, each question one statement and so of one moment.

The planner is kept from joining as it likes, as in postgres_structured_sql.py. Without an index from examples to their
links nothing is asked.
"""

from typing import Any, NamedTuple

import psycopg

from otpushd.model.examples import Counted, ExampleRow, Examples
from otpushd.prodigy.postgres_sql import is_session, plain, stored_bytes
from otpushd.prodigy.postgres_structured_tables import INDEXED, StructuredStorage
from otpushd.prodigy.postgres_tables import Table, Tables

PAGE_ROWS = 500
LONGEST = 8_000
"""Bytes; 500 of them are 4 MB. Of a longer content nobody is asked who saved it."""


class _Storage(NamedTuple):
    example: Table
    link: Table
    link_example: str = "example_id"
    link_dataset: str = "dataset_id"
    where: str = ""


def read_examples(
    connection: psycopg.Connection[Any],
    tables: Tables,
    structured: StructuredStorage | None,
    above: int,
    upto: int,
    *,
    beside: bool,
) -> Examples | None:
    """See Source.examples; `beside` asks for those of `structured` storage. Raises psycopg.Error."""
    storage = _structured(structured) if beside else _classic(connection, tables)
    if storage is None:
        return None
    row = connection.execute(f"SELECT coalesce(max(id), 0)::int8 FROM {storage.example.name}").fetchone()  # noqa: S608
    statement = _statement(storage, tables.dataset, contents=not beside)
    found = connection.execute(statement, {"above": above, "upto": upto}, binary=True).fetchall()
    rows = tuple([ExampleRow(each[0], tuple(sorted({*each[1]})), each[2]) for each in found])
    return Examples(rows, rows[-1].id if len(rows) == PAGE_ROWS else upto, row[0] if row else 0)


def count_examples(
    connection: psycopg.Connection[Any], tables: Tables, structured: StructuredStorage | None, dataset: str
) -> Counted:
    """See Source.count. Raises psycopg.Error."""
    one = f"SELECT id::int8, hashtext(created::text)::int8 FROM {tables.dataset.name} d"  # noqa: S608 - names
    row = connection.execute(f"{one} WHERE name = %s AND NOT {is_session('d')}", (dataset,)).fetchone()
    if row is None:
        return Counted(None, 0)
    total = 0
    for storage in (_Storage(tables.example, tables.link), None if structured is None else _named(structured)):
        if storage is not None:
            many = f"SELECT count(DISTINCT {storage.link_example}) FROM {storage.link.name}"  # noqa: S608 - names
            found = connection.execute(f"{many} WHERE {storage.link_dataset} = %s", (row[0],)).fetchone()
            total += found[0] if found else 0
    return Counted((row[0], row[1]), total)


def _statement(storage: _Storage, dataset: Table, *, contents: bool) -> str:
    """Each example, its datasets, and the content where it has some and none of them is a session."""
    stored = stored_bytes(storage.example, "content", "x")
    short = f"octet_length({plain(storage.example, 'content', 'x')}) <= {LONGEST}"
    content = f"(SELECT {stored} FROM {storage.example.name} x WHERE x.id = found.id AND {short})"  # noqa: S608 - names
    return f"""
SELECT id::int8, datasets, CASE WHEN silent THEN {content if contents else "NULL::bytea"} END FROM (
  SELECT e.id, coalesce(array_agg(l.dataset) FILTER (WHERE l.dataset IS NOT NULL), '{{}}')::int8[] AS datasets,
    count(l.dataset) > 0 AND NOT coalesce(bool_or(l.session), false) AS silent
  FROM (SELECT id FROM {storage.example.name} WHERE id > %(above)s AND id <= %(upto)s {storage.where}
    ORDER BY id LIMIT {PAGE_ROWS}) AS e
  LEFT JOIN LATERAL (
    SELECT k.{storage.link_dataset} AS dataset, {is_session("d")} AS session FROM {storage.link.name} k
    LEFT JOIN {dataset.name} d ON d.id = k.{storage.link_dataset} WHERE k.{storage.link_example} = e.id OFFSET 0
  ) AS l ON true GROUP BY e.id) AS found ORDER BY id
"""  # noqa: S608 - names and constants


def _classic(connection: psycopg.Connection[Any], tables: Tables) -> _Storage | None:
    indexed = {column for _, column in connection.execute(INDEXED, ([tables.link.oid],))}
    return _Storage(tables.example, tables.link) if "example_id" in indexed else None


def _structured(storage: StructuredStorage | None) -> _Storage | None:
    """What was superseded has no links, by right: without that column it cannot be told from what lost them."""
    if storage is None or not (storage.found.finds_links and storage.found.superseded_by):
        return None
    return _named(storage)._replace(where=f"AND {storage.found.superseded_by} IS NULL")


def _named(storage: StructuredStorage) -> _Storage:
    return _Storage(storage.example, storage.link, storage.found.link_example, storage.found.link_dataset)
