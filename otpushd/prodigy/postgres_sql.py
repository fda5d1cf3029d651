"""The statements of one read, written for the tables as they were found. Only names and constants are put into them."""

from dataclasses import dataclass

from otpushd.prodigy.first_look import IS_NEWS, UNKNOWN
from otpushd.prodigy.postgres_tables import Table, Tables

PAGE_ROWS = 500
PAGE_BYTES = 4_000_000
ROW_BYTES = 32_000_000
SHORT_META = 64
"""Bytes; a longer one is not empty."""
FAR_BELOW = 500

GAPS = "unnest(%(low)s::int8[], %(high)s::int8[]) AS gap (low, high)"
ENCODING = "CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END"
"""Of SQL_ASCII nobody knows what it is: bytes."""
DATABASE = "(SELECT oid FROM pg_database WHERE datname = current_database())"
# A writer's lock is ROW EXCLUSIVE; one that also changes the table holds a stronger one.
LOCKS = f"""
SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted AND database = {DATABASE}
AND relation = to_regclass(%(link)s)
AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""  # noqa: S608 - constants
SESSIONS_THERE = f"""
SELECT 'session ' || pid FROM pg_stat_activity WHERE datid = {DATABASE} AND pid <> pg_backend_pid()
UNION {LOCKS} AND virtualtransaction LIKE '-1/%%'
"""  # noqa: S608 - constants

WRITERS = """
SELECT to_regclass(%(link)s)::oid::int8, (SELECT seqcache FROM pg_sequence WHERE seqrelid = %(sequence)s::oid),
  ARRAY({})
"""


@dataclass(frozen=True, slots=True)
class Statements:
    """`glance`: is there anything new? `links`, `datasets`, `sessions`: a page. `below`: the rows at the mark.
    `tasks`: examples by their ids. `writers`: who may still bring ids.
    """

    glance: str
    links: str
    below: str
    tasks: str
    datasets: str
    sessions: str
    writers: str


def statements_for(tables: Tables) -> Statements:
    """The statements for these tables."""
    dataset, example, link = tables.dataset, tables.example, tables.link
    return Statements(
        _glance(dataset, link),
        _links(dataset, example, link, _in_gaps(link)),
        _links(dataset, example, link, _below(dataset, link)),
        tasks_of(example),
        _datasets(dataset),
        _sessions(dataset, link),
        WRITERS.format(SESSIONS_THERE if tables.sequence is None else LOCKS),
    )


def _glance(dataset: Table, link: Table) -> str:
    """One row from one snapshot. The datasets are summed up as hashes, which an order does not matter to."""
    return f"""
SELECT pg_is_in_recovery(), to_regclass(%(link)s)::oid::int8,
  coalesce(pg_relation_filenode(to_regclass(%(link)s)), 0)::int8, (SELECT coalesce(max(id), 0)::int8 FROM {link.name}),
  (SELECT count(*) || ' ' || coalesce(sum(hashtextextended(concat_ws(' ', id, created, session, name), 0)), 0)
   FROM {dataset.name}),
  EXISTS (SELECT FROM {GAPS} CROSS JOIN LATERAL
    (SELECT FROM {link.name} WHERE id BETWEEN gap.low AND gap.high LIMIT 1) AS found)
"""  # noqa: S608 - names


def _in_gaps(link: Table) -> str:
    return f"""
  SELECT l.* FROM {GAPS} CROSS JOIN LATERAL (
    SELECT id, example_id, dataset_id, {is_news(link)} AS news FROM {link.name} WHERE id BETWEEN gap.low AND gap.high
    ORDER BY id LIMIT {PAGE_ROWS + 1}) AS l
  ORDER BY l.id LIMIT {PAGE_ROWS + 1}"""  # noqa: S608 - names


def _below(dataset: Table, link: Table) -> str:
    """The last link, and the last to a main dataset unless it is far below. See Page.below."""
    return f"""
  WITH last AS (
    SELECT id, example_id, dataset_id, false AS news FROM {link.name} WHERE id <= %(mark)s ORDER BY id DESC LIMIT 1)
  SELECT * FROM last UNION (
    SELECT l.id, l.example_id, l.dataset_id, false FROM last
    JOIN {link.name} l ON l.id <= last.id AND l.id > last.id - {FAR_BELOW} JOIN {dataset.name} d ON d.id = l.dataset_id
    WHERE NOT coalesce({is_session("d")}, false) ORDER BY l.id DESC LIMIT 1)"""  # noqa: S608 - names


def _links(dataset: Table, example: Table, link: Table, candidates: str) -> str:
    """A page's rows, and in each how many more there may have been. Large values are neither fetched nor unpacked."""
    size = f"octet_length({plain(example, 'content', 'e')})"
    return f"""
WITH candidate AS ({candidates}),
sized AS (
  SELECT c.*, {integer(example, "input_hash")} AS input_hash,
    {integer(example, "task_hash")} AS task_hash, e.content, coalesce({size}, 0) AS size,
    row_number() OVER (ORDER BY c.id) AS number, sum(coalesce({size}, 0)) OVER (ORDER BY c.id) AS total,
    count(*) OVER () AS found
  FROM candidate c LEFT JOIN {dataset.name} d ON d.id = c.dataset_id
  LEFT JOIN {example.name} e ON e.id = c.example_id AND NOT coalesce({is_session("d")}, false))
SELECT id::int8, coalesce(example_id, 0)::int8, coalesce(dataset_id, 0)::int8, input_hash, task_hash,
  CASE WHEN size <= {ROW_BYTES} THEN {stored_bytes(example, "content", "s")} END, size::int8, found, news
FROM sized s WHERE number <= {PAGE_ROWS} AND (number = 1 OR total <= {PAGE_BYTES}) ORDER BY id
"""  # noqa: S608 - names


