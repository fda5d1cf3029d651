"""A store on PostgreSQL is made once by whoever comes first, and refused with a mend where it cannot or must not be."""

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from playhouse.migrations import Runner

from otpushd.store.postgres import SharedDatabase
from otpushd.store.postgres_opening import open_shared
from otpushd.store.schema import HISTORY, MIGRATIONS, StoreUnusable
from tests.postgres import Cluster
from tests.prodigy_on_postgres import SCHEMA

NAMES = [each.stem for each in sorted(MIGRATIONS.glob("0*.py"))]


@pytest.fixture
def owner(place: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """The database's owner, in the schema of the test."""
    with psycopg.connect(**place, autocommit=True) as connection:  # type: ignore[arg-type]
        yield connection


def refusal(place: Mapping[str, str]) -> str:
    with pytest.raises(StoreUnusable) as caught:
        open_shared(place, "the test")
    return str(caught.value)


def history(owner: psycopg.Connection) -> list[str]:
    return [name for (name,) in owner.execute(f"SELECT name FROM {HISTORY} ORDER BY name")]


def tables(owner: psycopg.Connection) -> set[str]:
    return {name for (name,) in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}


def test_many_that_start_at_once_make_it_once(place: Mapping[str, str], owner: psycopg.Connection) -> None:
    with ThreadPoolExecutor(5) as threads:
        for database in threads.map(lambda number: open_shared(place, f"daemon {number}"), range(5)):
            threads.submit(database.close).result()
    assert history(owner) == NAMES
    open_shared(place, "a later one").close()
    assert history(owner) == NAMES


def test_a_migration_that_fails_halfway_has_not_happened(
    place: Mapping[str, str], owner: psycopg.Connection, tmp_path: Path
) -> None:
    """Its record is in the same transaction as its changes."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    bad = "def up(migrator, db):\n    db.execute_sql('CREATE TABLE half (id INT)')\n    raise RuntimeError\n"
    (folder / "0001_zbad.py").write_text(bad)
    database = SharedDatabase(place, "the test")
    with pytest.raises(RuntimeError):
        Runner(database, str(folder), table_name=HISTORY).up()
    database.close()
    assert ("half" in tables(owner), history(owner)) == (False, ["0001_spine"])
    open_shared(place, "the test").close()
    assert history(owner) == NAMES


def test_a_store_of_a_newer_version_is_refused(place: Mapping[str, str], owner: psycopg.Connection) -> None:
    open_shared(place, "the test").close()
    owner.execute(f"INSERT INTO {HISTORY} (name, applied) VALUES ('0099_future', '2030-01-01')")
    assert "written by a newer otpushd (it has 0099_future); install that version again" in refusal(place)


@pytest.mark.parametrize(
    "columns", ["version INT", "id SERIAL, name TEXT DEFAULT 'theirs', applied TIMESTAMP"], ids=["in shape", "in rows"]
)
def test_another_tools_table_of_migrations_is_not_taken_for_ours(
    place: Mapping[str, str], owner: psycopg.Connection, columns: str
) -> None:
    owner.execute(f"CREATE TABLE {HISTORY} ({columns})")
    owner.execute(f"INSERT INTO {HISTORY} DEFAULT VALUES")
    assert "belongs to another program" in refusal(place)
    assert tables(owner) == {HISTORY}


def test_a_store_is_not_changed_under_an_older_daemon(place: Mapping[str, str], owner: psycopg.Connection) -> None:
    """It would go on with what it remembers, and write that over what the new version has made of it."""
    older = open_shared(place, "an older one")
    owner.execute(f"DELETE FROM {HISTORY} WHERE name = %s", (NAMES[-1],))
    assert "an older otpushd uses it; stop all that do" in refusal(place)
    assert history(owner) == NAMES[:-1]
    older.close()


def test_prodigys_tables_and_another_programs_are_refused_untouched(
    place: Mapping[str, str], owner: psycopg.Connection
) -> None:
    owner.execute("CREATE TABLE notes (id INT)")
    assert "belongs to another program; give the store a database or a schema of its own" in refusal(place)
    owner.execute(SCHEMA)
    assert "this is Prodigy's database, which is never written" in refusal(place)
    assert tables(owner) == {"notes", "dataset", "example", "link"}


def test_prodigys_tables_are_refused_even_beside_ours(place: Mapping[str, str], owner: psycopg.Connection) -> None:
    open_shared(place, "the test").close()
    owner.execute(SCHEMA)
    assert "Prodigy's database" in refusal(place)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"dbname": "nowhere"}, "there is no such database", id="no database"),
        pytest.param({"user": "nobody_at_all", "password": "s3cret"}, "there is no such role", id="no role"),
        pytest.param({"host": "/tmp/no-server-here"}, "no server answers there", id="no server"),
        pytest.param({"options": "-csearch_path=gone"}, "make the one that search_path names", id="no schema"),
    ],
)
def test_what_cannot_be_reached_is_refused_with_a_mend(
    place: Mapping[str, str], changes: Mapping[str, str], said: str
) -> None:
    text = refusal({**place, **changes})
    assert said in text
    assert "s3cret" not in text
    assert "\n" not in text


@pytest.fixture
def guest(cluster: Cluster, owner: psycopg.Connection) -> str:
    """A role that may look into the schema of the test, and nothing else."""
    schema = owner.execute("SELECT current_schema()").fetchone()
    owner.execute(f"CREATE ROLE guest_{schema[0]} LOGIN")  # type: ignore[index]
    owner.execute(f"GRANT USAGE ON SCHEMA {schema[0]} TO guest_{schema[0]}")  # type: ignore[index]
    return f"guest_{schema[0]}"  # type: ignore[index]


def test_a_role_that_may_not_make_tables_is_told_so(place: Mapping[str, str], guest: str) -> None:
    assert "its role may not make tables there" in refusal({**place, "user": guest})


def test_a_role_that_may_not_write_what_is_there_is_told_so(
    place: Mapping[str, str], owner: psycopg.Connection, guest: str
) -> None:
    open_shared(place, "the test").close()
    owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {guest.removeprefix('guest_')} TO {guest}")
    assert f"{guest} may not use case_wait, " in refusal({**place, "user": guest})


def test_a_database_that_cannot_hold_every_text_is_refused(cluster: Cluster) -> None:
    with cluster.connect() as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "make one for otpushd with ENCODING 'UTF8'" in refusal(cluster.parameters("latin"))
    cluster.drop_database("latin")


def test_a_standby_is_refused(cluster: Cluster, store_database: str) -> None:
    cluster.become(standby=True)
    try:
        assert "the server is a standby; name the primary" in refusal(cluster.parameters(store_database))
    finally:
        cluster.become(standby=False)
