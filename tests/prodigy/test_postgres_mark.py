"""On PostgreSQL ids become visible in any order: no link is lost or repeated, and the mark follows soon."""

from contextlib import suppress
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.prodigy.postgres_sql import PAGE_ROWS
from otpushd.prodigy.unavailable import SourceUnavailable
from tests.postgres import Cluster
from tests.postgres_watch import Another, Watch, fault
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres


def test_the_mark_follows_once_nobody_can_bring_a_lower_id(writer: ProdigyOnPostgres, watch: Watch) -> None:
    writer.links("news", [1, 1])
    assert (watch.look(), watch.mark, watch.taken) == ([1, 2], 0, {1, 2})
    assert (watch.look(), watch.mark, watch.taken) == ([], 2, frozenset())


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_transaction_that_took_a_lower_id_is_waited_for(
    writer: ProdigyOnPostgres, another: Another, watch: Watch, end: str
) -> None:
    """However long: ids are handed out in order, and made visible in any."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    assert writer.links("news", [1]) == [2]
    assert [watch.look() for _ in range(4)] == [[2], [], [], []]
    assert (watch.mark, watch.taken) == (0, {2})
    slow.execute(end)
    assert watch.look() == ([1] if end == "COMMIT" else [])
    watch.close_all()
    assert (watch.mark, watch.taken) == (2, frozenset())


def test_those_who_come_later_are_not_waited_for(writer: ProdigyOnPostgres, another: Another, watch: Watch) -> None:
    """With a writer at any moment the mark follows all the same."""
    writer.links("news", [1])
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
    writer: ProdigyOnPostgres, another: Another, watch: Watch, statement: str
) -> None:
    idle = another()
    idle.execute("BEGIN")
    idle.execute(statement)
    writer.links("news", [1])
    assert (watch.look(), watch.look(), watch.mark) == ([1], [], 1)


def test_a_prepared_transaction_is_waited_for(
    cluster: Cluster, writer: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """It goes on under another name, without a session."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    writer.links("news", [1])
    watch.look()
    slow.execute("PREPARE TRANSACTION 'save'")
    slow.close()
    watch.close_all()
    assert watch.mark == 0
    writer.execute("COMMIT PREPARED 'save'")
    assert watch.look() == [1]