def tasks_of(example: Table) -> str:
    """Rows of a table of examples by their ids; the content only of the first that one look may hold, and whether."""
    size = f"octet_length({plain(example, 'content', 'e')})"
    return f"""
WITH sized AS (
  SELECT e.id, {integer(example, "input_hash")} AS input_hash, {integer(example, "task_hash")} AS task_hash, e.content,
    coalesce({size}, 0) AS size, row_number() OVER (ORDER BY asked.number) AS number,
    sum(coalesce({size}, 0)) OVER (ORDER BY asked.number) AS total
  FROM unnest(%(ids)s::int8[]) WITH ORDINALITY AS asked (id, number)
  CROSS JOIN LATERAL (SELECT * FROM {example.name} WHERE id = asked.id OFFSET 0) AS e)
SELECT id::int8, input_hash, task_hash,
  CASE WHEN size <= {ROW_BYTES} AND (number = 1 OR total <= {PAGE_BYTES})
    THEN {stored_bytes(example, "content", "s")} END,
  number = 1 OR total <= {PAGE_BYTES}
FROM sized s ORDER BY number
"""  # noqa: S608 - names


def _datasets(dataset: Table) -> str:
    meta = plain(dataset, "meta", "d")
    return f"""
SELECT id::int8, coalesce({stored_bytes(dataset, "name", "d")}, ''), {_seconds(dataset, "created")}, {is_session("d")},
  CASE WHEN octet_length({meta}) <= {SHORT_META} THEN {stored_bytes(dataset, "meta", "d")} END, meta IS NULL
FROM {dataset.name} d ORDER BY id
"""  # noqa: S608 - names


def _sessions(dataset: Table, link: Table) -> str:
    return f"""
SELECT l.example_id::int8, l.dataset_id::int8, coalesce(bool_or({is_session("d")}), false), count(*), min(l.id)::int8
FROM {link.name} l JOIN {dataset.name} d ON d.id = l.dataset_id
WHERE l.example_id = ANY(%(examples)s::int8[]) GROUP BY 1, 2 ORDER BY 5
"""  # noqa: S608 - names


def is_news(link: Table) -> str:
    """A boolean: whether the first look cannot have seen the row; null where that is not known."""
    return IS_NEWS if link.dated else UNKNOWN


def is_session(alias: str) -> str:
    """A boolean, or an integer as SQLite has it."""
    return f"({alias}.session::int <> 0)"


def plain(table: Table, column: str, alias: str) -> str:
    """The column, as a text where it is neither that nor bytes."""
    kind, category = table.types[column]
    return f"{alias}.{column}" if kind == "bytea" or category == "S" else f"{alias}.{column}::text"


def stored_bytes(table: Table, column: str, alias: str) -> str:
    """The column's bytes as they are stored: no text in it can make the driver refuse the row."""
    if table.types[column][0] == "bytea":
        return f"{alias}.{column}"
    return f"convert_to({alias}.{column}::text, {ENCODING})"


def integer(table: Table, column: str) -> str:
    """A column of `e` where it holds integers, else null."""
    return f"e.{column}::int8" if table.types[column][0] in ("int2", "int4", "int8") else "NULL::int8"


def _seconds(table: Table, column: str) -> str:
    _, category = table.types[column]
    if category == "D":
        return f"coalesce(extract(epoch FROM d.{column}), 0)::int8"
    return f"coalesce(d.{column}, 0)::int8" if category == "N" else "0::int8"
