"""What link ids stood for: written in blocks, read by range or by id, and the same afterwards."""

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otpushd.model.memory import Damage, KnownDataset, SourceMemory, Step
from otpushd.model.record import Record
from otpushd.model.row import DatasetRow
from otpushd.store.memory import load_memory, save_memory
from otpushd.store.records import BLOCK, records_between, records_of, save_records

ids = st.integers(1, 5 * BLOCK)
rows = st.integers(1, 2**63 - 1)
records = st.builds(Record, rows, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.frozensets(rows, max_size=3))
writes = st.lists(st.dictionaries(ids, records, max_size=20), max_size=5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes, ids, ids)
def test_the_last_record_of_an_id_is_the_one_that_is_found(
    database: peewee.Database, writes: list[dict[int, Record]], above: int, upto: int
) -> None:
    for table in ("record_block", "former_record"):
        database.execute_sql(f"DELETE FROM {table}")
    expected: dict[int, Record] = {}
    for some in writes:
        for number, record in some.items():  # what it stood for before is never forgotten
            former = expected[number].former if number in expected else frozenset()
            expected[number] = record._replace(former=record.former | former)
        save_records(database, "main", list(some.items()))
    assert records_of(database, "main", range(1, 5 * BLOCK + 1)) == expected
    found, end = records_between(database, "main", above, upto)
    assert (found, end) == ({number: one for number, one in expected.items() if above < number <= upto}, upto)


def test_sources_have_records_of_their_own(database: peewee.Database) -> None:
    save_records(database, "main", [(7, Record(1, 2, 3))])
    assert records_of(database, "other", [7]) == {}
    assert records_between(database, "other", 0, 9) == ({}, 9)


@pytest.mark.parametrize(("blocks", "upto"), [(1, 10 * BLOCK - 1), (2, 20 * BLOCK - 1), (3, 99 * BLOCK)])
def test_a_range_of_many_blocks_is_read_in_parts(database: peewee.Database, blocks: int, upto: int) -> None:
    """However far apart they are: blocks without records cost nothing."""
    save_records(database, "main", [(number * BLOCK, Record(number, 0, 0)) for number in (1, 10, 20)])
    found, end = records_between(database, "main", 0, 99 * BLOCK, blocks)
    assert (len(found), end) == (blocks, upto)


def test_how_far_the_sweep_is_and_what_it_found_survive(database: peewee.Database) -> None:
    news = DatasetRow(1, "news", 100, False, False)
    known = KnownDataset(news, 7, Damage(2, 1, 5, 99))
    memory = SourceMemory(9, 0, datasets={1: known}, recorded_to=12, swept=4, recheck_to=11)
    save_memory(database, "main", Step(memory, changed=(known,), records=((12, Record(1, 2, 3)),)))
    assert load_memory(database, "main") == memory
    assert records_of(database, "main", [12]) == {12: Record(1, 2, 3)}
