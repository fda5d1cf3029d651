"""Where Prodigy's PostgreSQL database cannot be read: why is told with the mend, and it goes on once it can."""

import pytest

from otpushd.prodigy.postgres_source import PostgresSource
from tests.postgres import Cluster
from tests.postgres_watch import fault
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres


@pytest.mark.parametrize("table", ["dataset", "example", "link"])
def test_a_missing_right_on_a_table_is_named_with_its_grant(
    writer: ProdigyOnPostgres, postgres_source: PostgresSource, table: str
) -> None:
    """At the start, and when it is taken away later."""
    postgres_source.read(0, (), None, ())
    writer.execute(f"REVOKE SELECT ON {table} FROM {READER}")
    assert fault(postgres_source).code == "permission_denied"
    error = fault(postgres_source)
    assert error.code == "permission_denied"
    assert f'run: GRANT SELECT ON "public"."{table}" TO "{READER}"' in error.mend
    writer.execute(f"GRANT SELECT ON {table} TO {READER}")
    assert postgres_source.read(0, (), None, ()).highest == 0


def test_rights_on_the_columns_alone_are_enough(writer: ProdigyOnPostgres, postgres_source: PostgresSource) -> None:
    writer.execute(
        f"REVOKE SELECT ON link FROM {READER}; GRANT SELECT (id, example_id, dataset_id) ON link TO {READER}"
    )
    writer.links("news", [1])
    assert postgres_source.read(0, (), None, ()).highest == 1


def test_a_missing_right_on_the_schema_is_named_with_its_grant(
    writer: ProdigyOnPostgres, postgres_source: PostgresSource
) -> None:
    """Without it the tables are as good as not there."""
    writer.execute(f"REVOKE USAGE ON SCHEMA public FROM PUBLIC, {READER}")
    error = fault(postgres_source)
    assert error.code == "permission_denied"
    assert f'run: GRANT USAGE ON SCHEMA "public" TO "{READER}"' in error.mend


def test_tables_in_another_schema_are_found_by_the_search_path(
    cluster: Cluster, postgres_database: str, writer: ProdigyOnPostgres, postgres_source: PostgresSource
) -> None:
    """Without it their schema is named."""
    writer.links("news", [1])
    writer.execute(f'CREATE SCHEMA "Other one"; GRANT USAGE ON SCHEMA "Other one" TO {READER}')
    for table in ("dataset", "example", "link"):
        writer.execute(f'ALTER TABLE {table} SET SCHEMA "Other one"')
    error = fault(postgres_source)
    assert error.code == "not_prodigy"
    assert 'is in schema "Other one", which is not in the search path' in error.mend
    options = {"options": '-c search_path="Other\\ one"'}
    found = PostgresSource(cluster.parameters(postgres_database, READER) | options)
    assert found.read(0, (), None, ()).highest == 1
    found.close()


@pytest.mark.parametrize(
    ("sql", "code", "said"),
    [
        ("DROP TABLE link, example, dataset", "empty", "has no tables yet"),
        ("DROP TABLE link", "not_prodigy", "there is no table link"),
        ("ALTER TABLE example DROP content", "not_prodigy", 'table "public"."example" lacks content'),
        ("ALTER TABLE link RENAME TO old; CREATE VIEW link AS SELECT * FROM old", "not_prodigy", "is not a table"),
    ],
)
@pytest.mark.parametrize("connected", [True, False], ids=["connected", "at the start"])
def test_what_is_no_prodigy_database_is_told(
    writer: ProdigyOnPostgres, postgres_source: PostgresSource, sql: str, code: str, said: str, connected: bool
) -> None:
    if connected:
        postgres_source.read(0, (), None, ())
    writer.execute(sql)
    if connected:
        assert fault(postgres_source).code in ("not_prodigy", "tables_changed", "permission_denied")
    error = fault(postgres_source)
    assert (error.code, said in error.mend) == (code, True)


def test_a_standby_is_refused(cluster: Cluster, writer: ProdigyOnPostgres, postgres_source: PostgresSource) -> None:
    """It does not know who is writing on the primary."""
    writer.close()
    cluster.become(standby=True)
    try:
        assert fault(postgres_source).code == "standby"
    finally:
        cluster.become(standby=False)
    assert postgres_source.read(0, (), None, ()).highest == 0


def test_a_locked_table_is_not_waited_for_longer_than_a_second(
    writer: ProdigyOnPostgres, postgres_source: PostgresSource
) -> None:
    writer.execute("BEGIN; LOCK TABLE link")
    assert fault(postgres_source).code == "locked"
    writer.execute("COMMIT")
    assert postgres_source.read(0, (), None, ()).highest == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"dbname": "nowhere"}, "refused", id="no such database"),
        pytest.param({"user": "nobody_here"}, "refused", id="no such role"),
        pytest.param({"host": "/nowhere"}, "unreachable", id="no server"),
        pytest.param({"host": "127.0.0.1", "port": "1"}, "unreachable", id="nothing listens"),
    ],
)
def test_why_there_is_no_connection_is_told_without_the_password(
    cluster: Cluster, postgres_database: str, change: dict[str, str], code: str
) -> None:
    parameters = cluster.parameters(postgres_database, READER) | {"password": "s3cret"} | change
    error = fault(PostgresSource(parameters))
    assert (error.code, "s3cret" in str(error)) == (code, False)


def test_nothing_can_be_written_by_reading(writer: ProdigyOnPostgres, postgres_source: PostgresSource) -> None:
    """Not even by a function that runs with its owner's rights at every row that is read."""
    writer.execute(
        "CREATE FUNCTION write(int) RETURNS bool LANGUAGE sql SECURITY DEFINER "
        "AS 'INSERT INTO public.example VALUES (99, 0, 0, NULL) RETURNING true'; "
        "ALTER TABLE dataset ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON dataset USING (write(id))"
    )
    assert "25006 (ReadOnlySqlTransaction)" in fault(postgres_source).mend
