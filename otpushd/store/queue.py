"""Queues: orders as rules give them, their examples one by one, and which of them were answered since.

An order is written in the commit of the event that led to it. What is done with it afterwards is done by whoever polls
its source, under that hold.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

import peewee

from otpushd.model.event import Event, event_id
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.queue import FROM_OUTSIDE, Item, Order, Queued, Reanswered, Settled
from otpushd.store.hold import Hold, fence
from otpushd.store.inbox import put_within
from otpushd.store.queue_examples import found
from otpushd.store.sql import many, marks, rows

COMPLETED = "relabel.completed"
ADD = """
INSERT INTO queue_order (id, source, rule, event_id, queue, dataset, reason, at, wanted, content, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new') ON CONFLICT (id) DO NOTHING
"""
NEW = """
SELECT id, rule, event_id, queue, dataset, reason, at, wanted, content FROM queue_order
WHERE source = ? AND state = 'new' ORDER BY at LIMIT ?
"""
ADD_ITEM = """
INSERT INTO queue_item (queue, source, place, order_id, at, input, fate, claims, changed)
VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, FALSE) ON CONFLICT (queue, source, place) DO NOTHING
"""
QUEUES = "SELECT DISTINCT queue FROM queue_item WHERE source = ? AND fate = 'pending'"
PENDING = """
SELECT i.queue, i.place, i.order_id, o.reason, i.input, CASE WHEN i.place >= ? THEN o.content END
FROM queue_item i JOIN queue_order o ON o.id = i.order_id
WHERE i.source = ? AND i.queue = ? AND i.fate = 'pending' ORDER BY i.at, i.place LIMIT ?
"""
CLAIM = """
UPDATE queue_item SET claims = claims + 1 WHERE source = ? AND queue = ? AND fate = 'pending' AND place IN ({})
RETURNING place, claims
"""
TAKEN = "SELECT task FROM queue_item WHERE queue = ? AND fate IN ('queued', 'answered', 'kept') AND task IN ({})"
SETTLE = """
UPDATE queue_item SET fate = ?, input = ?, task = ?, queued_at = ? WHERE queue = ? AND source = ? AND place = ?
  AND fate = 'pending'
"""
WAITING = "SELECT input, source, queue, place, order_id, queued_at FROM queue_item WHERE fate = 'queued' AND input IN "
ANSWER = """
UPDATE queue_item SET fate = 'answered', changed = ? WHERE queue = ? AND source = ? AND place = ? AND fate = 'queued'
"""
STANDING = """
SELECT o.id, o.source, o.queue, o.dataset,
  coalesce(sum(CASE WHEN i.fate IN ('pending', 'queued') THEN 1 ELSE 0 END), 0),
  coalesce(sum(CASE WHEN i.fate = 'answered' THEN 1 ELSE 0 END), 0),
  coalesce(sum(CASE WHEN i.changed THEN 1 ELSE 0 END), 0)
