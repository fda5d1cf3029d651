"""Ids taken above the mark survive, until what follows closes them."""

from datetime import UTC, datetime

import peewee
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otpushd.detect.step import settle, step
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.row import LinkRow, Page
from otpushd.store.memory import load_memory, save_memory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pages = st.lists(st.tuples(st.sets(st.integers(1, 30)), st.integers(0, 30), st.integers(0, 30)), max_size=8)


def test_taken_ids_are_kept_by_source(database: peewee.Database) -> None:
    for source, taken in (("main", (3, 5)), ("other", (5, 7))):
        save_memory(database, source, Step(SourceMemory(1, taken=frozenset(taken)), took=taken))
    assert [load_memory(database, source).taken for source in ("main", "other")] == [{3, 5}, {5, 7}]
    save_memory(database, "main", Step(SourceMemory(9), closed=2))
    assert [load_memory(database, source).taken for source in ("main", "other")] == [set(), {5, 7}]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages)
def test_what_is_loaded_is_what_was_remembered(
    database: peewee.Database, pages: list[tuple[set[int], int, int]]
) -> None:
    """After any pages, with marks that rise and fall."""
    database.execute_sql("DELETE FROM taken_link")
    memory = SourceMemory(0, 0)
    for ids, mark, highest in pages:
        fresh = sorted(ids - memory.taken)
        links = tuple([LinkRow(number, number, 1, None, None, None, 0) for number in fresh if number <= highest])
        page = Page(links, None, (0,), {}, highest, mark=min(mark, highest))
        done = step("main", settle("main", page, memory, NOW), set(), NOW)
        save_memory(database, "main", done)
        memory = done.memory
        assert load_memory(database, "main").taken == memory.taken
