"""Prodigy's tables in a PostgreSQL database: where they are, what their columns are, and whether we may read them.

Looked up at every connection, because other versions, other tools and administrators change them (prodigy.md, 1.1).
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import Identifier

from otpushd.prodigy.unavailable import SourceUnavailable

OLDEST = 12_00_00
OUT_OF_ORDER = (
    "so ids do not come in the order of their transactions: a range of ids is taken as complete only when every "
    "session that was there has ended"
)
COLUMNS = {
    "dataset": ("id", "name", "created", "meta", "session"),
    "example": ("id", "input_hash", "task_hash", "content"),
    "link": ("id", "example_id", "dataset_id"),
}
FIND = """
SELECT c.oid::int8, n.nspname, c.relname, c.relkind, row_security_active(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)
"""
ELSEWHERE = """
SELECT n.nspname, has_schema_privilege(n.oid, 'USAGE')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname
"""
ANY_TABLE = """
SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
"""
ATTRIBUTES = """
SELECT a.attname, t.typname, t.typcategory, has_column_privilege(a.attrelid, a.attnum, 'SELECT')
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s::oid AND (a.attnum > 0 OR a.attname = 'xmin') AND NOT a.attisdropped
"""
# A serial column's default depends on its sequence; an identity column's sequence depends on the column.
SEQUENCES = """
SELECT s.seqrelid::int8, s.seqcache, s.seqrelid::regclass::text,
  s.seqincrement = 1 AND NOT s.seqcycle
    AND (a.attidentity <> '' OR pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\(')
FROM pg_attribute a LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
JOIN pg_depend d ON (d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass)
  OR (d.classid = 'pg_class'::regclass AND d.deptype = 'i' AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum)
JOIN pg_sequence s ON s.seqrelid = CASE WHEN d.classid = 'pg_class'::regclass THEN d.objid ELSE d.refobjid END
WHERE a.attrelid = %s::oid AND a.attname = 'id'
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is called in SQL, and the type name and category of each of its columns. `dated`: its rows tell us
    which transactions wrote them.
    """

    oid: int
    name: str
    partitioned: bool
    types: dict[str, tuple[str, str]]
    dated: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """Prodigy's three tables. `sequence` hands out link ids one by one and in order; None where that is not certain.

    `notes` say what is unusual and how to mend it.
    """

    dataset: Table
    example: Table
    link: Table
    sequence: int | None
    notes: tuple[str, ...]


def find_tables(connection: psycopg.Connection[Any], shown: str) -> Tables:
    """The tables, in whatever schema the search path finds them. Raises SourceUnavailable with the mend."""
    if connection.info.server_version < OLDEST:
        raise SourceUnavailable("too_old", f"{shown}: otpushd reads PostgreSQL 12 and later")
    if _one(connection, "SELECT pg_is_in_recovery()")[0]:
        raise SourceUnavailable("standby", f"{shown}: the server is a standby, where nothing says who is still writing")
    found, notes = {}, []
    for name in COLUMNS:
        found[name], hidden = _table(connection, name, shown)
        if hidden:
            notes.append(f"row level security hides rows of {found[name].name} from otpushd: they are never announced")
    sequence, why = sequence_of(connection, found["link"])
    if why:
        notes.append(f"{why}, {OUT_OF_ORDER}")
    return Tables(found["dataset"], found["example"], found["link"], sequence, tuple(notes))


def _table(connection: psycopg.Connection[Any], name: str, shown: str) -> tuple[Table, bool]:
    row = connection.execute(FIND, (name,)).fetchone()
    if row is None:
        raise _missing(connection, name, shown)
    oid, schema, relation, kind, hidden = row
    table = quoted(connection, schema, relation)
    if kind not in ("r", "p"):
        raise SourceUnavailable("not_prodigy", f"{shown} is no Prodigy database: {table} is not a table")
    attributes = {each[0]: each[1:] for each in connection.execute(ATTRIBUTES, (oid,))}
    if lacking := [column for column in COLUMNS[name] if column not in attributes]:
        text = f"{shown} is no Prodigy database: table {table} lacks {', '.join(lacking)}"
        raise SourceUnavailable("not_prodigy", text)
    if any(not attributes[column][2] for column in COLUMNS[name]):
        grant = f"GRANT SELECT ON {table} TO {role(connection)}"
        raise SourceUnavailable("permission_denied", f"{shown}: otpushd may not read {table}; run: {grant}")
    types = {column: attributes[column][:2] for column in COLUMNS[name]}
    return Table(oid, table, kind == "p", types, attributes["xmin"][2]), bool(hidden)


def _missing(connection: psycopg.Connection[Any], name: str, shown: str) -> SourceUnavailable:
    """A schema that the role may not use is passed over in its search path as if it were not there."""
    for schema, usable in connection.execute(ELSEWHERE, (name,)):
        named = quoted(connection, schema)
        if not usable:
            grant = f"GRANT USAGE ON SCHEMA {named} TO {role(connection)}"
            return SourceUnavailable("permission_denied", f"{shown}: otpushd may not use schema {named}; run: {grant}")
        mend = f"ALTER ROLE {role(connection)} SET search_path = {named}"
        text = f"{shown}: table {name} is in schema {named}, which is not in the search path; run: {mend}"
        return SourceUnavailable("not_prodigy", text)
    if not _one(connection, ANY_TABLE)[0]:
        return SourceUnavailable("empty", f"{shown} has no tables yet; Prodigy makes them at its first start")
    return SourceUnavailable("not_prodigy", f"{shown} is no Prodigy database: there is no table {name}")


def sequence_of(connection: psycopg.Connection[Any], table: Table) -> tuple[int | None, str]:
    """The sequence of a table's ids, or None and why ids may become visible out of their transactions' order."""
    rows = connection.execute(SEQUENCES, (table.oid,)).fetchall()
    if table.partitioned:
        return None, f"{table.name} is partitioned"
    if len(rows) != 1 or not rows[0][3]:
        return None, f"the ids of {table.name} do not come from one plain sequence"
    oid, cache, name, _ = rows[0]
    if cache != 1:
        return (
            None,
            f"sequence {name} has CACHE {cache} (mend: ALTER SEQUENCE {name} CACHE 1, then restart its writers)",
        )
    return oid, ""


def _one(connection: psycopg.Connection[Any], statement: Any) -> tuple[Any, ...]:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return tuple(row)


def role(connection: psycopg.Connection[Any]) -> str:
    """Who we are there, as it is written in SQL."""
    return quoted(connection, _one(connection, "SELECT current_user")[0])


def quoted(connection: psycopg.Connection[Any], *names: str) -> str:
    """A name, or several with dots between them, as it is written in SQL."""
    return Identifier(*names).as_string(connection)
