"""What can be found out about a store on PostgreSQL without making or changing anything in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import peewee

from otpushd.files.postgres_url import shown
from otpushd.store.facts import SharedFacts
from otpushd.store.postgres import SharedDatabase
from otpushd.store.postgres_opening import TABLES, mend_of, refuse_foreign, refuse_rights, refuse_surroundings
from otpushd.store.schema import HISTORY, StoreUnusable, is_behind
from otpushd.store.sql import rows

NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"
MAY_MAKE = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
# One that has lost its connection is back within a second; its name stands in the connection's.
DAEMONS = """SELECT count(DISTINCT application_name) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'otpushd-store %%' AND pid <> pg_backend_pid()"""


def probe_shared_store(parameters: Mapping[str, str], holder: str, clock: Callable[[], datetime]) -> SharedFacts:
    """The facts of the store in the database that libpq's `parameters` name, looked at under the name of `holder`.

    Raises nothing that a server can cause. `clock` is this machine's.
    """
    facts = SharedFacts(shown(parameters))
    database = SharedDatabase(parameters, holder)
    try:
        with database.connection_context(), database.atomic():
            rows(database, "SET TRANSACTION READ ONLY")
            return _looked_at(database, facts, clock)
    except peewee.PeeweeException as error:
        return replace(facts, trouble=f"it cannot be opened; {mend_of(error)}")
    except StoreUnusable as error:
        return replace(facts, trouble=str(error).removeprefix(f"{facts.shown}: "))


def _looked_at(database: SharedDatabase, facts: SharedFacts, clock: Callable[[], datetime]) -> SharedFacts:
    before = clock()
    ((theirs,),) = rows(database, NOW)
    ours = before + (clock() - before) / 2
    refuse_surroundings(database, facts.shown)
    refuse_foreign(database, facts.shown)
    exists = HISTORY in {table for (table,) in rows(database, TABLES)}
    behind = is_behind(database, facts.shown) if exists else True
    refuse_rights(database, facts.shown)
    ((may_make,),) = rows(database, MAY_MAKE)
    ((daemons,),) = rows(database, DAEMONS)
    ahead = datetime.fromtimestamp(theirs, UTC) - ours
    return replace(facts, exists=exists, behind=behind, may_make=may_make, daemons=daemons, ahead=ahead)
