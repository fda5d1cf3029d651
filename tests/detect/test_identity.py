"""Whether a row is the one that was taken under its id."""

from hashlib import blake2b
from typing import Any

import pytest

from otpushd.detect.identity import compare, last_in_common, record_of, tag
from otpushd.model.memory import KnownDataset
from otpushd.model.record import GONE
from otpushd.model.row import DatasetRow, LinkRow

NEWS = DatasetRow(1, "news", 100, False, False)
KNOWN = {1: KnownDataset(NEWS)}
CONTENT = b'{"text": "t", "answer": "accept", "_timestamp": 1700000000}'
ROW = LinkRow(7, 3, 1, 10, 20, CONTENT, len(CONTENT))


def content(text: bytes) -> dict[str, Any]:
    return {"content": text, "size": len(text)}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ROW._replace(example_id=4), id="another example"),
        pytest.param(ROW._replace(**content(CONTENT.replace(b"17", b"18"))), id="decided at another moment"),
        pytest.param(ROW._replace(**content(b"{}")), id="without a moment"),
    ],
)
def test_another_row_under_the_same_id_is_fresh(other: LinkRow) -> None:
    compared = compare([other], KNOWN, {7: record_of(ROW, NEWS)})
    assert (compared.fresh, compared.edited, compared.gone) == ((other,), (), {tag(NEWS): 1})
    assert compared.records == ((7, record_of(other, NEWS)._replace(former=frozenset({record_of(ROW, NEWS).row}))),)


def test_a_row_that_stood_under_its_id_before_another_is_no_new_one() -> None:
    """A backup was restored, work went on, and then a newer one was."""
    other = ROW._replace(example_id=4)
    records = {7: record_of(ROW, NEWS)} | dict(compare([other], KNOWN, {7: record_of(ROW, NEWS)}).records)
    back = compare([ROW], KNOWN, records)
    assert (back.fresh, back.gone) == ((), {tag(NEWS): 1})
    again = compare([other], KNOWN, dict(back.records))
    assert again.fresh == ()


@pytest.mark.parametrize(
    "other", [NEWS._replace(created=101), NEWS._replace(id=2)], ids=["made at another time", "another id"]
)
def test_the_same_row_of_another_dataset_is_fresh(other: DatasetRow) -> None:
    link = ROW._replace(dataset_id=other.id)
    compared = compare([link], {other.id: KnownDataset(other)}, {7: record_of(ROW, NEWS)})
    assert compared.fresh == (link,)


@pytest.mark.parametrize(
    "dataset", [NEWS, NEWS._replace(name="renamed"), NEWS._replace(bare=True)], ids=["as it was", "renamed", "its meta"]
)
def test_the_same_row_is_nothing(dataset: DatasetRow) -> None:
    compared = compare([ROW], {1: KnownDataset(dataset)}, {7: record_of(ROW, NEWS)}, complete=True)
    assert (compared.fresh, compared.edited, compared.gone, compared.records) == ((), (), {}, ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CONTENT.replace(b"accept", b"reject"), id="another answer"),
        pytest.param(CONTENT.replace(b'": ', b'" :'), id="written in another way"),
        pytest.param(CONTENT.replace(b'"text": "t", ', b""), id="with less in it"),
    ],
)
def test_a_row_with_other_content_and_the_same_moment_was_rewritten(text: bytes) -> None:
    link = ROW._replace(**content(text))
    compared = compare([link], KNOWN, {7: record_of(ROW, NEWS)})
    assert (compared.fresh, compared.edited) == ((), (link,))


def test_a_row_of_the_same_moment_is_the_same_although_its_hashes_were_reckoned_anew() -> None:
    """A viewer in which its text was mended does that."""
    link = ROW._replace(input_hash=11, task_hash=None, **content(CONTENT.replace(b'"t"', b'"mended"')))
    compared = compare([link], KNOWN, {7: record_of(ROW, NEWS)})
    assert (compared.fresh, compared.edited, compared.gone) == ((), (link,), {})


WRITTEN = {
    "as JavaScript writes it": (b'{"_timestamp": 1700000100.0}', b'{"_timestamp":1700000100}'),
    "its keys in another order": (
        b'{"v": [{"_timestamp": 1}], "_timestamp": 2}',
        b'{"_timestamp": 2, "v": [{"_timestamp": 1}]}',
    ),
    "stray bytes mended": (b'{"_timestamp": 2.5, "text": "\xff"}', b'{"text": "", "_timestamp": 25e-1}'),
    "in an envelope": (
        b'{"__class__": "a", "extras": {"_timestamp": 3.0}, "input": {}}',
        b'{"input": {}, "extras": {"_timestamp": 3}, "__class__": "a"}',
    ),
}


