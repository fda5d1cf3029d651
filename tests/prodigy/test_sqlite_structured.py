"""Structured storage in a SQLite file is read without losing or repeating a save or a correction."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.row import Structured
from otpushd.model.structured import Seen, StructuredMemory, StructuredPage
from otpushd.prodigy.sqlite_structured import PAGE_BYTES, find_structured, reread_structured, statements_for
from otpushd.prodigy.structured_walk import LINK_ROWS, WALK_ROWS
from tests.prodigy_structured import Names, StructuredProdigy, envelope
from tests.structured_watch import Watch, on_sqlite

VARIANTS = [
    pytest.param(Names(), id="as it is believed to be"),
    pytest.param(Names("structuredexample", "structuredlink", "example", "dataset"), id="other names"),
    pytest.param(Names('a "b"', "ü;--", superseded_by="superseded_by_id"), id="names that need quotes"),
    pytest.param(Names(superseded_by=None), id="never superseded"),
    pytest.param(Names(session=None), id="no session on links"),
    pytest.param(Names(flag=False, created=None), id="no flag, no time"),
    pytest.param(Names(indexes=frozenset({"example", "superseded_by"})), id="an index on superseded_by"),
]


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = bytes
    return connection


@pytest.fixture
def reader(prodigy: ProdigyDatabase, path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(path)
    yield connection
    connection.close()


@pytest.fixture
def structured(prodigy: ProdigyDatabase) -> StructuredProdigy:
    return StructuredProdigy(prodigy)


@pytest.fixture
def watch(structured: StructuredProdigy, reader: sqlite3.Connection) -> Watch:
    return Watch(on_sqlite(reader))


def test_a_save_is_seen_as_links_with_their_session_and_content(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("a")], "news-ann", session_dataset=True)
    (row, session_row) = watch.rows()
    assert row.structured == session_row.structured == Structured("news-ann", superseded=False, corrects=False)
    assert row.content is not None and b'"text": "a"' in row.content and row.size == len(row.content)
    assert session_row.content is None
    page = watch.pages[-1]
    assert (page.sessions, page.flagged, page.highest) == ({1: (2,)}, {1}, 2)


def test_a_look_that_finds_nothing_new_changes_nothing(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("a")], "news-ann")
    watch.look()
    assert watch.look() == []
    assert watch.pages[-1] == StructuredPage(Seen(1), Seen(1), highest=1, highest_example=1)


@pytest.mark.parametrize("names", VARIANTS)
def test_a_correction_is_reported_once_with_its_editor(
    prodigy: ProdigyDatabase, reader: sqlite3.Connection, names: Names
) -> None:
    structured = StructuredProdigy(prodigy, names)
    watch = Watch(on_sqlite(reader))
    (example,) = structured.save("news", [envelope("a")], "news-ann", session_dataset=True)
    assert watch.look() == [(1, 1), (2, 1)]
    newer = structured.correct(example, envelope("a", answer="reject"), editor="news-bob")
    corrected = [row for row in watch.rows() if row.id < 3]
    assert [(row.id, row.example_id, row.dataset_id) for row in corrected] == [(1, newer, 1), (2, newer, 2)]
    assert all(row.structured and row.structured.corrects for row in corrected)
    assert watch.pages[-1].sessions == {newer: (2, 3)}
    assert watch.look() == []


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


def test_what_was_saved_and_corrected_between_two_looks_is_one_row(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("z")], "news-ann")
    watch.look()
    structured.save("news", [envelope("a")], "news-ann")
    structured.correct(structured.correct(2, envelope("b")), envelope("c"))
    assert watch.look() == [(2, 4)]


def test_a_superseded_row_that_kept_its_link_says_so(structured: StructuredProdigy, watch: Watch) -> None:
    older, newer = structured.save("news", [envelope("a"), envelope("b")], "news-ann")
    structured.classic.execute("UPDATE structured_example SET superseded_by = ? WHERE id = ?", (newer, older))
    assert [row.structured and row.structured.superseded for row in watch.rows()] == [True, False]


def test_with_an_index_a_correction_is_known_by_its_new_link_too(
    prodigy: ProdigyDatabase, reader: sqlite3.Connection
) -> None:
    structured = StructuredProdigy(prodigy, Names(indexes=frozenset({"example", "superseded_by"})))
    structured.save("news", [envelope("a")], "news-ann")
    structured.correct(1, envelope("b"))
    (row,) = Watch(on_sqlite(reader)).rows()
    assert row.structured == Structured("news-ann", superseded=False, corrects=True)


def test_a_migration_is_new_links_with_their_stamp(
    prodigy: ProdigyDatabase, structured: StructuredProdigy, watch: Watch
) -> None:
    prodigy.save("news", [{"text": "a"}], session="news-ann")
    structured.migrate("news")
    main, session = watch.rows()
    assert main.structured == Structured("migrated", superseded=False, corrects=False)
    assert main.content is not None and b'"_migrated_from": 1' in main.content and session.content is None
    assert prodigy.execute("SELECT count(*) FROM link") == [(0,)]


def test_without_an_index_corrections_are_not_looked_for(prodigy: ProdigyDatabase, reader: sqlite3.Connection) -> None:
    """It would scan the table at every look."""
    structured = StructuredProdigy(prodigy, Names(indexes=frozenset()))
    watch = Watch(on_sqlite(reader))
    structured.save("news", [envelope("a")], "news-ann")
    watch.look()
    structured.correct(1, envelope("b"))
    assert (watch.look(), watch.examples) == ([], Seen(2))


@pytest.mark.parametrize("value", ["NULL", "17", "x'ff'", "'x'"])
def test_a_session_of_any_type_is_read(structured: StructuredProdigy, watch: Watch, value: str) -> None:
    structured.save("news", [envelope("a")], "news-ann")
    structured.classic.execute(f"UPDATE structured_link SET session_id = {value}")
    (row,) = watch.rows()
    expected = {"NULL": None, "17": "17", "x'ff'": "\ufffd", "'x'": "x"}[value]
    assert row.structured is not None and row.structured.session == expected


def test_a_rewound_table_takes_its_marks_back(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("a"), envelope("b")], "news-ann")
    watch.look()
    structured.classic.execute("DELETE FROM structured_link WHERE id = 2")
    structured.classic.execute("DELETE FROM structured_example WHERE id = 2")
    assert (watch.look(), watch.links, watch.examples) == ([], Seen(1), Seen(1))


def test_many_rows_come_in_pages_that_lose_and_repeat_none(structured: StructuredProdigy, watch: Watch) -> None:
    structured.save("news", [envelope("a")], "news-ann")
    watch.look()
    many = WALK_ROWS + LINK_ROWS
    structured.save("news", [envelope(str(number)) for number in range(many)], "news-ann")
    assert watch.look() == [(number, number) for number in range(2, many + 2)]
    assert max(len(page.links) for page in watch.pages) == LINK_ROWS


def test_many_corrections_come_in_pages_too(structured: StructuredProdigy, watch: Watch) -> None:
    many = LINK_ROWS + 3
    examples = structured.save("news", [envelope(str(number)) for number in range(many)], "news-ann")
    watch.look()
    for example in examples:
        structured.correct(example, envelope(f"new {example}"))
    assert watch.look() == [(number, number + many) for number in range(1, many + 1)]


def test_large_rows_make_short_pages(structured: StructuredProdigy, watch: Watch) -> None:
    examples = structured.save("news", [envelope("x" * 1_500_000)] * 5, "news-ann")
    assert len(watch.look()) == 5
    for example in examples:
        structured.correct(example, envelope("y" * 1_500_000))
    assert watch.look() == [(number, number + 5) for number in range(1, 6)]
    sizes = [sum(row.size for row in (*page.links, *page.corrections)) for page in watch.pages]
    assert max(sizes) <= PAGE_BYTES


def test_no_table_is_scanned(structured: StructuredProdigy, reader: sqlite3.Connection) -> None:
    tables = find_structured(reader).tables
    assert tables is not None
    found = statements_for(tables)
    asked = [found.highest, found.walk, found.again.format("?"), found.above, found.links, found.sessions.format("?")]
    plans = [reader.execute(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?")).fetchall() for sql in asked]
    scans = [row[3] for plan in plans for row in plan if row[3].startswith(b"SCAN")]
    assert set(scans) <= {b"SCAN e", b"SCAN CONSTANT ROW"}  # e: the page of examples, which was read by key


def test_a_page_holds_the_lock_for_milliseconds(structured: StructuredProdigy, reader: sqlite3.Connection) -> None:
    """The best of some, because other processes share the machine."""
    with structured.transaction():
        structured.classic.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO "
            "structured_example (input_hash, task_hash, content, created) SELECT i, i, zeroblob(1000), 0 FROM n"
        )
        structured.classic.execute(
            "INSERT INTO structured_link (dataset_id, example_id, session_id) SELECT 1, id, 's' FROM structured_example"
        )
    read, taken = on_sqlite(reader), []
    for _ in range(5):
        start = time.perf_counter()
        read(StructuredMemory(Seen(10_000), Seen(10_000)))
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.02


def test_links_can_be_read_again_as_they_are_now(structured: StructuredProdigy, reader: sqlite3.Connection) -> None:
    structured.save("news", [envelope(str(number)) for number in range(LINK_ROWS + 2)], "news-ann")
    newer = structured.correct(1, envelope("b"))
    tables = find_structured(reader).tables
    assert tables is not None
    statements = statements_for(tables)
    first, upto = reread_structured(reader, statements, 0, LINK_ROWS + 1)
    assert (first[0].example_id, len(first), upto) == (newer, LINK_ROWS, LINK_ROWS)
    rest, end = reread_structured(reader, statements, upto, LINK_ROWS + 1)
    assert ([row.id for row in rest], end) == ([LINK_ROWS + 1], LINK_ROWS + 1)


steps = st.lists(
    st.tuples(st.sampled_from(["look", "save", "correct", "halves", "migrate", "write"]), st.integers(0, 7)),
    max_size=25,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_every_pair_of_link_and_example_that_stays_is_reported_once(plan: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        prodigy = ProdigyDatabase(Path(folder) / "p.db")
        structured = StructuredProdigy(prodigy)
        reader = connect(Path(folder) / "p.db")
        watch, reported = Watch(on_sqlite(reader)), []
        for step, number in plan:
            current = prodigy.execute("SELECT DISTINCT example_id FROM structured_link ORDER BY 1")
            example = current[number % len(current)][0] if current else None
            if step == "look":
                reported += watch.look()
            elif step in ("save", "write"):
                session = "default" if step == "write" else f"d-{number}"
                structured.save(
                    "d", [envelope(str(number))] * (number % 3 + 1), session, session_dataset=bool(number % 2)
                )
            elif step == "migrate":
                prodigy.save("d", [{"text": "m"}], session="d-m")
                structured.migrate("d")
            elif example is not None and step == "correct":
                structured.correct(example, envelope("c"), editor="d-e" if number % 2 else None)
            elif example is not None:
                newer = structured.example(envelope("h"))
                reported += watch.look()
                structured.supersede(example, newer)
        reported += watch.look()
        there = prodigy.execute("SELECT id, example_id FROM structured_link")
        reader.close(), prodigy.close()
    assert len(reported) == len(set(reported))
    assert set(there) <= set(reported)