FROM queue_order o LEFT JOIN queue_item i ON i.order_id = o.id WHERE o.state = 'open' AND o.id IN ({})
GROUP BY o.id, o.source, o.queue, o.dataset
"""
PRUNED = "SELECT id FROM queue_order WHERE state = 'done' AND at < ? LIMIT ?"


def add(database: peewee.Database, orders: Iterable[Order]) -> None:
    """Write orders down. Opens no transaction: it belongs into the one that holds what else the event led to."""
    many(database, ADD, [_row(one) for one in orders])


def unfold(database: peewee.Database, hold: Hold | None, source: str, now: datetime, most: int = 100) -> int:
    """Find the examples that new orders are about, each at most once in a queue. Returns how many orders there were.

    Raises HoldLost where another daemon polls the source by now.
    """
    if not (new := rows(database, NEW, (source, most))):
        return 0
    with database.atomic():
        _fence(database, hold)
        orders = [_order(source, row) for row in new]
        for one in orders:
            items = [
                (one.queue, source, place, one.id, to_micros(one.at), number) for place, number in _items(database, one)
            ]
            many(database, ADD_ITEM, items)
            rows(database, "UPDATE queue_order SET state = 'open' WHERE id = ?", (one.id,))
        complete(database, [one.id for one in orders], now)
    return len(orders)


def queues(database: peewee.Database, source: str) -> list[str]:
    """The queues into which something of this source is to be put."""
    return [name for (name,) in rows(database, QUEUES, (source,))]


def pending(database: peewee.Database, source: str, queue: str, most: int) -> list[Item]:
    """What is to be put there next, the oldest order first."""
    found = rows(database, PENDING, (FROM_OUTSIDE, source, queue, most))
    return [
        Item(name, place, order, reason, of, None if content is None else bytes(content))
        for name, place, order, reason, of, content in found
    ]


def claim(database: peewee.Database, hold: Hold | None, source: str, items: Sequence[Item]) -> dict[int, int]:
    """Note that these items of one queue are about to be put there. How often that was tried by now, by their places;
    those that are pending no more are left out. Raises HoldLost.
    """
    with database.atomic():
        _fence(database, hold)
        values = (source, items[0].queue, *(item.place for item in items))
        return dict(rows(database, CLAIM.format(marks(len(items))), values))


def tasks_in(database: peewee.Database, queue: str, tasks: Sequence[int]) -> set[int]:
    """Which of these tasks, by their hashes, have been put into a queue."""
    return {task for (task,) in rows(database, TAKEN.format(marks(len(tasks))), (queue, *tasks))} if tasks else set()


def settle(
    database: peewee.Database, hold: Hold | None, source: str, settled: Sequence[Settled], now: datetime
) -> None:
    """Write down what became of items. Raises HoldLost."""
    if not settled:
        return
    with database.atomic():
        _fence(database, hold)
        at = to_micros(now)
        many(
            database,
            SETTLE,
            [(one.fate.value, one.input, one.task, at, one.item.queue, source, one.item.place) for one in settled],
        )
        complete(database, {one.item.order for one in settled}, now)


def waiting(database: peewee.Database, inputs: Sequence[int]) -> dict[int, list[Queued]]:
    """What waits for an answer to these inputs, by input."""
    found: dict[int, list[Queued]] = {}
    for number, *rest in rows(database, f"{WAITING}({marks(len(inputs))})", inputs):
        found.setdefault(number, []).append(Queued(*rest))
    return found


def answer(database: peewee.Database, answered: Sequence[Reanswered]) -> None:
    """Write down which were answered again, and whether that changed anything. In the transaction of those answers."""
    if answered:
        found = [(one.changed, one.queued) for one in answered]
        many(database, ANSWER, [(changed, one.queue, one.source, one.place) for changed, one in found])
        complete(database, {one.order for _, one in found}, max(one.at for one in answered))


def complete(database: peewee.Database, orders: Iterable[str], now: datetime) -> None:
    """Put `relabel.completed` into the inbox for those orders of which nothing is left, in the open transaction.

    Of an order of which nothing was answered, because there was nothing to be queued, nothing is told.
    """
    names = sorted(set(orders))
    if not names:
        return
    for number, source, queue, dataset, left, done, changed in rows(
        database, STANDING.format(marks(len(names))), names
    ):
        if left:
            continue
        rows(database, "UPDATE queue_order SET state = 'done', content = NULL WHERE id = ?", (number,))
        if done:
            data = {"queue": queue, "done": int(done), "changed": int(changed)}
            put_within(database, [Event(COMPLETED, event_id(COMPLETED, number), source, now, dataset, data)])


def prune_queues(database: peewee.Database, before: datetime, most: int) -> int:
    """Forget up to `most` orders from before that are done, with their examples. Returns how many went."""
    with database.atomic():
        gone = [number for (number,) in rows(database, PRUNED, (to_micros(before), most))]
        if gone:
            rows(database, f"DELETE FROM queue_item WHERE order_id IN ({marks(len(gone))})", gone)  # noqa: S608
            rows(database, f"DELETE FROM queue_order WHERE id IN ({marks(len(gone))})", gone)  # noqa: S608
    return len(gone)


def _fence(database: peewee.Database, hold: Hold | None) -> None:
    if hold is not None:
        fence(database, hold)


def _items(database: peewee.Database, order: Order) -> Iterable[tuple[int, int | None]]:
    if order.content is not None:
        yield FROM_OUTSIDE + int.from_bytes(blake2b(order.content, digest_size=7).digest(), "big"), order.input
    yield from found(database, order)


def _row(one: Order) -> tuple[object, ...]:
    wanted = json.dumps([one.examples, one.input, one.selection], separators=(",", ":"))
    what = (one.queue, one.dataset, one.reason, to_micros(one.at), wanted, one.content)
    return one.id, one.source, one.rule, one.event_id, *what


def _order(source: str, row: Sequence[object]) -> Order:
    number, rule, event, queue, dataset, reason, at, wanted, content = row
    examples, only, selection = json.loads(str(wanted))
    return Order(
        id=str(number),
        rule=str(rule),
        event_id=str(event),
        source=source,
        queue=str(queue),
        dataset=None if dataset is None else str(dataset),
        reason=str(reason),
        at=from_micros(int(str(at))),
        examples=tuple(examples),
        input=only,
        selection=selection,
        content=None if content is None else bytes(content),  # type: ignore[call-overload]
    )
