"""What each link id of a source stood for when it was taken: 16 bytes a link, packed in blocks of 128 ids.

One row for each block instead of one for each link: two million links are 32 MB, and a page touches five rows. What an
id stood for before, where it was given out again, has a table of its own.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from struct import Struct
from typing import Any

import peewee

from otpushd.model.record import Record
from otpushd.model.row import LinkRow
from otpushd.store.sql import many, marks, rows

BLOCK = 128
PACKED = Struct("<qII")
NOTHING = bytes(BLOCK * PACKED.size)
RANGE = """
SELECT number, records FROM record_block WHERE source = ? AND number >= ? AND number <= ? ORDER BY number LIMIT ?
"""
PUT = """
INSERT INTO record_block (source, number, records) VALUES (?, ?, ?)
ON CONFLICT (source, number) DO UPDATE SET records = excluded.records
"""
FORMER = "SELECT link_id, stood_for FROM former_record WHERE source = ? AND link_id > ? AND link_id <= ?"
PUT_FORMER = "INSERT INTO former_record (source, link_id, stood_for) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


def structured(source: str) -> str:
    """What the records of a source's structured links are kept under: both storages count their ids from one."""
    return f"{source}/structured"


def records_between(
    database: peewee.Database, source: str, above: int, upto: int, blocks: int = 64
) -> tuple[dict[int, Record], int]:
    """The records of the ids above `above` up to `upto`, and up to where they are complete.

    That is `upto`, unless there are more than `blocks` blocks of them.
    """
    found = rows(database, RANGE, (source, (above + 1) // BLOCK, upto // BLOCK, blocks + 1))
    if len(found) > blocks:
        upto = found.pop()[0] * BLOCK - 1
    records: dict[int, Record] = {}
    for number, packed in found:
        for at, fields in enumerate(PACKED.iter_unpack(packed), number * BLOCK):
            if fields[0] and above < at <= upto:
                records[at] = Record(*fields)
    return _with_former(records, rows(database, FORMER, (source, above, upto))), upto


def records_of(database: peewee.Database, source: str, ids: Collection[int]) -> dict[int, Record]:
    """The records of these ids, of those that have one."""
    blocks = _blocks(database, source, sorted({number // BLOCK for number in ids}))
    found = {
        number: Record(*PACKED.unpack_from(blocks[number // BLOCK], number % BLOCK * PACKED.size)) for number in ids
    }
    known = {number: record for number, record in found.items() if record.row}
    return _with_former(known, _former(database, source, sorted(known)))


def taken_before(database: peewee.Database, source: str, links: Sequence[LinkRow], upto: int) -> dict[int, Record]:
    """The records of those links whose ids, at or below `upto`, may have been taken before."""
    again = [link.id for link in links if link.id <= upto]
    return records_of(database, source, again) if again else {}


def save_records(database: peewee.Database, source: str, records: Sequence[tuple[int, Record]]) -> None:
    """Write records over those of the same ids. Opens no transaction: it belongs into the one that took the rows."""
    by_block = {number: list(some) for number, some in groupby(sorted(records), key=lambda record: record[0] // BLOCK)}
    blocks = _blocks(database, source, list(by_block))
    for number, some in by_block.items():
        packed = blocks[number]
        for at, record in some:
            PACKED.pack_into(packed, at % BLOCK * PACKED.size, *record[:3])
    many(database, PUT, [(source, number, bytes(packed)) for number, packed in blocks.items()])
    many(database, PUT_FORMER, [(source, number, row) for number, record in records for row in sorted(record.former)])


def _former(database: peewee.Database, source: str, ids: list[int]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        statement = f"SELECT link_id, stood_for FROM former_record WHERE source = ? AND link_id IN ({marks(len(some))})"  # noqa: S608 - question marks only
        found += rows(database, statement, (source, *some))
    return found


def _with_former(records: dict[int, Record], former: Iterable[tuple[int, int]]) -> dict[int, Record]:
    by_id: dict[int, set[int]] = {}
    for number, row in former:
        if number in records:
            by_id.setdefault(number, set()).add(row)
    return records | {number: records[number]._replace(former=frozenset(some)) for number, some in by_id.items()}


def _blocks(database: peewee.Database, source: str, numbers: list[int]) -> dict[int, bytearray]:
    blocks = {number: bytearray(NOTHING) for number in numbers}
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        statement = f"SELECT number, records FROM record_block WHERE source = ? AND number IN ({marks(len(some))})"  # noqa: S608 - question marks only
        blocks.update({number: bytearray(packed) for number, packed in rows(database, statement, (source, *some))})
    return blocks
