"""Prodigy's PostgreSQL database is read without losing or repeating a link, by a role that may only read."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otpushd.model.row import DatasetRow, LinkRow, Page
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.prodigy.postgres_sql import PAGE_BYTES, PAGE_ROWS
from otpushd.prodigy.unavailable import SourceUnavailable
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres


@dataclass
class Watch:
    """Reads as the daemon does, with the mark and the taken ids that its store would hold."""

    source: PostgresSource
    mark: int = 0
    taken: frozenset[int] = frozenset()
    fingerprint: tuple[int, ...] | None = None
    links: list[LinkRow] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def look(self) -> list[int]:
        """The ids that one poll reports."""
        before = len(self.links)
        while True:
            page = self.source.read(self.mark, (), self.fingerprint, self.taken)
            self.links += page.links
            self.pages.append(page)
            dealt_with = self.taken.union([link.id for link in page.links])
            self.taken = frozenset([number for number in dealt_with if page.mark < number <= page.highest])
            self.mark, self.fingerprint = page.mark, page.fingerprint
            if page.last:
                return [link.id for link in self.links[before:]]

    def close_all(self) -> None:
        """Look until everything is closed: the second look after a row asks nobody any more."""
        for _ in range(3):
            self.look()


@pytest.fixture
def source(cluster: Cluster, postgres_database: str) -> Iterator[PostgresSource]:
    source = PostgresSource(cluster.parameters(postgres_database, READER))
    yield source
    source.close()


@pytest.fixture
def watch(source: PostgresSource) -> Watch:
    return Watch(source)


@pytest.fixture
def prodigy(prodigy_on_postgres: ProdigyOnPostgres) -> ProdigyOnPostgres:
    """A writer; its first example and dataset are there already, for links to be made of."""
    prodigy_on_postgres.examples([{"text": "t"}])
    prodigy_on_postgres.dataset("news", created=100)
    return prodigy_on_postgres


@pytest.fixture
def another(
    cluster: Cluster, postgres_database: str, prodigy: ProdigyOnPostgres
) -> Iterator[Callable[[], ProdigyOnPostgres]]:
    """Makes further writers to the same database."""
    made: list[ProdigyOnPostgres] = []

    def make() -> ProdigyOnPostgres:
        made.append(ProdigyOnPostgres(cluster, postgres_database))
        return made[-1]

    yield make
    for each in made:
        each.close()


Another = Callable[[], ProdigyOnPostgres]


def fault(source: PostgresSource) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as caught:
        source.read(0, (), None, ())
    return caught.value


def test_a_save_is_seen_as_links_with_their_examples_sessions_and_datasets(
    prodigy_on_postgres: ProdigyOnPostgres, source: PostgresSource
) -> None:
    prodigy_on_postgres.dataset("news", created=100)
    prodigy_on_postgres.save("news", [{"text": "t", "_input_hash": -5, "_task_hash": 7}], session="news-ann")
    page = source.read(0, (), None, ())
    content = b'{"_input_hash": -5, "_task_hash": 7, "text": "t"}'
    assert page.links == (LinkRow(1, 1, 1, -5, 7, content, len(content)), LinkRow(2, 1, 2, None, None, None, 0))
    assert page.datasets is not None
    assert page.datasets[0] == DatasetRow(1, "news", 100, False, True)
    assert page.datasets[1][1:2] + page.datasets[1][3:] == ("news-ann", True, False)
    assert (page.sessions, page.highest, page.last, page.notes) == ({1: (2,)}, 2, True, ())


def test_the_mark_follows_once_nobody_can_bring_a_lower_id(prodigy: ProdigyOnPostgres, watch: Watch) -> None:
    prodigy.links("news", [1, 1])
    assert (watch.look(), watch.mark, watch.taken) == ([1, 2], 0, {1, 2})
    assert (watch.look(), watch.mark, watch.taken) == ([], 2, frozenset())


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_transaction_that_took_a_lower_id_is_waited_for(
    prodigy: ProdigyOnPostgres, another: Another, watch: Watch, end: str
) -> None:
    """However long: ids are handed out in order, and made visible in any."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    assert prodigy.links("news", [1]) == [2]
    assert [watch.look() for _ in range(4)] == [[2], [], [], []]
    assert (watch.mark, watch.taken) == (0, {2})
    slow.execute(end)
    assert watch.look() == ([1] if end == "COMMIT" else [])
    watch.close_all()
    assert (watch.mark, watch.taken) == (2, frozenset())


