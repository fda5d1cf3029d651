"""Which examples an order is about, found in the ledger: by id, by their input's hash, or by a selection."""

from collections.abc import Iterator

import peewee

from otpushd.model.queue import End, Order, Selection, parse_selection
from otpushd.store.sql import marks, rows

DATASETS = "SELECT dataset FROM tally WHERE NOT gone AND source = ? AND name = ?"
BY_ID = "SELECT example, input FROM ledger_entry WHERE dataset IN ({}) AND example IN (?, ?)"
BY_INPUT = "SELECT example, input FROM ledger_entry WHERE input = ? AND dataset IN ({}) ORDER BY at DESC LIMIT 1"
ALL_DATASETS = "SELECT dataset FROM tally WHERE NOT gone AND source = ?"
SELECTED = "SELECT example, input FROM ledger_entry WHERE dataset IN ({}) AND {} ORDER BY {} LIMIT ?"
SPARE = 4
"""So many rows are looked at for each example wanted, because several people may have answered one input."""


def found(database: peewee.Database, order: Order) -> Iterator[tuple[int, int | None]]:
    """The places of the examples, and their inputs; None for one that the ledger does not know.

    A number may be an id or a hash: it is the id of an example in the event's dataset, else the hash of an input of
    the source, else the id of an example that nobody has seen.
    """
    here = _datasets(database, order.source, order.dataset)
    for number in dict.fromkeys(order.examples):
        rows_of_it = _by_id(database, here, number, order.input)
        if not rows_of_it and order.input is None:
            rows_of_it = _by_input(database, order.source, here, number)
        if rows_of_it:
            yield rows_of_it[0]
        elif number > 0:
            yield number, order.input
    if order.selection is not None:
        yield from _selected(database, order, parse_selection(order.selection))


def _datasets(database: peewee.Database, source: str, name: str | None) -> list[int]:
    return [] if name is None else [number for (number,) in rows(database, DATASETS, (source, name))]


def _by_id(
    database: peewee.Database, datasets: list[int], number: int, only: int | None
) -> list[tuple[int, int | None]]:
    if not datasets:
        return []
    values = (*datasets, number, -number)
    return [
        (place, of)
        for place, of in rows(database, BY_ID.format(marks(len(datasets))), values)
        if only is None or of == only
    ]


def _by_input(database: peewee.Database, source: str, datasets: list[int], number: int) -> list[tuple[int, int | None]]:
    among = datasets or [each for (each,) in rows(database, ALL_DATASETS, (source,))]
    if not among:
        return []
    return [(place, of) for place, of in rows(database, BY_INPUT.format(marks(len(among))), (number, *among))]


def _selected(database: peewee.Database, order: Order, selection: Selection) -> Iterator[tuple[int, int | None]]:
    datasets = _datasets(database, order.source, selection.dataset or order.dataset)
    if not datasets:
        return
    condition, ordered = "answered", "at DESC, example DESC"
    if selection.end is not End.LAST:
        condition, ordered = "score IS NOT NULL", "score, example"
    if selection.end is End.HIGHEST:
        ordered = "score DESC, example"
    values: list[object] = [*datasets]
    if selection.answer is not None:
        condition, values = "answered AND answer = ?", [*datasets, selection.answer]
    statement = SELECTED.format(marks(len(datasets)), condition, ordered)
    chosen: dict[int, int] = {}
    for place, of in rows(database, statement, (*values, SPARE * selection.count)):
        chosen.setdefault(of, place)
    for of, place in list(chosen.items())[: selection.count]:
        yield place, of
