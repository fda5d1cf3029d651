"""Finds out what can be known about Prodigy's PostgreSQL database by a role that may only read. Changes nothing."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import psycopg

from otpushd.files.postgres_url import shown
from otpushd.prodigy.facts import PostgresFacts, Rights, Trouble, Writer
from otpushd.prodigy.postgres_connect import connect
from otpushd.prodigy.postgres_fault import explained
from otpushd.prodigy.postgres_sql import LOCKS
from otpushd.prodigy.postgres_structured_tables import find_structured
from otpushd.prodigy.postgres_tables import COLUMNS, find_tables
from otpushd.prodigy.unavailable import SourceUnavailable

PAUSE_SECONDS = 1.0
"""Between two looks at who writes: of others' transactions a role without more rights does not see the age."""
ROLE = "SELECT quote_ident(current_user), rolsuper FROM pg_roles WHERE rolname = current_user"
# A table that the search path finds hides its namesakes elsewhere; without any, all of them are told.
RIGHTS = """
WITH found AS (
  SELECT c.oid, c.relname, c.relnamespace, c.relowner, pg_table_is_visible(c.oid) AS visible
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = ANY(%s) AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
SELECT quote_ident(n.nspname), quote_ident(n.nspname) || '.' || quote_ident(f.relname),
  has_schema_privilege(n.oid, 'USAGE'), has_any_column_privilege(f.oid, 'SELECT'),
  ARRAY(SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
        WHERE has_table_privilege(f.oid, p))
FROM found f JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE f.visible OR NOT EXISTS (SELECT FROM found o WHERE o.relname = f.relname AND o.visible)
ORDER BY 2
"""
# A prepared transaction keeps its session's virtual transaction until a restart: its own number tells it.
WRITING = f"""
WITH writer AS ({LOCKS}), prepared AS (
  SELECT l.virtualtransaction, x.owner, x.prepared, x.gid FROM pg_prepared_xacts x JOIN pg_locks l
  ON l.locktype = 'transactionid' AND l.transactionid = x.transaction AND l.mode = 'ExclusiveLock' AND l.granted)
SELECT DISTINCT w.virtualtransaction, coalesce(p.owner, a.usename), p.gid,
  extract(epoch FROM statement_timestamp() - coalesce(p.prepared, a.xact_start))::float8
FROM writer w
LEFT JOIN pg_locks v ON v.locktype = 'virtualxid' AND v.virtualxid = w.virtualtransaction
LEFT JOIN pg_stat_activity a ON a.pid = v.pid
LEFT JOIN prepared p ON p.virtualtransaction = w.virtualtransaction
"""  # noqa: S608 - constants
IDLE = "SELECT setting::int8 FROM pg_settings WHERE name = 'idle_session_timeout' AND setting <> '0'"


def probe_postgres(parameters: Mapping[str, str]) -> PostgresFacts:
    """All facts about the database that libpq's `parameters` name. Raises nothing that a server can cause.

    Takes as long as connecting does (5 s for each host at most), and a second more where somebody is writing.
    """
    facts = PostgresFacts(shown(parameters))
    try:
        with closing(connect(parameters)) as connection:
            for step in (_of_connection, _of_role, _of_clock, _of_tables, _of_writers):
                facts = step(facts, connection)
    except psycopg.Error as error:
        return _troubled(facts, explained(error, facts.shown))
    except SourceUnavailable as error:
        return _troubled(facts, error)
    return facts


def _troubled(facts: PostgresFacts, error: SourceUnavailable) -> PostgresFacts:
    return replace(facts, trouble=facts.trouble or Trouble(error.code, error.mend))


def _of_connection(facts: PostgresFacts, connection: psycopg.Connection[Any]) -> PostgresFacts:
    info = connection.info
    major, minor = divmod(info.server_version, 10_000)
    # Its other options hold the password.
    [mode] = [option.val for option in connection.pgconn.info if option.keyword == b"sslmode"]
    return replace(
        facts,
        version=f"{major}.{minor}",
        local=_is_local(info.host, info.hostaddr),
        encrypted=connection.pgconn.ssl_in_use,
        sslmode=(mode or b"").decode(),
    )


def _of_role(facts: PostgresFacts, connection: psycopg.Connection[Any]) -> PostgresFacts:
    role, superuser = _one(connection, ROLE)
    idle = connection.execute(IDLE).fetchone()
    return replace(
        facts,
        role=role,
        superuser=superuser,
        rights=tuple(_rights(connection, list(COLUMNS))),
        idle_limit=timedelta(milliseconds=idle[0]) if idle else None,
    )


def _of_clock(facts: PostgresFacts, connection: psycopg.Connection[Any]) -> PostgresFacts:
    """The quickest of three questions: nobody knows where in the round trip the server looked at its clock."""
    best: tuple[timedelta, timedelta] | None = None
    for _ in range(3):
        before, begun = datetime.now(UTC), time.perf_counter()
        (theirs,) = _one(connection, "SELECT clock_timestamp()")
        took = timedelta(seconds=time.perf_counter() - begun)
        if best is None or took < best[0]:
            best = took, theirs - (before + took / 2)
    assert best is not None
    return replace(facts, round_trip=best[0], ahead=best[1])


def _of_tables(facts: PostgresFacts, connection: psycopg.Connection[Any]) -> PostgresFacts:
    try:
        tables = find_tables(connection, facts.shown)
        facts = replace(facts, in_order=tables.sequence is not None, notes=tables.notes)
        storage, notes = find_structured(connection, tables.dataset, facts.shown)
    except SourceUnavailable as error:
        return _troubled(facts, error)
    facts = replace(facts, notes=(*facts.notes, *notes))
    if storage is None:
        return facts
    beside = tuple(_rights(connection, [storage.found.example, storage.found.link]))
    return replace(
        facts,
        rights=(*facts.rights, *beside),
        in_order=facts.in_order and storage.sequences is not None,
        structured=tuple([one.table for one in beside]),
    )


def _of_writers(facts: PostgresFacts, connection: psycopg.Connection[Any]) -> PostgresFacts:
    """Those who were there at both of two looks, apart by the pause."""
    if facts.trouble is not None:
        return facts
    first = {row[0] for row in connection.execute(WRITING, {"link": "link"})}
    if not first:
        return facts
    time.sleep(PAUSE_SECONDS)
    there = [row for row in connection.execute(WRITING, {"link": "link"}) if row[0] in first]
    writers = [Writer(who or "", timedelta(seconds=age or PAUSE_SECONDS), gid) for _, who, gid, age in there]
    return replace(facts, writers=tuple(sorted(writers, key=lambda writer: writer.age, reverse=True)))


def _rights(connection: psycopg.Connection[Any], names: list[str]) -> Iterator[Rights]:
    for schema, table, usage, select, more in connection.execute(RIGHTS, (names,)):
        yield Rights(schema, table, usage, select, tuple(more))


def _one(connection: psycopg.Connection[Any], statement: Any) -> tuple[Any, ...]:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return tuple(row)


def _is_local(host: str, address: str) -> bool:
    """Whether nothing leaves this machine: a Unix socket, or a loopback address."""
    if host.startswith("/") or not (host or address):
        return True
    try:
        return ip_address(address or host).is_loopback
    except ValueError:
        return host == "localhost"
