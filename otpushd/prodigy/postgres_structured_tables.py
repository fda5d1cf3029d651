"""The tables of structured storage in a PostgreSQL database: looked up beside the classic ones, in their schema.

That they are absent, or closed to us while nothing uses them, is no fault: it is noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from otpushd.prodigy.postgres_tables import OUT_OF_ORDER, Table, quoted, role, sequence_of
from otpushd.prodigy.structured import StructuredTables, recognise
from otpushd.prodigy.unavailable import SourceUnavailable

COLUMNS = """
SELECT c.oid::int8, n.nspname, c.relname, c.relkind = 'p', row_security_active(c.oid), a.attname, t.typname,
  t.typcategory, has_column_privilege(c.oid, a.attnum, 'SELECT'), has_column_privilege(c.oid, 'xmin', 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.oid = (SELECT relnamespace FROM pg_class WHERE oid = %s::oid) AND c.relkind IN ('r', 'p')
AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum
"""
INDEXED = """
SELECT i.indrelid::int8, a.attname FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = ANY(%s::oid[]) AND i.indisvalid AND i.indpred IS NULL
"""


@dataclass(frozen=True, slots=True)
class StructuredStorage:
    """The tables as they are called in SQL. `sequences` hand out their ids in order; None where that is not certain."""

    found: StructuredTables
    example: Table
    link: Table
    sequences: tuple[int, int] | None


def find_structured(
    connection: psycopg.Connection[Any], dataset: Table, shown: str
) -> tuple[StructuredStorage | None, tuple[str, ...]]:
    """The storage if there is one, and what its operator should know.

    Raises SourceUnavailable where answers are in it that we may not read: going on would lose them.
    """
    tables = _tables(connection, dataset)
    by_oid = {oid: name for name, (oid, _) in tables.items()}
    indexed: dict[str, set[str]] = {name: set() for name in tables}
    for oid, column in connection.execute(INDEXED, (list(by_oid),)):
        indexed[by_oid[oid]].add(column)
    schema = {name: {column: each.kind for column, each in columns.items()} for name, (_, columns) in tables.items()}
    recognised = recognise(schema, indexed)
    found, notes = recognised.tables, list(recognised.notes)
    if found is None:
        return None, tuple(notes)
    if closed := [name for name in (found.example, found.link) if not all(c.ours for c in tables[name][1].values())]:
        names = ", ".join(quoted(connection, next(iter(tables[name][1].values())).schema, name) for name in closed)
        text = f"otpushd may not read {names}; run: GRANT SELECT ON {names} TO {role(connection)}"
        if found.flag and _used(connection, dataset):
            raise SourceUnavailable("permission_denied", f"{shown}: {text}")
        return None, (*notes, text)
    made = [_table(connection, name, *tables[name]) for name in (found.example, found.link)]
    for table, hidden in made:
        if hidden:
            notes.append(f"row level security hides rows of {table.name} from otpushd: they are never announced")
    (example, _), (link, _) = made
    ordered = [sequence_of(connection, table) for table in (example, link)]
    notes += [f"{why}, {OUT_OF_ORDER}" for _, why in ordered if why]
    (first, _), (second, _) = ordered
    sequences = (first, second) if first is not None and second is not None else None
    return StructuredStorage(found, example, link, sequences), tuple(notes)


@dataclass(frozen=True, slots=True)
class _Column:
    schema: str
    partitioned: bool
    hidden: bool
    kind: str
    category: str
    ours: bool
    dated: bool


def _tables(connection: psycopg.Connection[Any], dataset: Table) -> Mapping[str, tuple[int, dict[str, _Column]]]:
    tables: dict[str, tuple[int, dict[str, _Column]]] = {}
    for oid, schema, table, partitioned, hidden, column, *rest in connection.execute(COLUMNS, (dataset.oid,)):
        _, columns = tables.setdefault(table, (oid, {}))
        columns[column] = _Column(schema, partitioned, bool(hidden), *rest)
    return tables


def _table(
    connection: psycopg.Connection[Any], name: str, oid: int, columns: Mapping[str, _Column]
) -> tuple[Table, bool]:
    one = next(iter(columns.values()))
    types = {column: (each.kind, each.category) for column, each in columns.items()}
    return Table(oid, quoted(connection, one.schema, name), one.partitioned, types, one.dated), one.hidden


def _used(connection: psycopg.Connection[Any], dataset: Table) -> bool:
    row = connection.execute(f"SELECT EXISTS (SELECT FROM {dataset.name} WHERE structured::int <> 0)").fetchone()  # noqa: S608
    return row is not None and bool(row[0])
