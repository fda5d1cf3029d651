"""Structured storage on PostgreSQL is read by a role that may only read, without losing or repeating a row."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otpushd.model.row import Structured
from otpushd.model.structured import Seen
from otpushd.prodigy.postgres_connect import SESSION
from otpushd.prodigy.postgres_sql import PAGE_BYTES
from otpushd.prodigy.postgres_structured import PostgresStructured
from otpushd.prodigy.postgres_structured_sql import statements_for
from otpushd.prodigy.postgres_structured_tables import StructuredStorage, find_structured
from otpushd.prodigy.postgres_tables import find_tables
from otpushd.prodigy.structured_walk import LINK_ROWS, WALK_ROWS
from otpushd.prodigy.unavailable import SourceUnavailable
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres
from tests.prodigy_structured import Names, StructuredProdigy, envelope
from tests.structured_watch import Watch, on_postgres

Connect = Callable[[], psycopg.Connection[Any]]
Reading = tuple[StructuredStorage | None, tuple[str, ...]]
VARIANTS = [
    pytest.param(Names(), id="as it is believed to be"),
    pytest.param(Names("structuredexample", "structuredlink", "example", "dataset"), id="other names"),
    pytest.param(Names('a "b"', "ü;--", superseded_by="superseded_by_id"), id="names that need quotes"),
    pytest.param(Names(superseded_by=None), id="never superseded"),
    pytest.param(Names(session=None), id="no session on links"),
    pytest.param(Names(flag=False, created=None), id="no flag, no time"),
    pytest.param(Names(indexes=frozenset({"example", "superseded_by"})), id="an index on superseded_by"),
]


@pytest.fixture
def reader(cluster: Cluster, postgres_database: str) -> Iterator[psycopg.Connection[Any]]:
    connection = cluster.connect(postgres_database, READER, prepare_threshold=None)
    connection.execute(SESSION)
    yield connection
    connection.close()


@pytest.fixture
def structured(prodigy_on_postgres: ProdigyOnPostgres) -> StructuredProdigy:
    return StructuredProdigy(prodigy_on_postgres, postgres=True)


@pytest.fixture
def watch(structured: StructuredProdigy, reader: psycopg.Connection[Any]) -> Watch:
    return watching(reader)


@pytest.fixture
def another(
    cluster: Cluster, postgres_database: str, structured: StructuredProdigy
) -> Iterator[Callable[[], StructuredProdigy]]:
    """Makes further writers to the same tables."""
    made: list[ProdigyOnPostgres] = []

    def make() -> StructuredProdigy:
        made.append(ProdigyOnPostgres(cluster, postgres_database))
        return StructuredProdigy(made[-1], postgres=True, there=True)

    yield make
    for each in made:
        each.close()


Another = Callable[[], StructuredProdigy]


@pytest.fixture
def other(another: Another) -> StructuredProdigy:
    return another()


def found(reader: psycopg.Connection[Any]) -> Reading:
    return find_structured(reader, find_tables(reader, "db").dataset, "db")


def watching(reader: psycopg.Connection[Any], most_open: int = 100_000) -> Watch:
    storage, _ = found(reader)
    assert storage is not None
    dataset = find_tables(reader, "db").dataset
    return Watch(on_postgres(reader, PostgresStructured(reader, storage, dataset, most_open, "db")))


def test_a_save_is_seen_as_links_with_their_session_and_content(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("a")], "news-ann", session_dataset=True)
    row, session_row = watch.rows()
    assert row.structured == session_row.structured == Structured("news-ann", superseded=False, corrects=False)
    assert row.content is not None and b'"text": "a"' in row.content and row.size == len(row.content)
    assert session_row.content is None
    page = watch.pages[-1]
    assert (page.sessions, page.flagged, page.highest, page.links_seen) == (
        {1: (2,)},
        {1},
        2,
        Seen(0, frozenset({1, 2})),
    )


def test_the_marks_follow_once_nobody_can_bring_a_lower_id(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("a"), envelope("b")], "news-ann")
    watch.look()
    assert (watch.look(), watch.links, watch.examples) == ([], Seen(2), Seen(2))


@pytest.mark.parametrize("names", VARIANTS)
def test_a_correction_is_reported_once_with_its_editor(
    prodigy_on_postgres: ProdigyOnPostgres, reader: psycopg.Connection[Any], names: Names
) -> None:
    structured = StructuredProdigy(prodigy_on_postgres, names, postgres=True)
    watch = watching(reader)
    (example,) = structured.save("news", [envelope("a")], "news-ann", session_dataset=True)
    assert watch.look() == [(1, 1), (2, 1)]
    newer = structured.correct(example, envelope("a", answer="reject"), editor="news-bob")
    corrected = [row for row in watch.rows() if row.id < 3]
    assert [(row.id, row.example_id, row.dataset_id) for row in corrected] == [(1, newer, 1), (2, newer, 2)]
    assert all(row.structured and row.structured.corrects for row in corrected)
    assert watch.pages[-1].sessions == {newer: (2, 3)}
    assert [watch.look() for _ in range(3)] == [[], [], []]


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_correction_whose_example_has_a_lower_id_is_waited_for(
    structured: StructuredProdigy, another: Another, watch: Watch, end: str
) -> None:
    """Between its example and the links that it takes over others save, and are read."""
    structured.save("news", [envelope("a")], "news-ann")
    watch.look(), watch.look()
    slow = another()
    slow.classic.execute("BEGIN")
    newer = slow.example(envelope("b"))
    structured.save("news", [envelope("c")], "news-bob")
    assert [watch.look() for _ in range(3)] == [[(2, newer + 1)], [], []]
    assert watch.examples == Seen(1, frozenset({newer + 1}))
    slow.supersede(1, newer)
    slow.classic.execute(end)
    assert watch.look() == ([(1, newer)] if end == "COMMIT" else [])
    watch.look(), watch.look()
    assert (watch.links, watch.examples) == (Seen(2), Seen(newer + 1))


def test_a_save_whose_link_has_a_lower_id_is_no_correction(
    structured: StructuredProdigy, another: Another, watch: Watch
) -> None:
    """Its example is above what is closed, and by the time that it is seen its link is not."""
    slow = another()
    number = structured.classic.dataset("news")
    (first,) = structured.save("news", [envelope("a")], "news-ann")
    slow.classic.execute("BEGIN")
    example = slow.example(envelope("b"))
    link = slow.link(example, number, "news-cid")
    structured.save("news", [envelope("c")], "news-ann")
    watch.look(), watch.look()
    slow.classic.execute("COMMIT")
    assert watch.look() == [(link, example)]
    assert [row.structured.corrects for page in watch.pages for row in page.links if row.structured] == [False] * 3
    assert [watch.look(), watch.look(), first] == [[], [], 1]


def test_a_correction_in_several_commits_is_reported_when_it_is_whole(
    structured: StructuredProdigy, watch: Watch
) -> None:
    structured.save("news", [envelope("a")], "news-ann")
    watch.look()
    newer = structured.example(envelope("b"))
    assert (watch.look(), watch.again) == ([], (newer,))
    assert (watch.look(), watch.again) == ([], (newer,))
    structured.supersede(1, newer)
    assert (watch.look(), watch.again) == ([(1, newer)], ())


def test_a_migration_is_new_links_with_their_stamp(
    prodigy_on_postgres: ProdigyOnPostgres, structured: StructuredProdigy, watch: Watch
) -> None:
    prodigy_on_postgres.save("news", [{"text": "a"}], session="news-ann")
    structured.migrate("news")
    main, session = watch.rows()
    assert main.structured == Structured("migrated", superseded=False, corrects=False)
    assert main.content is not None and b'"_migrated_from": 1' in main.content and session.content is None


def bulk(structured: StructuredProdigy, examples: int) -> None:
    structured.classic.execute(
        "INSERT INTO structured_example (input_hash, task_hash, content, created) "
        "SELECT i, i, '{}'::bytea, now() FROM generate_series(1, %s) i",
        (examples,),
    )
    structured.classic.execute(
        "INSERT INTO structured_link (dataset_id, example_id, session_id) SELECT 1, id, 's' FROM structured_example "
        "WHERE id NOT IN (SELECT example_id FROM structured_link) ORDER BY id"
    )


@pytest.mark.parametrize("most_open", [100_000, 500])
def test_many_rows_come_in_pages_that_lose_and_repeat_none(
    structured: StructuredProdigy, reader: psycopg.Connection[Any], most_open: int
) -> None:
    watch = watching(reader, most_open)
    structured.save("news", [envelope("a")], "news-ann")
    watch.look()
    bulk(structured, WALK_ROWS + LINK_ROWS)
    reported = [pair for _ in range(4) for pair in watch.look()]
    assert reported == [(number, number) for number in range(2, WALK_ROWS + LINK_ROWS + 2)]
    assert max(len(page.links) for page in watch.pages) == LINK_ROWS


def test_a_first_look_at_many_rows_repeats_none(structured: StructuredProdigy, watch: Watch) -> None:
    structured.classic.dataset("news")
    bulk(structured, 3 * WALK_ROWS)
    assert watch.look() == [(number, number) for number in range(1, 3 * WALK_ROWS + 1)]


def test_links_can_be_read_again_as_they_are_now(
    structured: StructuredProdigy, reader: psycopg.Connection[Any]
) -> None:
    structured.classic.dataset("news")
    bulk(structured, LINK_ROWS + 2)
    newer = structured.correct(1, envelope("b"))
    storage, _ = found(reader)
    assert storage is not None
    again = PostgresStructured(reader, storage, find_tables(reader, "db").dataset, 100_000, "db")
    first, upto = again.reread(0, LINK_ROWS + 1)
    assert (first[0].example_id, len(first), upto) == (newer, LINK_ROWS, LINK_ROWS)
    rest, end = again.reread(upto, LINK_ROWS + 1)
    assert ([row.id for row in rest], end) == ([LINK_ROWS + 1], LINK_ROWS + 1)


def test_large_rows_make_short_pages(structured: StructuredProdigy, watch: Watch) -> None:
    examples = structured.save("news", [envelope("x" * 1_500_000)] * 5, "news-ann")
    assert len(watch.look()) == 5
    for example in examples:
        structured.correct(example, envelope("y" * 1_500_000))
    assert watch.look() == [(number, number + 5) for number in range(1, 6)]
    assert max(sum(row.size for row in (*page.links, *page.corrections)) for page in watch.pages) <= PAGE_BYTES


def test_no_table_is_scanned_whatever_the_planner_believes(
    structured: StructuredProdigy, reader: psycopg.Connection[Any]
) -> None:
    structured.classic.dataset("news")
    bulk(structured, 20_000)
    storage, _ = found(reader)
    assert storage is not None
    sql = statements_for(storage.found, find_tables(reader, "db").dataset, storage.example, storage.link, ordered=True)
    rest = {"low": [19_000], "high": [2**60], "example_low": [10_000], "example_high": [2**60], "again": [5], "upto": 7}
    values = {**rest, "links": list(range(500)), "examples": list(range(500)), "link_name": "x", "example_name": "x"}
    for _ in range(2):
        for statement in (sql.glance, sql.walk, sql.new, sql.links, sql.sessions):
            plan = reader.execute(f"EXPLAIN {statement}", values).fetchall()
            assert not [line for (line,) in plan if "Seq Scan on structured" in line]
        structured.classic.execute("ANALYZE")


def test_without_the_tables_nothing_is_read(prodigy_on_postgres: ProdigyOnPostgres, reader: Any) -> None:
    assert found(reader) == (None, ())
    prodigy_on_postgres.execute("ALTER TABLE dataset ADD COLUMN structured boolean")
    storage, (note,) = found(reader)
    assert storage is None and "no structured tables were found" in note


def test_tables_that_are_closed_to_us_are_a_note_until_they_are_used(
    structured: StructuredProdigy, reader: psycopg.Connection[Any]
) -> None:
    structured.classic.execute(f"REVOKE SELECT ON structured_link FROM {READER}")
    storage, (note,) = found(reader)
    mend = f'run: GRANT SELECT ON "public"."structured_link" TO "{READER}"'
    assert storage is None and mend in note
    structured.save("news", [envelope("a")], "news-ann")
    with pytest.raises(SourceUnavailable) as caught:
        found(reader)
    assert caught.value.code == "permission_denied" and mend in caught.value.mend


def test_replaced_tables_are_looked_up_anew(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("a")], "news-ann")
    watch.look()
    structured.classic.execute("ALTER TABLE structured_link RENAME TO old")
    structured.classic.execute("CREATE TABLE structured_link (id serial PRIMARY KEY)")
    with pytest.raises((SourceUnavailable, psycopg.Error)):
        watch.look()


def test_a_sequence_with_a_cache_is_said_and_nothing_is_lost(
    structured: StructuredProdigy, another: Another, reader: psycopg.Connection[Any]
) -> None:
    structured.classic.execute("ALTER SEQUENCE structured_example_id_seq CACHE 20")
    storage, (note,) = found(reader)
    assert storage is not None and storage.sequences is None and "CACHE 20" in note
    watch, other = watching(reader), another()
    structured.save("news", [envelope("a")], "news-ann")
    other.save("news", [envelope("b")], "news-bob")
    watch.look()
    newer = structured.correct(21, envelope("c"))
    assert (newer, watch.look()) == (2, [(2, 2)])


steps = st.lists(
    st.tuples(
        st.sampled_from(["look", "begin", "commit", "rollback", "save", "correct", "half", "restart"]),
        st.integers(0, 5),
    ),
    max_size=30,
)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(plan=steps)
def test_every_pair_of_link_and_example_that_stays_is_reported_once(
    structured: StructuredProdigy,
    other: StructuredProdigy,
    reader: psycopg.Connection[Any],
    plan: list[tuple[str, int]],
) -> None:
    """Two writers whose transactions overlap, and a daemon that is started again with what its store holds."""
    structured.classic.execute("TRUNCATE structured_link, structured_example RESTART IDENTITY")
    number = structured.classic.dataset("news")
    watch, reported = watching(reader), []
    writers, opened = (structured, other), {0: False, 1: False}
    for step, value in plan:
        who = value % 2
        writer = writers[who]
        if step == "look":
            reported += watch.look()
        elif step == "restart":
            watch = replace(watch, read=watching(reader).read, known=replace(watch.known, unlinked={}))
        elif step == "begin" and not opened[who]:
            writer.classic.execute("BEGIN")
            opened[who] = True
        elif step in ("commit", "rollback") and opened[who]:
            writer.classic.execute(step)
            opened[who] = False
        elif step == "save":
            writer.link(writer.example(envelope("s")), number, "news-ann")
        elif step == "half":
            writer.example(envelope("h"))
        elif step == "correct" and not opened[1 - who]:  # else it would wait for a row that the other one holds
            _correct(writer, value)
    for who in opened:
        writers[who].classic.execute("COMMIT" if opened[who] else "SELECT 1")
    reported += [pair for _ in range(3) for pair in watch.look()]
    there = structured.classic.execute("SELECT id, example_id FROM structured_link")
    assert len(reported) == len(set(reported))
    assert set(there) <= set(reported)
    assert not watch.links.taken and not watch.examples.taken


def _correct(writer: StructuredProdigy, value: int) -> None:
    current = writer.classic.execute("SELECT DISTINCT example_id FROM structured_link ORDER BY 1")
    if current:
        writer.supersede(current[value % len(current)][0], writer.example(envelope("c")))
