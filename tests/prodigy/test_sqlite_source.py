"""Prodigy's SQLite file is read in short complete pages, gently, whatever is in it and whatever happens to it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.row import DatasetRow, LinkRow, Page
from otpushd.prodigy.sqlite_rows import PAGE_BYTES, PAGE_ROWS
from otpushd.prodigy.sqlite_source import SqliteSource


def pages(source: SqliteSource) -> list[Page]:
    """Read from the beginning until there is nothing more."""
    found = [source.read(0, (), None)]
    while not found[-1].last:
        found.append(source.read(found[-1].links[-1].id, (), found[-1].fingerprint))
    return found


def links(source: SqliteSource) -> list[LinkRow]:
    return [link for page in pages(source) for link in page.links]


def rewrite(prodigy: ProdigyDatabase, sql_value: str, *values: object) -> None:
    prodigy.save("news", [{"text": "t"}])
    prodigy.execute(f"UPDATE example SET content = {sql_value}", values)


def test_a_save_is_seen_as_links_with_their_examples_sessions_and_datasets(
    prodigy: ProdigyDatabase, source: SqliteSource
) -> None:
    prodigy.dataset("news", created=100)
    prodigy.save("news", [{"text": "t", "_input_hash": -5, "_task_hash": 7}], session="news-ann")
    page = source.read(0, (), None)
    content = b'{"_input_hash": -5, "_task_hash": 7, "text": "t"}'
    assert page.links == (LinkRow(1, 1, 1, -5, 7, content, len(content)), LinkRow(2, 1, 2, None, None, None, 0))
    assert page.datasets is not None
    assert page.datasets[0] == DatasetRow(1, "news", 100, False, True)
    assert page.datasets[1][1:2] + page.datasets[1][3:] == ("news-ann", True, False)
    assert (page.sessions, page.highest, page.last) == ({1: (2,)}, 2, True)


def test_only_what_lies_above_is_read(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(5)])
    assert [link.id for link in source.read(3, (), None).links] == [4, 5]


def test_a_look_at_an_unchanged_file_finds_nothing_new(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": "t"}])
    first = source.read(0, (), None)
    again = source.read(1, (), first.fingerprint)
    assert again == Page((), None, first.fingerprint, {}, highest=1, last=True, mark=1, state=first.state)


def test_asking_again_for_a_page_that_could_not_be_used_gives_it_again(
    prodigy: ProdigyDatabase, source: SqliteSource
) -> None:
    """The commit of what a page led to may fail: nothing may depend on the reader having read it."""
    prodigy.save("news", [{"text": "t"}], session="news-ann")
    assert source.read(0, {1}, None) == source.read(0, {1}, None)


def test_many_rows_come_in_pages_that_lose_and_repeat_none(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(2 * PAGE_ROWS + 1)], session="news-ann")
    assert [len(page.links) for page in pages(source)] == [PAGE_ROWS] * 4 + [2]
    assert [link.id for link in links(source)] == list(range(1, 4 * PAGE_ROWS + 3))


def test_the_sessions_of_a_pages_examples_come_with_it_although_their_links_lie_beyond(
    prodigy: ProdigyDatabase, source: SqliteSource
) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(PAGE_ROWS + 1)], session="news-ann")
    page = source.read(0, (), None)
    assert page.sessions == dict.fromkeys(range(1, PAGE_ROWS + 1), (2,))


def test_a_session_link_that_comes_late_is_found_for_the_examples_that_are_asked_about(
    prodigy: ProdigyDatabase, source: SqliteSource
) -> None:
    examples = prodigy.save("news", [{"text": "a"}, {"text": "b"}])
    first = source.read(0, (), None)
    assert [source.read(2, examples, first.fingerprint).sessions for _ in range(2)] == [{}, {}]
    session = prodigy.session("news-ann")
    prodigy.links("news-ann", examples[:1])
    assert [source.read(2, examples, None).sessions for _ in range(2)] == [{1: (session,)}] * 2


def test_an_example_asked_about_for_the_first_time_is_looked_up_although_nobody_wrote(
    prodigy: ProdigyDatabase, source: SqliteSource
) -> None:
    """After a restart there are examples waiting that this reader has never seen."""
    prodigy.save("news", [{"text": "a"}], session="news-ann")
    first = source.read(2, (), None)
    assert source.read(2, {1}, first.fingerprint).sessions == {1: (2,)}


@pytest.mark.parametrize("change", ["created", "dropped", "replaced", "renamed", "session"])
def test_any_change_of_the_datasets_shows_them_anew(
    prodigy: ProdigyDatabase, source: SqliteSource, change: str
) -> None:
    """`replaced`: dropped and made anew under the same id within the same second."""
    prodigy.dataset("news", created=100)
    first = source.read(0, (), None)
    if change in ("dropped", "replaced"):
        prodigy.drop("news")
    if change in ("created", "replaced"):
        prodigy.dataset("other", created=100)
    if change in ("renamed", "session"):
        prodigy.execute(f"UPDATE dataset SET {'name' if change == 'renamed' else 'session'} = 5")
    again = source.read(0, (), first.fingerprint)
    assert again.datasets is not None
    assert again.datasets != first.datasets


def test_a_rewound_file_says_how_far_it_goes(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": "a"}, {"text": "b"}])
    first = source.read(0, (), None)
    prodigy.execute("DELETE FROM link WHERE id = 2")
    again = source.read(2, (), first.fingerprint)
    assert (again.links, again.datasets, again.highest, again.last, again.mark) == ((), None, 1, True, 1)
    assert again.state != first.state


def test_the_row_at_the_mark_is_shown_once_after_somebody_has_written(
    prodigy: ProdigyDatabase, source: SqliteSource
) -> None:
    """Or, where it is gone, the last one below it."""
    prodigy.save("news", [{"text": "a"}, {"text": "b"}, {"text": "c"}])
    first = source.read(0, (), None)
    assert source.read(3, (), first.fingerprint).below == ()
    prodigy.execute("DELETE FROM link WHERE id = 2")
    for mark, shown in ((3, 3), (2, 1)):
        assert source.read(mark, (), first.fingerprint).below == (first.links[shown - 1],)


@pytest.mark.parametrize(
    ("answers", "below"),
    [pytest.param(2, [2, 4], id="near"), pytest.param(500, [1000], id="far below"), pytest.param(0, [], id="none")],
)
def test_with_a_sessions_row_at_the_mark_the_last_one_of_a_main_dataset_is_shown_if_it_is_near(
    prodigy: ProdigyDatabase, source: SqliteSource, answers: int, below: list[int]
) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(answers)], session="news-ann")
    assert [row.id for row in source.read(2 * answers, (), None).below] == below


def test_old_rows_are_read_again_as_they_are_now(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(600)])
    first = source.read(0, (), None)
    prodigy.execute("DELETE FROM link WHERE id = 2")
    again = source.reread(0, 600, first.fingerprint)
    assert (again.links[1].id, again.upto, again.changed) == (3, 501, False)
    assert source.reread(501, 600, first.fingerprint).upto == 600
    prodigy.dataset("other")
    assert source.reread(501, 600, first.fingerprint).changed


@pytest.mark.parametrize(
    ("sql", "value", "content"),
    [
        pytest.param("CAST(? AS BLOB)", '{"a": "ä"}', '{"a": "ä"}'.encode(), id="a blob"),
        pytest.param("CAST(? AS TEXT)", '{"a": "ä"}', '{"a": "ä"}'.encode(), id="a text"),
        pytest.param("CAST(? AS TEXT)", b'{"a": "\xff"}', b'{"a": "\xff"}', id="a text that is no UTF-8"),
        pytest.param("CAST(? AS TEXT)", b'{"a": "\x00"}', b'{"a": "\x00"}', id="a text with a zero in it"),
        pytest.param("?", 17, b"17", id="a number"),
        pytest.param("?", b"", b"", id="an empty blob"),
    ],
)
def test_content_of_any_type_comes_as_its_bytes(
    prodigy: ProdigyDatabase, source: SqliteSource, sql: str, value: object, content: bytes
) -> None:
    rewrite(prodigy, sql, value)
    (link,) = source.read(0, (), None).links
    assert (link.content, link.size) == (content, len(content))


@pytest.mark.parametrize("column", ["input_hash", "task_hash"])
@pytest.mark.parametrize("value", ["abc", b"\xff", 1.5])
def test_a_hash_that_is_no_integer_is_none(
    prodigy: ProdigyDatabase, source: SqliteSource, column: str, value: object
) -> None:
    prodigy.save("news", [{"text": "t"}])
    prodigy.execute(f"UPDATE example SET {column} = ?", (value,))
    assert getattr(source.read(0, (), None).links[0], column) is None


@pytest.mark.parametrize("table", ["example", "dataset"])
def test_a_dangling_link_is_a_link_all_the_same(prodigy: ProdigyDatabase, source: SqliteSource, table: str) -> None:
    prodigy.save("news", [{"text": "t"}], session="news-ann")
    prodigy.execute(f"DELETE FROM {table} WHERE id = 1")
    first, _ = source.read(0, (), None).links
    assert (first.content is None, first.size == 0) == (table == "example",) * 2
    assert source.read(0, (), None).sessions == {1: (2,)}


def test_a_row_of_forty_megabytes_is_skipped_without_loading_it(prodigy: ProdigyDatabase, path: Path) -> None:
    rewrite(prodigy, "zeroblob(40000000)")
    code = (
        "import resource, sys; from pathlib import Path; from otpushd.prodigy.sqlite_source import SqliteSource\n"
        "source, before = SqliteSource(Path(sys.argv[1])), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "link = source.read(0, (), None).links[0]\n"
        "print(link.content, link.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000)"
    )
    found = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    assert found.split() == ["None", "40000000", "True"]


def test_a_text_is_measured_in_bytes(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    """Ten million characters, forty million bytes."""
    rewrite(prodigy, "CAST(? AS TEXT)", "😀" * 10_000_000)
    (link,) = source.read(0, (), None).links
    assert (link.content, link.size) == (None, 40_000_000)


def test_large_rows_make_short_pages(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"image": "x" * 1_500_000} for _ in range(5)], session="news-ann")
    found = pages(source)
    assert max(sum(link.size for link in page.links) for page in found) <= PAGE_BYTES
    assert [link.id for page in found for link in page.links] == list(range(1, 11))


def test_a_row_larger_than_a_page_is_a_page_of_its_own(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": "a"}, {"image": "x" * 5_000_000}, {"text": "c"}])
    assert [len(page.links) for page in pages(source)] == [1, 1, 1]


@pytest.mark.parametrize(
    "name", ["a b.db", "100%.db", "what?mode=rw.db", "a#b&c.db", "größe-日本.db", "%41.db", os.fsdecode(b"a\xffb.db")]
)
def test_a_path_may_hold_any_characters(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    ProdigyDatabase(tmp_path / "plain.db").close()
    (tmp_path / "plain.db").rename(path)
    source = SqliteSource(path)
    assert source.read(0, (), None).highest == 0
    source.close()
    assert list(tmp_path.iterdir()) == [path]


def test_a_half_written_save_is_not_seen(prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": "t"}])
    prodigy.execute("BEGIN IMMEDIATE")
    prodigy.execute("INSERT INTO link (example_id, dataset_id) VALUES (1, 1)")
    assert source.read(0, (), None).highest == 1
    prodigy.execute("COMMIT")
    assert source.read(0, (), None).highest == 2


def test_reading_leaves_no_lock_behind(path: Path, prodigy: ProdigyDatabase, source: SqliteSource) -> None:
    """A half-read cursor would make Prodigy's own save fail."""
    prodigy.save("news", [{"image": "x" * 3_000_000}] * 3)
    source.read(0, (), None)
    impatient = ProdigyDatabase(path, busy_seconds=0)
    impatient.save("news", [{"text": "t"}])
    impatient.close()


