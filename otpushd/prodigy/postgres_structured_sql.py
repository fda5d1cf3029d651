"""The statements of one read of structured storage on PostgreSQL, written for the tables as they were found.

Only names and constants are put into them. The planner is kept from joining as it likes (OFFSET 0, LIMIT 1): rows are
looked up by key and by index, however large the tables are and whatever it believes of them.
"""

from dataclasses import dataclass

from otpushd.prodigy.postgres_sql import (
    DATABASE,
    ENCODING,
    PAGE_BYTES,
    ROW_BYTES,
    integer,
    is_news,
    is_session,
    plain,
    stored_bytes,
    tasks_of,
)
from otpushd.prodigy.postgres_tables import Table
from otpushd.prodigy.structured import StructuredTables
from otpushd.prodigy.structured_walk import LINK_ROWS, WALK_ROWS

NAME_LENGTH = 255
LINK_GAPS = "unnest(%(low)s::int8[], %(high)s::int8[]) AS gap (low, high)"
EXAMPLE_GAPS = "unnest(%(example_low)s::int8[], %(example_high)s::int8[]) AS gap (low, high)"
HOLDERS = f"""
SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted AND database = {DATABASE}
AND relation IN (%(link)s::oid, %(example)s::oid)
AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""  # noqa: S608 - constants
SESSIONS_THERE = f"""
SELECT 'session ' || pid FROM pg_stat_activity WHERE datid = {DATABASE} AND pid <> pg_backend_pid()
UNION {HOLDERS} AND virtualtransaction LIKE '-1/%%'
"""  # noqa: S608 - constants
WRITERS = """
SELECT ARRAY({}), min(seqcache), max(seqcache) FROM pg_sequence WHERE seqrelid = ANY(%(sequences)s::oid[])
"""


@dataclass(frozen=True, slots=True)
class Statements:
    """`glance`: is there anything new? The others as in sqlite_structured.py. `writers`: who may still bring ids."""

    glance: str
    walk: str | None
    new: str
    below: str
    tasks: str
    links: str
    sessions: str
    flagged: str | None
    writers: str


def statements_for(
    found: StructuredTables, dataset: Table, example: Table, link: Table, *, ordered: bool
) -> Statements:
    """The statements for these tables; `ordered`: both tables' ids are handed out in order."""
    return Statements(
        glance=_glance(example, link),
        walk=_walk(found, example, link) if found.finds_links else None,
        new=_rows(found, (dataset, example, link), _candidates(found, link, is_news(link)), "id"),
        below=_rows(found, (dataset, example, link), _below(found, link), "id"),
        tasks=tasks_of(example),
        links=_rows(found, (dataset, example, link), _named(found, link), "example_id"),
        sessions=_sessions(found, dataset, link),
        flagged=f"SELECT id::int8 FROM {dataset.name} WHERE structured::int <> 0" if found.flag else None,  # noqa: S608
        writers=WRITERS.format(HOLDERS if ordered else SESSIONS_THERE),
    )


def _glance(example: Table, link: Table) -> str:
    """One row from one snapshot."""
    return f"""
SELECT to_regclass(%(link_name)s)::oid::int8, to_regclass(%(example_name)s)::oid::int8,
  (SELECT coalesce(max(id), 0)::int8 FROM {link.name}), (SELECT coalesce(max(id), 0)::int8 FROM {example.name}),
  EXISTS (SELECT FROM {LINK_GAPS} CROSS JOIN LATERAL
    (SELECT FROM {link.name} WHERE id BETWEEN gap.low AND gap.high LIMIT 1) AS found)
  OR EXISTS (SELECT FROM {EXAMPLE_GAPS} CROSS JOIN LATERAL
    (SELECT FROM {example.name} WHERE id BETWEEN gap.low AND gap.high LIMIT 1) AS found)
"""  # noqa: S608 - names


