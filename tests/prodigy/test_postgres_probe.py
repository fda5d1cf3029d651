"""What is found out about a PostgreSQL database by a role that may only read, on a real server."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from otpushd.prodigy import postgres_probe
from otpushd.prodigy.facts import PostgresFacts
from otpushd.prodigy.postgres_probe import probe_postgres
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres
from tests.prodigy_structured import StructuredProdigy, envelope

LINK = "INSERT INTO link (example_id, dataset_id) VALUES (1, 1)"


@pytest.fixture
def admin(cluster: Cluster, postgres_database: str) -> Iterator[psycopg.Connection]:
    with cluster.connect(postgres_database) as connection:
        yield connection


@pytest.fixture
def probe(cluster: Cluster, postgres_database: str):
    def probing(user: str = READER) -> PostgresFacts:
        return probe_postgres(cluster.parameters(postgres_database, user))

    return probing


def test_the_role_of_the_readme_has_what_it_needs_and_no_more(probe) -> None:
    facts = probe()

    assert facts.trouble is None and facts.in_order and facts.local and not facts.superuser
    assert facts.role == READER
    assert [(one.table, one.usage, one.select, one.more) for one in facts.rights] == [
        ("public.dataset", True, True, ()),
        ("public.example", True, True, ()),
        ("public.link", True, True, ()),
    ]
    assert (facts.notes, facts.writers, facts.structured, facts.idle_limit) == ((), (), (), None)


def test_the_clock_of_this_very_machine_agrees(probe) -> None:
    facts = probe()

    assert facts.ahead is not None and abs(facts.ahead) < timedelta(seconds=1)
    assert facts.round_trip and facts.round_trip < timedelta(seconds=1)


def test_rights_beyond_reading_are_told(probe, admin) -> None:
    admin.execute(f"GRANT INSERT, DELETE ON link TO {READER}")

    assert [one.more for one in probe().rights] == [(), (), ("INSERT", "DELETE")]


def test_a_superuser_is_told(probe) -> None:
    assert probe("postgres").superuser


@pytest.mark.parametrize(
    ("revoke", "lacking"),
    [
        pytest.param("SELECT ON link, example", {"public.example", "public.link"}, id="two tables"),
        pytest.param("USAGE ON SCHEMA public", {"public.dataset", "public.example", "public.link"}, id="schema"),
    ],
)
def test_every_right_that_is_lacking_is_told_at_once(probe, admin, revoke: str, lacking: set[str]) -> None:
    admin.execute(f"REVOKE {revoke} FROM {READER}, PUBLIC")

    facts = probe()

    assert facts.trouble and facts.trouble.code == "permission_denied"
    assert {one.table for one in facts.rights if not (one.usage and one.select)} == lacking


def test_a_larger_sequence_cache_is_told_with_its_mend(probe, admin) -> None:
    admin.execute("ALTER SEQUENCE link_id_seq CACHE 20")

    facts = probe()

    assert not facts.in_order
    assert "CACHE 20" in facts.notes[0]
    assert "ALTER SEQUENCE link_id_seq CACHE 1" in facts.notes[0]


def test_an_open_writer_is_told_although_the_role_may_not_see_how_old_it_is(
    probe, prodigy_on_postgres: ProdigyOnPostgres
) -> None:
    prodigy_on_postgres.execute("INSERT INTO dataset (name, created, meta, session) VALUES ('d', 1, '', false)")
    prodigy_on_postgres.execute("INSERT INTO example (input_hash, task_hash, content) VALUES (1, 1, '{}')")
    prodigy_on_postgres.execute("BEGIN")
    prodigy_on_postgres.execute(LINK)

    (writer,) = probe().writers

    assert (writer.who, writer.prepared) == ("postgres", None)
    assert writer.age >= timedelta(seconds=postgres_probe.PAUSE_SECONDS)


def test_a_forgotten_prepared_transaction_is_told_by_its_name(probe, prodigy_on_postgres: ProdigyOnPostgres) -> None:
    prodigy_on_postgres.execute("INSERT INTO dataset (name, created, meta, session) VALUES ('d', 1, '', false)")
    prodigy_on_postgres.execute("INSERT INTO example (input_hash, task_hash, content) VALUES (1, 1, '{}')")
    prodigy_on_postgres.execute("BEGIN")
    prodigy_on_postgres.execute(LINK)
    prodigy_on_postgres.execute("PREPARE TRANSACTION 'forgotten'")

    (writer,) = probe().writers
    prodigy_on_postgres.execute("ROLLBACK PREPARED 'forgotten'")

    assert (writer.who, writer.prepared) == ("postgres", "forgotten")


def test_structured_tables_that_the_daemon_reads_are_told_with_what_the_role_may_do(
    probe, admin, prodigy_on_postgres: ProdigyOnPostgres
) -> None:
    StructuredProdigy(prodigy_on_postgres, postgres=True)
    admin.execute(f"GRANT INSERT ON structured_link TO {READER}")

    facts = probe()

    assert facts.structured == ("public.structured_example", "public.structured_link")
    assert facts.in_order and facts.notes == ()
    assert [(one.table, one.more) for one in facts.rights if one.more] == [("public.structured_link", ("INSERT",))]


@pytest.mark.parametrize("used", [False, True])
def test_structured_tables_that_may_not_be_read_are_in_the_way_once_they_are_used(
    probe, admin, prodigy_on_postgres: ProdigyOnPostgres, used: bool
) -> None:
    tables = StructuredProdigy(prodigy_on_postgres, postgres=True)
    admin.execute(f"REVOKE SELECT ON structured_link FROM {READER}")
    if used:
        tables.save("news", [envelope()], "news-ann")

    facts = probe()

    (said,) = (facts.trouble.text,) if facts.trouble else facts.notes
    assert (facts.trouble is not None, facts.structured) == (used, ())
    assert f'GRANT SELECT ON "public"."structured_link" TO "{READER}"' in said


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"host": "/nowhere"}, "unreachable", id="no server"),
        pytest.param({"user": "nobody_known"}, "refused", id="no such role"),
        pytest.param({"dbname": "nowhere"}, "refused", id="no such database"),
    ],
)
def test_why_there_is_no_connection_is_told(
    cluster: Cluster, postgres_database: str, change: dict[str, str], code: str
) -> None:
    facts = probe_postgres(cluster.parameters(postgres_database, READER) | {"password": "s3cret"} | change)

    assert facts.trouble and facts.trouble.code == code
    assert "s3cret" not in repr(facts)


def test_a_standby_is_told(cluster: Cluster, probe) -> None:
    cluster.become(standby=True)
    try:
        facts = probe()
    finally:
        cluster.become(standby=False)

    assert facts.trouble and facts.trouble.code == "standby"