def test_a_savepoint_that_is_rolled_back_lets_go_of_the_lock_and_of_its_ids(
    writer: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """The transaction's next id is above all that were there meanwhile."""
    nested = another()
    nested.execute("BEGIN; SAVEPOINT a")
    nested.link(1, 1)
    writer.links("news", [1])
    watch.look()
    nested.execute("ROLLBACK TO SAVEPOINT a")
    watch.close_all()
    assert watch.mark == 2
    nested.link(1, 1)
    writer.links("news", [1])
    watch.look()
    nested.execute("COMMIT")
    assert watch.look() == [3]


@pytest.mark.parametrize("how", ["a new reader", "the connection is killed", "the server is restarted"])
def test_nothing_is_lost_when_the_reader_begins_anew_while_somebody_writes(
    cluster: Cluster, writer: ProdigyOnPostgres, another: Another, watch: Watch, how: str
) -> None:
    """Whom it waited for, it has forgotten."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    writer.links("news", [1])
    watch.look()
    if how == "a new reader":
        watch.source.close()
    elif how == "the connection is killed":
        writer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'otpushd'")
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
    writer: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """A session may use an id that it was given long ago."""
    writer.execute("ALTER SEQUENCE link_id_seq CACHE 20")
    early, late = another(), another()
    assert (early.links("news", [1]), late.links("news", [1])) == ([1], [21])
    assert watch.look() == [1, 21]
    watch.close_all()
    assert early.links("news", [1]) == [2]
    assert watch.look() == [2]
    (note,) = watch.pages[0].notes
    assert "sequence link_id_seq has CACHE 20 (mend: ALTER SEQUENCE link_id_seq CACHE 1" in note
    for session in (early, late, writer):
        session.close()
    watch.close_all()
    assert watch.mark == 21


def test_a_cache_that_the_sequence_is_given_later_is_noticed(
    writer: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    writer.links("news", [1])
    watch.close_all()
    writer.execute("ALTER SEQUENCE link_id_seq CACHE 20")
    early, late = another(), another()
    early.links("news", [1])
    late.links("news", [1])
    with pytest.raises(SourceUnavailable, match="tables_changed"):
        watch.look()
    assert watch.look() == [2, 22]
    watch.close_all()
    early.links("news", [1])
    assert (watch.look(), len(watch.pages[-1].notes)) == ([3], 1)


def test_pages_with_a_gap_that_is_filled_meanwhile_lose_nothing(
    writer: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    """The rows that come late lie before, between and after the pages."""
    writer.execute("BEGIN")
    slow = another()
    slow.execute("BEGIN")
    for _ in range(3):
        slow.link(1, 1)
        writer.execute(f"INSERT INTO link (example_id, dataset_id) SELECT 1, 1 FROM generate_series(1, {PAGE_ROWS})")
    writer.execute("COMMIT")
    first = watch.source.read(0, (), None, ())
    watch.taken, watch.links = frozenset(link.id for link in first.links), list(first.links)
    slow.execute("COMMIT")
    watch.close_all()
    assert sorted(link.id for link in watch.links) == list(range(1, 3 * PAGE_ROWS + 4))
    assert (watch.mark, watch.taken) == (3 * PAGE_ROWS + 3, frozenset())


def test_of_a_backlog_only_so_much_is_read_while_somebody_holds_the_mark(
    cluster: Cluster, postgres_database: str, writer: ProdigyOnPostgres, another: Another
) -> None:
    """What is above the mark has to be remembered: a baseline beside a long import must not fill the memory."""
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    writer.execute(f"INSERT INTO link (example_id, dataset_id) SELECT 1, 1 FROM generate_series(1, {5 * PAGE_ROWS})")
    watch = Watch(PostgresSource(cluster.parameters(postgres_database, READER), most_open=PAGE_ROWS))
    assert (len(watch.look()), watch.look(), watch.mark) == (PAGE_ROWS, [], 0)
    assert "a transaction that writes links has been open for long" in watch.pages[-1].notes[0]
    slow.execute("COMMIT")
    watch.close_all()
    assert (len(watch.links), watch.mark) == (5 * PAGE_ROWS + 1, 5 * PAGE_ROWS + 1)
    watch.source.close()


def test_the_mark_falls_with_the_ids_and_what_is_given_out_again_is_reported(
    writer: ProdigyOnPostgres, watch: Watch
) -> None:
    """A restored backup, or a sequence that was set back."""
    writer.links("news", [1, 1, 1])
    watch.close_all()
    writer.execute("DELETE FROM link WHERE id > 1")
    assert (watch.look(), watch.mark) == ([], 1)
    writer.execute("ALTER SEQUENCE link_id_seq RESTART WITH 2")
    writer.links("news", [1])
    assert watch.look() == [2]


def test_tables_that_are_replaced_are_looked_at_anew(writer: ProdigyOnPostgres, watch: Watch) -> None:
    """A barrier that goes on asking about the locks of a table that is gone would see nobody write."""
    writer.links("news", [1])
    watch.close_all()
    writer.execute("ALTER TABLE link RENAME TO old; CREATE TABLE link (LIKE old INCLUDING ALL)")
    writer.execute(f"GRANT SELECT ON link TO {READER}; INSERT INTO link SELECT * FROM old")
    with pytest.raises(SourceUnavailable, match="tables_changed"):
        watch.look()
    writer.links("news", [1])
    assert watch.look() == [2]


def test_what_was_closed_before_the_table_was_emptied_is_not_closed_any_more(
    writer: ProdigyOnPostgres, another: Another, watch: Watch
) -> None:
    writer.links("news", [1, 1, 1])
    watch.close_all()
    writer.execute("TRUNCATE link RESTART IDENTITY")
    slow = another()
    slow.execute("BEGIN")
    slow.link(1, 1)
    writer.links("news", [1])
    watch.mark = 0
    assert (watch.look(), watch.mark) == ([2], 0)
    slow.execute("COMMIT")
    assert watch.look() == [1]


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
    writer: ProdigyOnPostgres, another: Another, postgres_source: PostgresSource, story: list[tuple[str, int]]
) -> None:
    """On the real server: each operation is a whole one here, tests/prodigy/test_writer_barrier.py cuts finer."""
    writers = [another() for _ in range(3)]
    writer.execute("TRUNCATE link RESTART IDENTITY")
    watch = Watch(postgres_source)
    for what, slot in story:
        play(watch, writers[slot], what)
    for each in writers:
        play(watch, each, "commit")
        each.close()
    watch.close_all()
    found = [link.id for link in watch.links]
    assert sorted(found) == [number for (number,) in writer.execute("SELECT id FROM link ORDER BY id")]
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