def test_those_who_come_later_are_not_waited_for(prodigy: ProdigyOnPostgres, another: Another, watch: Watch) -> None:
    """With a writer at any moment the mark follows all the same."""
    prodigy.links("news", [1])
    watch.look()
    late = another()
    late.execute("BEGIN")
    late.link(1, 1)
    watch.look()
    assert watch.mark == 1
    late.execute("COMMIT")
    assert watch.look() == [2]


@pytest.mark.parametrize(
    "statement",
    ["SELECT pg_current_xact_id()", "INSERT INTO dataset VALUES (9, 'x', 1, '', false)", "SELECT FROM link"],
)
def test_a_transaction_that_writes_no_links_holds_nothing_up(
    prodigy: ProdigyOnPostgres, another: Another, watch: Watch, statement: str
) -> None:
    idle = another()
    idle.execute("BEGIN")
    idle.execute(statement)
    prodigy.links("news", [1])
    assert (watch.look(), watch.look(), watch.mark) == ([1], [], 1)


def test_a_prepared_transaction_is_waited_for(
    cluster: Cluster, prodigy: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """It goes on under another name, without a session."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    prodigy.links("news", [1])
    watch.look()
    slow.execute("PREPARE TRANSACTION 'save'")
    slow.close()
    watch.close_all()
    assert watch.mark == 0
    prodigy.execute("COMMIT PREPARED 'save'")
    assert watch.look() == [1]


def test_a_savepoint_that_is_rolled_back_lets_go_of_the_lock_and_of_its_ids(
    prodigy: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """The transaction's next id is above all that were there meanwhile."""
    nested = another()
    nested.execute("BEGIN; SAVEPOINT a")
    nested.link(1, 1)
    prodigy.links("news", [1])
    watch.look()
    nested.execute("ROLLBACK TO SAVEPOINT a")
    watch.close_all()
    assert watch.mark == 2
    nested.link(1, 1)
    prodigy.links("news", [1])
    watch.look()
    nested.execute("COMMIT")
    assert watch.look() == [3]


@pytest.mark.parametrize("how", ["a new reader", "the connection is killed", "the server is restarted"])
def test_nothing_is_lost_when_the_reader_begins_anew_while_somebody_writes(
    cluster: Cluster, prodigy: ProdigyOnPostgres, another: Another, watch: Watch, how: str
) -> None:
    """Whom it waited for, it has forgotten."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    prodigy.links("news", [1])
    watch.look()
    if how == "a new reader":
        watch.source.close()
    elif how == "the connection is killed":
        prodigy.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'otpushd'")
        assert fault(watch.source).code == "unreachable"
    else:
        slow.execute("PREPARE TRANSACTION 'save'")
        cluster.stop()
        assert [fault(watch.source).code for _ in range(2)] == ["unreachable"] * 2
        cluster.start()
    assert (watch.look(), watch.mark) == ([], 0)
    if how == "the server is restarted":
        another().execute("COMMIT PREPARED 'save'")
    else:
        slow.execute("COMMIT")
    assert watch.look() == [1]
    watch.close_all()
    assert (watch.mark, watch.taken) == (2, frozenset())


def test_with_a_cache_in_the_sequence_it_waits_for_sessions_and_says_so(
    prodigy: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """A session may use an id that it was given long ago."""
    prodigy.execute("ALTER SEQUENCE link_id_seq CACHE 20")
    early, late = another(), another()
    assert (early.links("news", [1]), late.links("news", [1])) == ([1], [21])
    assert watch.look() == [1, 21]
    watch.close_all()
    assert early.links("news", [1]) == [2]
    assert watch.look() == [2]
    (note,) = watch.pages[0].notes
    assert "sequence link_id_seq has CACHE 20 (mend: ALTER SEQUENCE link_id_seq CACHE 1" in note
    for session in (early, late, prodigy):
        session.close()
    watch.close_all()
    assert watch.mark == 21


def test_a_cache_that_the_sequence_is_given_later_is_noticed(
    prodigy: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    prodigy.links("news", [1])
    watch.close_all()
    prodigy.execute("ALTER SEQUENCE link_id_seq CACHE 20")
    early, late = another(), another()
    early.links("news", [1])
    late.links("news", [1])
    with pytest.raises(SourceUnavailable, match="tables_changed"):
        watch.look()
    assert watch.look() == [2, 22]
    watch.close_all()
    early.links("news", [1])
    assert (watch.look(), len(watch.pages[-1].notes)) == ([3], 1)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("ALTER TABLE link ALTER id SET DEFAULT (random() * 1e9)::int", "do not come from one plain sequence"),
        ("ALTER TABLE link ALTER id DROP DEFAULT", "do not come from one plain sequence"),
        ("ALTER SEQUENCE link_id_seq INCREMENT -1 MINVALUE -9 START -1", "do not come from one plain sequence"),
        ("ALTER TABLE link ENABLE ROW LEVEL SECURITY", "row level security hides rows of"),
    ],
)
def test_what_makes_reading_uncertain_is_told(
    prodigy: ProdigyOnPostgres, source: PostgresSource, sql: str, said: str
) -> None:
    prodigy.execute(sql)
    (note,) = source.read(0, (), None, ()).notes
    assert said in note


def test_an_identity_column_is_as_good_as_a_serial_one(prodigy: ProdigyOnPostgres, watch: Watch) -> None:
    prodigy.execute("ALTER TABLE link ALTER id DROP DEFAULT; DROP SEQUENCE link_id_seq")
    prodigy.execute("ALTER TABLE link ALTER id ADD GENERATED BY DEFAULT AS IDENTITY")
    prodigy.links("news", [1])
    watch.close_all()
    assert (watch.mark, watch.pages[0].notes) == (1, ())


def test_many_rows_come_in_pages_that_lose_and_repeat_none(prodigy: ProdigyOnPostgres, watch: Watch) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(PAGE_ROWS + 1)], session="news-ann")
    assert watch.look() == list(range(1, 2 * PAGE_ROWS + 3))
    assert [len(page.links) for page in watch.pages] == [PAGE_ROWS, PAGE_ROWS, 2]
    assert watch.pages[0].sessions == {number + 1: (2,) for number in range(1, PAGE_ROWS + 1)}


def test_pages_with_a_gap_that_is_filled_meanwhile_lose_nothing(
    prodigy: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """The rows that come late lie before, between and after the pages."""
    prodigy.execute("BEGIN")
    slow = another()
    slow.execute("BEGIN")
    for _ in range(3):
        slow.link(1, 1)
        prodigy.execute(f"INSERT INTO link (example_id, dataset_id) SELECT 1, 1 FROM generate_series(1, {PAGE_ROWS})")
    prodigy.execute("COMMIT")
    first = watch.source.read(0, (), None, ())
    watch.taken, watch.links = frozenset(link.id for link in first.links), list(first.links)
    slow.execute("COMMIT")
    watch.close_all()
    assert sorted(link.id for link in watch.links) == list(range(1, 3 * PAGE_ROWS + 4))
    assert (watch.mark, watch.taken) == (3 * PAGE_ROWS + 3, frozenset())


def test_of_a_backlog_only_so_much_is_read_while_somebody_holds_the_mark(
    cluster: Cluster, postgres_database: str, prodigy: ProdigyOnPostgres, another: Another
) -> None:
    """What is above the mark has to be remembered: a baseline beside a long import must not fill the memory."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    prodigy.execute(f"INSERT INTO link (example_id, dataset_id) SELECT 1, 1 FROM generate_series(1, {5 * PAGE_ROWS})")
    watch = Watch(PostgresSource(cluster.parameters(postgres_database, READER), most_open=PAGE_ROWS))
    assert (len(watch.look()), watch.look(), watch.mark) == (PAGE_ROWS, [], 0)
    assert "a transaction that writes links has been open for long" in watch.pages[-1].notes[0]
    slow.execute("COMMIT")
    watch.close_all()
    assert (len(watch.links), watch.mark) == (5 * PAGE_ROWS + 1, 5 * PAGE_ROWS + 1)
    watch.source.close()


def test_large_rows_make_short_pages(prodigy: ProdigyOnPostgres, watch: Watch) -> None:
    prodigy.save("news", [{"image": "x" * 1_500_000} for _ in range(5)], session="news-ann")
    assert watch.look() == list(range(1, 11))
    assert max(sum(link.size for link in page.links) for page in watch.pages) <= PAGE_BYTES


def test_a_row_larger_than_a_page_is_a_page_of_its_own(prodigy: ProdigyOnPostgres, watch: Watch) -> None:
    prodigy.save("news", [{"text": "a"}, {"image": "x" * 5_000_000}, {"text": "c"}])
    watch.look()
    assert [len(page.links) for page in watch.pages] == [1, 1, 1]


def test_a_row_of_eighty_megabytes_is_skipped_without_loading_it(prodigy: ProdigyOnPostgres, watch: Watch) -> None:
    prodigy.execute("UPDATE example SET content = convert_to(repeat('x', 80000000), 'UTF8')")
    prodigy.links("news", [1])
    watch.look()
    assert (watch.links[0].content, watch.links[0].size) == (None, 80_000_000)


@pytest.mark.parametrize(
    ("change", "content"),
    [
        pytest.param("example ALTER content TYPE text USING 'ä'", "ä".encode(), id="a text"),
        pytest.param('example ALTER content TYPE json USING \'{"a": "ä"}\'', '{"a": "ä"}'.encode(), id="json"),
        pytest.param("example ALTER content TYPE jsonb USING '{\"a\":  1}'", b'{"a": 1}', id="jsonb"),
        pytest.param("example ALTER content TYPE bytea USING '\\xff'", b"\xff", id="bytes that are no text"),
        pytest.param("example ALTER content DROP NOT NULL, ALTER content TYPE bytea USING NULL", None, id="null"),
        pytest.param("dataset ALTER session TYPE integer USING session::int", b"", id="session as integer"),
        pytest.param("dataset ALTER created TYPE integer", b"", id="created as integer"),
        pytest.param("dataset ALTER meta TYPE text USING ''", b"", id="meta as text"),
        pytest.param("link ALTER id TYPE bigint", b"", id="a long id"),
    ],
)
def test_columns_of_other_types_are_read_too(
    prodigy: ProdigyOnPostgres, source: PostgresSource, change: str, content: bytes | None
) -> None:
    """The schema of every version is not known (prodigy.md 1.1)."""
    prodigy.execute("UPDATE example SET content = ''")
    prodigy.links("news", [1])
    prodigy.execute(f"ALTER TABLE {change}")
    page = source.read(0, (), None, ())
    assert (page.links[0].content, page.links[0].size) == (content, len(content or b""))
    assert page.datasets == (DatasetRow(1, "news", 100, False, True),)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_in_another_encoding_is_read(cluster: Cluster, encoding: str, prodigy_template: str) -> None:
    """Names come out as they were put in, and bytes that are no text stop nobody."""
    name = f"in_{encoding}".lower()
    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING {encoding} TEMPLATE template0 LOCALE 'C'")
    with cluster.connect(name) as connection:
        connection.execute("CREATE TABLE dataset (id serial, name text, created int, meta text, session bool)")
        connection.execute("CREATE TABLE example (id serial, input_hash int, task_hash int, content text)")
        connection.execute("CREATE TABLE link (id serial, example_id int, dataset_id int)")
        connection.execute("INSERT INTO dataset (name, session) VALUES (%s, false)", ("Größe",))
    page = PostgresSource(cluster.parameters(name)).read(0, (), None, ())
    assert [row.name for row in page.datasets or ()] == ["Größe"]
    cluster.drop_database(name)


def test_a_session_link_that_comes_late_is_found_for_the_examples_that_are_asked_about(
    prodigy: ProdigyOnPostgres, source: PostgresSource
) -> None:
    examples = prodigy.save("news", [{"text": "a"}, {"text": "b"}])
    first = source.read(0, (), None, ())
    assert source.read(2, examples, first.fingerprint, ()).sessions == {}
    session = prodigy.session("news-ann")
    prodigy.links("news-ann", examples[:1])
    assert [source.read(3, examples, None, ()).sessions for _ in range(2)] == [{2: (session,)}] * 2


@pytest.mark.parametrize("change", ["created", "dropped", "replaced", "renamed", "session"])
def test_any_change_of_the_datasets_shows_them_anew(
    prodigy: ProdigyOnPostgres, source: PostgresSource, change: str
) -> None:
    first = source.read(0, (), None, ())
    assert source.read(0, (), first.fingerprint, ()).datasets is None
    if change in ("dropped", "replaced"):
        prodigy.drop("news")
    if change in ("created", "replaced"):
        prodigy.dataset("other", created=100)
    if change in ("renamed", "session"):
        prodigy.execute(f"UPDATE dataset SET {'name = 5' if change == 'renamed' else 'session = true'}")
    again = source.read(0, (), first.fingerprint, ())
    assert again.datasets is not None
    assert again.datasets != first.datasets


def test_the_mark_falls_with_the_ids_and_what_is_given_out_again_is_reported(
    prodigy: ProdigyOnPostgres, watch: Watch
) -> None:
    """A restored backup, or a sequence that was set back."""
    prodigy.links("news", [1, 1, 1])
    watch.close_all()
    prodigy.execute("DELETE FROM link WHERE id > 1")
    assert (watch.look(), watch.mark) == ([], 1)
    prodigy.execute("ALTER SEQUENCE link_id_seq RESTART WITH 2")
    prodigy.links("news", [1])
    assert watch.look() == [2]


def test_tables_that_are_replaced_are_looked_at_anew(prodigy: ProdigyOnPostgres, watch: Watch) -> None:
    """A barrier that goes on asking about the locks of a table that is gone would see nobody write."""
    prodigy.links("news", [1])
    watch.close_all()
    prodigy.execute("ALTER TABLE link RENAME TO old; CREATE TABLE link (LIKE old INCLUDING ALL)")
    prodigy.execute(f"GRANT SELECT ON link TO {READER}; INSERT INTO link SELECT * FROM old")
    with pytest.raises(SourceUnavailable, match="tables_changed"):
        watch.look()
    prodigy.links("news", [1])
    assert watch.look() == [2]


@pytest.mark.parametrize("table", ["dataset", "example", "link"])
def test_a_missing_right_on_a_table_is_named_with_its_grant(
    prodigy: ProdigyOnPostgres, source: PostgresSource, table: str
) -> None:
    """At the start, and when it is taken away later."""
    source.read(0, (), None, ())
    prodigy.execute(f"REVOKE SELECT ON {table} FROM {READER}")
    assert fault(source).code == "permission_denied"
    error = fault(source)
    assert error.code == "permission_denied"
    assert f'run: GRANT SELECT ON "public"."{table}" TO "{READER}"' in error.mend
    prodigy.execute(f"GRANT SELECT ON {table} TO {READER}")
    assert source.read(0, (), None, ()).highest == 0


def test_rights_on_the_columns_alone_are_enough(prodigy: ProdigyOnPostgres, source: PostgresSource) -> None:
    prodigy.execute(
        f"REVOKE SELECT ON link FROM {READER}; GRANT SELECT (id, example_id, dataset_id) ON link TO {READER}"
    )
    prodigy.links("news", [1])
    assert source.read(0, (), None, ()).highest == 1


def test_a_missing_right_on_the_schema_is_named_with_its_grant(
    prodigy: ProdigyOnPostgres, source: PostgresSource
) -> None:
    """Without it the tables are as good as not there."""
    prodigy.execute(f"REVOKE USAGE ON SCHEMA public FROM PUBLIC, {READER}")
    error = fault(source)
    assert error.code == "permission_denied"
    assert f'run: GRANT USAGE ON SCHEMA "public" TO "{READER}"' in error.mend


def test_tables_in_another_schema_are_found_by_the_search_path(
    cluster: Cluster, postgres_database: str, prodigy: ProdigyOnPostgres, source: PostgresSource
) -> None:
    """Without it their schema is named."""
    prodigy.links("news", [1])
    prodigy.execute(f'CREATE SCHEMA "Other one"; GRANT USAGE ON SCHEMA "Other one" TO {READER}')
    for table in ("dataset", "example", "link"):
        prodigy.execute(f'ALTER TABLE {table} SET SCHEMA "Other one"')
    error = fault(source)
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
    prodigy: ProdigyOnPostgres, source: PostgresSource, sql: str, code: str, said: str, connected: bool
) -> None:
    if connected:
        source.read(0, (), None, ())
    prodigy.execute(sql)
    if connected:
        assert fault(source).code in ("not_prodigy", "tables_changed", "permission_denied")
    error = fault(source)
    assert (error.code, said in error.mend) == (code, True)