def test_nothing_is_written(prodigy: ProdigyDatabase, path: Path, source: SqliteSource) -> None:
    prodigy.save("news", [{"text": "t"}], session="news-ann")
    prodigy.close()
    before = path.read_bytes(), path.stat().st_mtime_ns
    pages(source)
    source.close()
    assert ((path.read_bytes(), path.stat().st_mtime_ns), [path]) == (before, list(path.parent.iterdir()))


def test_a_database_in_wal_mode_is_read_with_and_without_its_writer(
    prodigy: ProdigyDatabase, source: SqliteSource
) -> None:
    prodigy.execute("PRAGMA journal_mode = wal")
    prodigy.save("news", [{"text": "a"}])
    assert source.read(0, (), None).highest == 1
    prodigy.save("news", [{"text": "b"}])
    assert source.read(0, (), None).highest == 2
    prodigy.close()
    source.close()
    assert source.read(0, (), None).highest == 2


def test_another_file_at_the_same_path_is_read_from_then_on(
    prodigy: ProdigyDatabase, path: Path, source: SqliteSource
) -> None:
    prodigy.save("news", [{"text": "t"}])
    first = source.read(0, (), None)
    other = ProdigyDatabase(path.with_name("other.db"))
    other.save("restored", [{"text": "a"}, {"text": "b"}])
    other.close()
    path.with_name("other.db").rename(path)
    again = source.read(0, (), first.fingerprint)
    assert (again.highest, again.datasets[0].name if again.datasets else None) == (2, "restored")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        pytest.param("db/2022_govuk_terms-teach_batches-of-10.db", (334, 664, 330), id="terms.teach, 2022"),
        pytest.param("db/2023a_openpecha_image_small.db", (6, 12, 6), id="image_manual, 2023"),
    ],
)
def test_a_real_file_is_read_to_the_last_row(
    sample: Callable[[str], Path], name: str, counts: tuple[int, int, int]
) -> None:
    """Answers, links, and answers with a session: prodigy-samples/README.md."""
    source = SqliteSource(sample(name))
    found = pages(source)
    rows = [link for page in found for link in page.links]
    answers = [link for link in rows if link.content is not None]
    sessions = {example for page in found for example in page.sessions}
    assert (len(answers), len(rows), len(sessions)) == counts
    source.close()