@pytest.mark.parametrize(("before", "after"), WRITTEN.values(), ids=WRITTEN)
def test_the_moment_is_a_value_and_the_tasks_own(before: bytes, after: bytes) -> None:
    assert record_of(ROW._replace(**content(after)), NEWS).row == record_of(ROW._replace(**content(before)), NEWS).row


@pytest.mark.parametrize(
    ("change", "fresh"),
    [
        pytest.param({"input_hash": 11}, False, id="hashes only"),
        pytest.param(content(b'{"text": "mended"}'), False, id="content only"),
        pytest.param({"input_hash": 11, **content(b'{"text": "mended"}')}, True, id="both"),
        pytest.param(content(b'{"text": "t", "_timestamp": 5}'), True, id="a moment now"),
    ],
)
def test_a_row_without_a_moment_is_the_same_while_its_hashes_are_or_its_content_is(
    change: dict[str, Any], fresh: bool
) -> None:
    old = ROW._replace(**content(b'{"text": "t"}'))
    assert bool(compare([old._replace(**change)], KNOWN, {7: record_of(old, NEWS)}).fresh) == fresh


def test_records_of_an_earlier_version_are_understood_and_written_anew() -> None:
    """As 0.1 wrote it: the moment as a text, the hashes beside it."""
    parts = b"(1, 100, 3, 10, 20, b'1700000000')"
    row = int.from_bytes(blake2b(parts, digest_size=8).digest(), "big") >> 1
    before = record_of(ROW, NEWS)._replace(row=row)
    compared = compare([ROW], KNOWN, {7: before})
    assert (compared.fresh, compared.edited, compared.gone) == ((), (), {})
    assert compared.records == ((7, record_of(ROW, NEWS)),)
    assert last_in_common([ROW], {1: NEWS}, {7: before}) == 7
    other = record_of(ROW._replace(example_id=4), NEWS)._replace(former=frozenset({row}))
    assert compare([ROW], KNOWN, {7: other}).fresh == ()


def test_a_row_that_is_gone_may_come_back() -> None:
    first = compare([], KNOWN, {7: record_of(ROW, NEWS)}, complete=True)
    assert (first.gone, first.records[0][1].dataset) == ({tag(NEWS): 1}, GONE)
    assert compare([], KNOWN, dict(first.records), complete=True).records == ()
    again = compare([ROW], KNOWN, dict(first.records), complete=True)
    assert (again.fresh, again.gone, again.records) == ((), {}, ((7, record_of(ROW, NEWS)),))


def test_rows_that_were_not_looked_for_are_not_gone() -> None:
    assert compare([], KNOWN, {7: record_of(ROW, NEWS)}).gone == {}


def test_a_quoted_moment_is_not_the_moment() -> None:
    quoted = ROW._replace(**content(rb'{"text": "{\"_timestamp\": 5}", "_timestamp": 1}'))
    other = ROW._replace(**content(rb'{"text": "{\"_timestamp\": 6}", "_timestamp": 1}'))
    assert record_of(quoted, NEWS).row == record_of(other, NEWS).row


def test_a_task_too_large_to_be_read_is_known_by_its_size() -> None:
    large = ROW._replace(content=None, size=80_000_000)
    assert record_of(large, NEWS) != record_of(large._replace(size=80_000_001), NEWS)
    assert record_of(large, NEWS).row == record_of(large._replace(size=80_000_001), NEWS).row


def test_the_last_row_in_common_is_the_largest_that_is_what_it_was() -> None:
    rows = [ROW._replace(id=number, example_id=number) for number in range(1, 6)]
    recorded = {row.id: record_of(row, NEWS) for row in rows[:4]}
    now = [*rows[:2], rows[2]._replace(example_id=9), rows[4]]
    assert last_in_common(now, {1: NEWS}, recorded) == 2
    assert last_in_common(now[2:], {1: NEWS}, recorded) is None
    assert last_in_common([], {1: NEWS}, recorded) is None


def test_a_link_to_a_dataset_that_is_not_there_has_an_identity_as_well() -> None:
    assert record_of(ROW, None) != record_of(ROW, NEWS)
    assert record_of(ROW, None) == record_of(ROW, None)
