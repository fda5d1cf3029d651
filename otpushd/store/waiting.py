"""The table of answers that wait for review: written with the ledger, in its transaction."""

from collections.abc import Collection, Iterable, Mapping

import peewee

from otpushd.model.waiting import Backlog, Waiting, Waits
from otpushd.store.sql import many, rows

PUT = """
INSERT INTO waiting_review (dataset, example, place, input, at, seen) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (dataset, example) DO NOTHING
"""
REVIEWED = "DELETE FROM waiting_review WHERE place = ? AND input = ?"
FORGET = "DELETE FROM waiting_review WHERE dataset = ?"
PUT_BACKLOG = """
INSERT INTO waiting_review (dataset, example, place, input, at, seen)
SELECT e.dataset, e.example, ?, e.input, e.at, e.at FROM ledger_entry e
WHERE e.dataset = ? AND e.example > ? AND e.example <= ? AND e.answered AND NOT EXISTS (
  SELECT 1 FROM ledger_entry r WHERE r.input = e.input AND r.dataset = ? AND r.answered)
ON CONFLICT (dataset, example) DO NOTHING
"""
UPTO = """
SELECT max(example) FROM (
  SELECT example FROM ledger_entry WHERE dataset = ? AND example > ? ORDER BY example LIMIT ?) AS next_ones
"""
SMALLEST = -(1 << 63)
NOBODY = 0
"""No dataset has this number, but by a chance of one in 2^64."""


def save_waiting(database: peewee.Database, waits: Waits) -> None:
    """Write what waits from now on, and what no more. Opens no transaction."""
    for piece in waits.backlog:
        _put_backlog(database, piece)
    many(database, PUT, [one for some in waits.added.values() for one in some])
    many(database, REVIEWED, waits.reviewed)


def load_waiting(database: peewee.Database, wanted: Mapping[int, Collection[int]]) -> dict[int, Waiting]:
    """What waits in datasets, given the instants that are asked about: for each the oldest of what was seen later."""
    return {dataset: _waiting(database, dataset, sorted(after)) for dataset, after in wanted.items()}


def backlog_upto(database: peewee.Database, dataset: int, after: int | None, most: int) -> int | None:
    """The number of the last of the next `most` examples in a dataset, None where there are no more."""
    ((upto,),) = rows(database, UPTO, (dataset, SMALLEST if after is None else after, most))
    return None if upto is None else int(upto)


def prune_waiting(database: peewee.Database, pairs: Iterable[tuple[int, int]]) -> None:
    """Forget what waited, given by dataset and example, because the dataset is no more. Opens no transaction."""
    many(database, "DELETE FROM waiting_review WHERE dataset = ? AND example = ?", pairs)


def _waiting(database: peewee.Database, dataset: int, after: list[int]) -> Waiting:
    ((count, oldest),) = rows(database, "SELECT count(*), min(at) FROM waiting_review WHERE dataset = ?", (dataset,))
    newest = "SELECT min(at) FROM waiting_review WHERE dataset = ? AND seen > ?"
    return Waiting(count, oldest, {cut: rows(database, newest, (dataset, cut))[0][0] for cut in after})


def _put_backlog(database: peewee.Database, piece: Backlog) -> None:
    if piece.after is None:
        rows(database, FORGET, (piece.dataset,))
    after = SMALLEST if piece.after is None else piece.after
    reviews = NOBODY if piece.reviews is None else piece.reviews
    rows(database, PUT_BACKLOG, (piece.place, piece.dataset, after, piece.upto, reviews))