@pytest.mark.parametrize("name", ["db/2022_govuk_terms-teach_batches-of-10.db", "db/2023a_openpecha_image_small.db"])
def test_the_demo_database_has_the_schema_of_the_real_ones(
    sample: Callable[[str], Path], prodigy: ProdigyDatabase, name: str
) -> None:
    real = sqlite3.connect(sample(name))
    columns = [f"SELECT * FROM pragma_table_info('{table}')" for table in ("dataset", "example", "link")]
    assert [real.execute(query).fetchall() for query in columns] == [prodigy.execute(query) for query in columns]
    real.close()


def test_a_backup_copied_over_the_file_is_read_anew_although_as_many_commits_follow_as_were_lost(
    prodigy: ProdigyDatabase, path: Path, source: SqliteSource
) -> None:
    """SQLite tells a commit by a counter in the file, which is then what it was."""
    prodigy.dataset("news")
    backup = path.read_bytes()
    prodigy.save("news", [{"text": "lost"}])
    first = source.read(0, (), None)
    prodigy.close()
    path.write_bytes(backup)
    prodigy = ProdigyDatabase(path)
    prodigy.save("news", [{"text": "later"}])
    prodigy.close()
    os.utime(path, (1, 1))  # its clock ticks every few milliseconds only
    again = source.read(1, (), first.fingerprint)
    assert b"later" in (again.below[0].content or b"")
    assert again.state != first.state
