"""Whether a row is the one that was taken under its id. Pure: rows and records in, what they differ in out.

Two rows are two answers, even with equal content; a row that a restored backup brings back is the same row.
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

DECIDED = re.compile(rb'"_timestamp"\s*:\s*([-+.0-9eE]+)')
"""When the browser says it was decided, found without decoding the task: an edit in place leaves it as it was."""


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
    """What is kept of a row. An example whose hashes and moment of decision are the same was at most rewritten."""
    content = link.content
    decided = DECIDED.search(content) if content else None
    created = None if dataset is None else dataset.created
    parts = ascii((link.dataset_id, created, link.example_id, link.input_hash, link.task_hash, decided and decided[1]))
    row = int.from_bytes(blake2b(parts.encode(), digest_size=8).digest(), "big") >> 1 or 1
    return Record(row, link.size if content is None else crc32(content), 1 if dataset is None else tag(dataset))


def compare(
    links: Iterable[LinkRow],
    known: Mapping[int, KnownDataset],
    recorded: Mapping[int, Record],
    *,
    complete: bool = False,
) -> Comparison:
    """Compare rows with the records of their ids. `complete` says that the rows are all there are with these records'
    ids, so that a record without a row is of one that is gone. No record is ever dropped, nor are those before it: the
    rows may come back.
    """
    fresh: list[LinkRow] = []
    edited: list[LinkRow] = []
    gone: Counter[int] = Counter()
    records: list[tuple[int, Record]] = []
    left = dict(recorded)
    for link in links:
        dataset = known.get(link.dataset_id)
        now, before = record_of(link, dataset.row if dataset else None), left.pop(link.id, None)
        if before is None:
            fresh.append(link)
        elif now.row != before.row:
            now = now._replace(former=before.former | {before.row})
            if now.row not in before.former:
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
    record = recorded.get(link.id)
    return record is not None and record.row == record_of(link, datasets.get(link.dataset_id)).row


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