def _walk(found: StructuredTables, example: Table, link: Table) -> str:
    newer = f"SELECT {found.superseded_by}::int8 FROM {example.name} WHERE id = w.id" if found.superseded_by else "NULL"  # noqa: S608
    return f"""
WITH walked AS (
  (SELECT e.id FROM {EXAMPLE_GAPS} CROSS JOIN LATERAL (
    SELECT id FROM {example.name} WHERE id BETWEEN gap.low AND gap.high ORDER BY id LIMIT {WALK_ROWS}) AS e
  ORDER BY e.id LIMIT {WALK_ROWS})
  UNION ALL SELECT id FROM {example.name} WHERE id = ANY(%(again)s::int8[]))
SELECT w.id::int8, l.id::int8, CASE WHEN l.id IS NULL THEN ({newer}) END FROM walked w LEFT JOIN LATERAL (
  SELECT id FROM {link.name} WHERE {found.link_example} = w.id OFFSET 0) AS l ON true ORDER BY w.id, l.id
"""  # noqa: S608 - names


def _candidates(found: StructuredTables, link: Table, news: str) -> str:
    return f"""
SELECT l.* FROM {LINK_GAPS} CROSS JOIN LATERAL (
  SELECT {_columns(found, news)} FROM {link.name} l WHERE id BETWEEN gap.low AND gap.high
  ORDER BY id LIMIT {LINK_ROWS + 1}) AS l
ORDER BY l.id LIMIT {LINK_ROWS + 1}
"""  # noqa: S608 - names


def _below(found: StructuredTables, link: Table) -> str:
    return f"SELECT {_columns(found)} FROM {link.name} l WHERE id <= %(mark)s ORDER BY id DESC LIMIT 1"  # noqa: S608


def _named(found: StructuredTables, link: Table) -> str:
    return f"SELECT {_columns(found)} FROM {link.name} l WHERE id = ANY(%(links)s::int8[])"  # noqa: S608 - names


def _columns(found: StructuredTables, news: str = "false") -> str:
    session = f"convert_to(left({found.session}::text, {NAME_LENGTH}), {ENCODING})" if found.session else "NULL::bytea"
    columns = f"{found.link_example} AS example_id, {found.link_dataset} AS dataset_id, {session} AS session"
    return f"id, {columns}, {news} AS news"


def _rows(found: StructuredTables, tables: tuple[Table, Table, Table], candidates: str, order: str) -> str:
    """A page's rows, and in each how many there may have been. Of one example all rows count as one (`order`)."""
    dataset, example, _ = tables
    size = f"octet_length({plain(example, 'content', 'e')})"
    superseded = f"e.{found.superseded_by} IS NOT NULL" if found.superseded_by else "false"
    older = f"(SELECT true FROM {example.name} o WHERE o.{found.superseded_by} = s.example_id LIMIT 1)"  # noqa: S608
    return f"""
WITH candidate AS ({candidates}),
sized AS (
  SELECT c.*, {integer(example, "input_hash")} AS input_hash, {integer(example, "task_hash")} AS task_hash, e.content,
    coalesce({size}, 0) AS size, {superseded} AS superseded, rank() OVER (ORDER BY c.{order}) AS number,
    sum(coalesce({size}, 0)) OVER (ORDER BY c.{order}) AS total, count(*) OVER () AS found
  FROM candidate c LEFT JOIN {dataset.name} d ON d.id = c.dataset_id
  LEFT JOIN LATERAL (
    SELECT * FROM {example.name} WHERE id = c.example_id AND NOT coalesce({is_session("d")}, false) OFFSET 0
  ) AS e ON true)
SELECT id::int8, example_id::int8, dataset_id::int8, input_hash, task_hash,
  CASE WHEN size <= {ROW_BYTES} THEN {stored_bytes(example, "content", "s")} END, size::int8, session, superseded,
  {f"coalesce({older}, false)" if found.finds_older else "false"}, found, news
FROM sized s WHERE number <= {LINK_ROWS} AND (number = 1 OR total <= {PAGE_BYTES}) ORDER BY {order}, id
"""  # noqa: S608 - names


def _sessions(found: StructuredTables, dataset: Table, link: Table) -> str:
    return f"""
SELECT l.{found.link_example}::int8, l.{found.link_dataset}::int8
FROM unnest(%(examples)s::int8[]) AS asked (id) CROSS JOIN LATERAL (
  SELECT * FROM {link.name} WHERE {found.link_example} = asked.id OFFSET 0) AS l
JOIN {dataset.name} d ON d.id = l.{found.link_dataset} WHERE {is_session("d")} ORDER BY l.id
"""  # noqa: S608 - names