def test_a_standby_is_refused(cluster: Cluster, prodigy: ProdigyOnPostgres, source: PostgresSource) -> None:
    """It does not know who is writing on the primary."""
    prodigy.close()
    cluster.become(standby=True)
    try:
        assert fault(source).code == "standby"
    finally:
        cluster.become(standby=False)
    assert source.read(0, (), None, ()).highest == 0


def test_a_locked_table_is_not_waited_for_longer_than_a_second(
    prodigy: ProdigyOnPostgres, source: PostgresSource
) -> None:
    prodigy.execute("BEGIN; LOCK TABLE link")
    assert fault(source).code == "locked"
    prodigy.execute("COMMIT")
    assert source.read(0, (), None, ()).highest == 0


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


def test_reading_leaves_no_transaction_open(prodigy: ProdigyOnPostgres, source: PostgresSource) -> None:
    prodigy.links("news", [1])
    source.read(0, (), None, ())
    query = "SELECT state, xact_start, backend_xmin::text FROM pg_stat_activity WHERE application_name = 'otpushd'"
    assert prodigy.execute(query) == [("idle", None, None)]


def test_nothing_can_be_written_by_reading(prodigy: ProdigyOnPostgres, source: PostgresSource) -> None:
    """Not even by a function that runs with its owner's rights at every row that is read."""
    prodigy.execute(
        "CREATE FUNCTION write(int) RETURNS bool LANGUAGE sql SECURITY DEFINER "
        "AS 'INSERT INTO public.example VALUES (99, 0, 0, NULL) RETURNING true'; "
        "ALTER TABLE dataset ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON dataset USING (write(id))"
    )
    assert "25006 (ReadOnlySqlTransaction)" in fault(source).mend


