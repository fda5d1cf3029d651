"""Whether a row is the one that was taken under its id. Pure: rows and records in, what they differ in out.

A row is the same while dataset and example are, and the moment of decision is; where there is none, while the hashes
are the same or the content is. Else it was rewritten at most: values count, not how they are written. Two rows are two
answers, even with equal content; a row that a restored backup brings back is the same row.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from zlib import crc32

from otpushd.model.memory import KnownDataset
from otpushd.model.record import GONE, Record
from otpushd.model.row import DatasetRow, LinkRow
from otpushd.prodigy.moment import moment_of

BEFORE_0012 = re.compile(rb'"_timestamp"\s*:\s*([-+.0-9eE]+)')
"""The moment as it was recorded up to migration 0011, with the hashes beside it."""
MOMENT = 31
"""A record's `row` is made of what its place is, whether there is a moment, and 31 bits of that or of the hashes."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How rows differ from the records of their ids: `fresh` were never taken, `edited` are the same with other
    content, `gone` counts the rows that are no more by their dataset's tag. `records` are to be written.
    """

    fresh: tuple[LinkRow, ...]
    edited: tuple[LinkRow, ...] = ()
    gone: Counter[int] = field(default_factory=Counter)
    records: tuple[tuple[int, Record], ...] = ()


def tag(dataset: DatasetRow) -> int:
    """A dataset as records name it, never GONE. Its name may be changed by hand, and its rows stay its rows."""
    return crc32(b"%d %d" % (dataset.id, dataset.created)) or 1


def record_of(link: LinkRow, dataset: DatasetRow | None) -> Record:
    """What is kept of a row."""
    content, moment = link.content, moment_of(link.content)
    created = None if dataset is None else dataset.created
    place = _number(link.dataset_id, created, link.example_id) >> 32 or 1
    rest = ascii((link.input_hash, link.task_hash) if moment is None else moment)
    row = place << MOMENT + 1 | (moment is not None) << MOMENT | crc32(rest.encode()) >> 1
    return Record(row, link.size if content is None else crc32(content), 1 if dataset is None else tag(dataset))


def is_same(now: Record, before: Record) -> bool:
    """Whether both are of one row, which may have been rewritten."""
    undecided = now.row >> MOMENT == before.row >> MOMENT and not now.row >> MOMENT & 1
    return now.row == before.row or (undecided and now.content == before.content)


def _row_before_0012(link: LinkRow, dataset: DatasetRow | None) -> int:
    """What is still in records that no pass of the sweep has written anew."""
    decided = BEFORE_0012.search(link.content) if link.content else None
    created = None if dataset is None else dataset.created
    hashes = link.input_hash, link.task_hash
    return _number(link.dataset_id, created, link.example_id, *hashes, decided and decided[1]) or 1


def _number(*parts: object) -> int:
    """63 bits."""
    return int.from_bytes(blake2b(ascii(parts).encode(), digest_size=8).digest(), "big") >> 1


def compare(
    links: Iterable[LinkRow],
    known: Mapping[int, KnownDataset],
    recorded: Mapping[int, Record] | None,
    *,
    complete: bool = False,
) -> Comparison:
    """Compare rows with the records of their ids; None: there are none, nor are any to be written. `complete` says that
    the rows are all there are with these records' ids, so that a record without a row is of one that is gone. No record
    is ever dropped, nor are those before it: the rows may come back.
    """
    if recorded is None:
        return Comparison(tuple(links))
    fresh: list[LinkRow] = []
    edited: list[LinkRow] = []
    gone: Counter[int] = Counter()
    records: list[tuple[int, Record]] = []
    left = dict(recorded)
    for link in links:
        dataset = known.get(link.dataset_id)
        row = dataset.row if dataset else None
        now, before = record_of(link, row), left.pop(link.id, None)
        if before is None:
            fresh.append(link)
        elif not is_same(now, before) and (earlier := _row_before_0012(link, row)) != before.row:
            now = now._replace(former=before.former | {before.row})
            if before.former.isdisjoint((now.row, earlier)):
                fresh.append(link)
            if before.dataset != GONE:
                gone[before.dataset] += 1
        elif now[:3] == before[:3]:
            continue
        else:
            now = now._replace(former=before.former)
            if now.content != before.content:
                edited.append(link)
        records.append((link.id, now))
    if complete:
        for number, record in left.items():
            if record.dataset != GONE:
                gone[record.dataset] += 1
                records.append((number, record._replace(dataset=GONE)))
    return Comparison(tuple(fresh), tuple(edited), gone, tuple(records))


def is_recorded(link: LinkRow, datasets: Mapping[int, DatasetRow], recorded: Mapping[int, Record]) -> bool:
    """Whether it is the row that is recorded under its id."""
    record, dataset = recorded.get(link.id), datasets.get(link.dataset_id)
    if record is None:
        return False
    return is_same(record_of(link, dataset), record) or record.row == _row_before_0012(link, dataset)


def last_in_common(
    links: Sequence[LinkRow], datasets: Mapping[int, DatasetRow], recorded: Mapping[int, Record]
) -> int | None:
    """The largest id whose row is the one recorded; None if there is none.

    Such a row was never deleted, so that no id below it was given out again: both databases count on from the largest.
    Links to session datasets do not tell: they are of ids alone, which may all have been given out again alike.
    """
    for link in reversed(links):
        dataset = datasets.get(link.dataset_id)
        if not (dataset is not None and dataset.session) and is_recorded(link, datasets, recorded):
            return link.id
    return None
