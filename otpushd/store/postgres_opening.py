"""Opening a store on PostgreSQL: refusals with their mend, and the schema in one transaction, one daemon at a time."""

from collections.abc import Mapping

import peewee

from otpushd.files.postgres_refusal import refusal
from otpushd.files.postgres_url import shown
from otpushd.store.postgres import IN_USE, SharedDatabase
from otpushd.store.schema import StoreUnusable, is_behind, is_foreign, migrate
from otpushd.store.sql import rows

# Long enough for another daemon's migration of a big store; the locks are those of one schema's upgrade alone.
PATIENT = """SELECT set_config('lock_timeout', '10min', true), set_config('statement_timeout', '0', true),
  set_config('idle_in_transaction_session_timeout', '1min', true)"""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('otpushd schema ' || current_schema(), 0))"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
SURROUNDINGS = "SELECT current_schema(), current_setting('server_encoding'), current_user"
FORBIDDEN = """SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND NOT (
  has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
  AND has_table_privilege(format('%I.%I', schemaname, tablename), 'INSERT')
  AND has_table_privilege(format('%I.%I', schemaname, tablename), 'UPDATE')
  AND has_table_privilege(format('%I.%I', schemaname, tablename), 'DELETE'))"""
PRODIGY = {"dataset", "example", "link"}


def open_shared(parameters: Mapping[str, str], holder: str) -> peewee.PostgresqlDatabase:
    """The store in the PostgreSQL database that libpq's `parameters` name, its schema made or brought up to date.

    `holder` is the name under which this daemon is there, unique among all. To be called and used from one thread.
    Raises StoreUnusable.
    """
    database, name = SharedDatabase(parameters, holder), shown(parameters)
    try:
        database.connect()
        refuse_surroundings(database, name)
        with database.atomic():
            rows(database, PATIENT)
            rows(database, ONE_AT_A_TIME)
            refuse_foreign(database, name)
            if is_behind(database, name):
                _refuse_company(database, name)
                migrate(database)
        database.join()
        refuse_rights(database, name)
    except peewee.PeeweeException as error:
        _let_go(database)
        raise StoreUnusable(f"{name}: the store cannot be opened; {mend_of(error)}") from None
    except StoreUnusable:
        _let_go(database)
        raise
    return database


def _let_go(database: SharedDatabase) -> None:
    if not database.is_closed():
        database.close()


def refuse_surroundings(database: SharedDatabase, name: str) -> None:
    """Raises StoreUnusable where there is no schema, or the database cannot keep every text."""
    ((schema, encoding, _),) = rows(database, SURROUNDINGS)
    if schema is None:
        raise StoreUnusable(f"{name}: there is no schema to make tables in; make the one that search_path names")
    if encoding != "UTF8":
        raise StoreUnusable(
            f"{name}: the database keeps its text as {encoding}; make one for otpushd with ENCODING 'UTF8'"
        )


def refuse_foreign(database: SharedDatabase, name: str) -> None:
    """Raises StoreUnusable where the schema is somebody else's."""
    tables = {table for (table,) in rows(database, TABLES)}
    if tables >= PRODIGY:
        raise StoreUnusable(f"{name}: this is Prodigy's database, which is never written; give the store its own")
    if is_foreign(tables):
        raise StoreUnusable(
            f"{name}: this database belongs to another program; give the store a database or a schema of its own"
        )


def _refuse_company(database: SharedDatabase, name: str) -> None:
    if rows(database, f"SELECT pg_try_advisory_xact_lock({IN_USE})") != [(True,)]:
        raise StoreUnusable(
            f"{name}: the store must be brought up to date, and an older otpushd uses it; stop all that do, then start"
        )


def refuse_rights(database: SharedDatabase, name: str) -> None:
    """Raises StoreUnusable where there are tables that the role may not use."""
    if found := [table for (table,) in rows(database, FORBIDDEN)]:
        who = rows(database, SURROUNDINGS)[0][2]
        raise StoreUnusable(
            f"{name}: {who} may not use {', '.join(sorted(found))}; GRANT SELECT, INSERT, UPDATE, DELETE on all tables"
        )


def mend_of(error: Exception) -> str:
    """What to do about an error of the driver's, wrapped by peewee or not. Holds nothing from the database."""
    cause: BaseException | None = error
    while isinstance(cause, peewee.PeeweeException):  # which wraps the driver's error, at times twice
        cause = cause.__context__
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return refusal(str(cause))[1]
    if state == "42501":
        return "its role may not make tables there; make it the owner of the database, or GRANT CREATE ON SCHEMA"
    if state == "25006":
        return "it is read-only; name the primary, and a role that may write"
    if state == "42703":  # our table of migrations has the name of other tools'
        return "this database belongs to another program; give the store a database or a schema of its own"
    if state == "55P03":
        return "another otpushd has been bringing it up to date for long; look what that one does"
    if state == "53100":
        return "make room on the server's disk"
    return f"PostgreSQL says {state} ({type(cause).__name__})"