OPERATIONS = st.one_of(
    st.tuples(st.sampled_from(["insert", "commit", "rollback"]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["insert", "commit", "savepoint", "back"]), st.integers(0, 2)),
    st.tuples(st.just("look"), st.just(0)),
    st.tuples(st.just("look"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(OPERATIONS, min_size=10, max_size=40))
def test_three_writers_in_any_order_lose_and_repeat_nothing(
    prodigy: ProdigyOnPostgres, another: Another, source: PostgresSource, story: list[tuple[str, int]]
) -> None:
    """On the real server: each operation is a whole one here, tests/prodigy/test_writer_barrier.py cuts finer."""
    writers = [another() for _ in range(3)]
    prodigy.execute("TRUNCATE link RESTART IDENTITY")
    watch = Watch(source)
    for what, slot in story:
        play(watch, writers[slot], what)
    for writer in writers:
        play(watch, writer, "commit")
        writer.close()
    watch.close_all()
    found = [link.id for link in watch.links]
    assert sorted(found) == [number for (number,) in prodigy.execute("SELECT id FROM link ORDER BY id")]
    assert (watch.mark, watch.taken) == (max(found, default=0), frozenset())


def play(watch: Watch, writer: ProdigyOnPostgres, what: str) -> None:
    begun = writer.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
    statements: dict[str, Any] = {"commit": "COMMIT", "rollback": "ROLLBACK", "savepoint": "SAVEPOINT a"}
    if what == "look":
        watch.look()
    elif what == "restart":
        watch.source.close()
    elif what == "insert":
        if not begun:
            writer.execute("BEGIN")
        writer.link(1, 1)
    elif begun and what == "back":
        with suppress(psycopg.errors.InvalidSavepointSpecification):
            writer.execute("ROLLBACK TO SAVEPOINT a")
        if writer.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            writer.execute("ROLLBACK")
    elif begun:
        writer.execute(statements[what])
