"""Orders unfold to examples, each once in a queue, and are complete when nothing of them is left."""

from datetime import datetime, timedelta

import peewee
import pytest

from otpushd.model.ledger import Entry, Ledger, Wanted
from otpushd.model.queue import FROM_OUTSIDE, Fate, Order, Reanswered, Settled
from otpushd.store import queue
from otpushd.store.inbox import read
from otpushd.store.ledger import load_ledger, save_ledger
from otpushd.store.sql import rows

NEWS, SPORT, FILE = 11, 12, "news.jsonl"


@pytest.fixture
def known(database: peewee.Database) -> peewee.Database:
    """Eight answers in `news`, one of them structured, and one in `sport`."""
    ledger = Ledger()
    ledger.tally(NEWS, "main", "news")
    ledger.tally(SPORT, "main", "sport")
    for n in range(1, 8):
        answer = "reject" if n % 2 else "accept"
        ledger.write(Entry(NEWS, n, 100 + n, "ann", True, answer, n, n / 10, n))
    ledger.write(Entry(NEWS, -9, 109, None, False, None, 0, 0.05, 9))
    ledger.write(Entry(SPORT, 3, 303, "ann", True, "accept", 1, 0.01, 1))
    with database.atomic():
        save_ledger(database, "main", ledger)
    return database


def order(now: datetime, number: str = "o", **what: object) -> Order:
    plain = {"rule": "r", "event_id": "e", "source": "main", "queue": FILE, "dataset": "news", "reason": "why"}
    return Order(id=number, at=now, **{**plain, **what})  # type: ignore[arg-type]


def give(database: peewee.Database, *orders: Order) -> None:
    with database.atomic():
        queue.add(database, orders)


def places(database: peewee.Database, now: datetime, *orders: Order) -> list[int]:
    give(database, *orders)
    queue.unfold(database, None, "main", now)
    return [item.place for item in queue.pending(database, "main", FILE, 99)]


def settle(database: peewee.Database, now: datetime, fate: Fate = Fate.QUEUED) -> None:
    items = queue.pending(database, "main", FILE, 99)
    queue.settle(database, None, "main", [Settled(one, fate, one.input, one.place) for one in items], now)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        pytest.param({"examples": (3, 1, 3)}, [1, 3], id="ids"),
        pytest.param({"examples": (9,)}, [-9], id="an id of structured storage"),
        pytest.param({"examples": (105,)}, [5], id="the hash of an input"),
        pytest.param({"examples": (3,), "input": 103}, [3], id="an answer's own row"),
        pytest.param({"examples": (3,), "input": 999}, [3], id="a row that is gone, as reading it will tell"),
        pytest.param({"examples": (77, -77)}, [77], id="an id that nobody knows"),
        pytest.param({"examples": (303,), "dataset": None}, [3], id="a hash and no dataset"),
        pytest.param({"selection": "lowest 2 scores"}, [-9, 1], id="lowest scores"),
        pytest.param({"selection": "highest 2 scores"}, [6, 7], id="highest scores"),
        pytest.param({"selection": "last 2 rejected"}, [5, 7], id="last rejected"),
        pytest.param({"selection": "last 3 answers"}, [5, 6, 7], id="last answers"),
        pytest.param({"selection": "lowest 5 scores of dataset sport"}, [3], id="of another dataset"),
        pytest.param({"selection": "lowest 5 scores of dataset nothing"}, [], id="of none"),
    ],
)
def test_an_order_is_about_what_it_names(
    known: peewee.Database, now: datetime, what: dict[str, object], found: list[int]
) -> None:
    assert places(known, now, order(now, **what)) == found


def test_each_example_is_once_in_a_queue_and_a_task_from_outside_keeps_its_content(
    known: peewee.Database, now: datetime
) -> None:
    orders = [order(now, "a", examples=(1, 2)), order(now, "b", examples=(2, 3)), order(now, "c", content=b"{}")]
    *inside, outside = places(known, now, *orders, order(now, "d", content=b"{}"))
    assert (inside, outside >= FROM_OUTSIDE) == ([1, 2, 3], True)
    assert [item.content for item in queue.pending(known, "main", FILE, 99)] == [None, None, None, b"{}"]
    assert rows(known, "SELECT id FROM queue_order WHERE state = 'done'") == [("d",)]


def test_the_same_order_is_written_once(known: peewee.Database, now: datetime) -> None:
    give(known, order(now, examples=(1,)))
    settle(known, now)
    assert places(known, now, order(now, examples=(2,))) == [1]


def test_claims_are_counted_and_what_is_settled_is_claimed_no_more(known: peewee.Database, now: datetime) -> None:
    places(known, now, order(now, examples=(1, 2)))
    items = queue.pending(known, "main", FILE, 99)
    assert queue.claim(known, None, "main", items[:1]) == {1: 1}
    assert queue.claim(known, None, "main", items) == {1: 2, 2: 1}
    settle(known, now)
    assert queue.claim(known, None, "main", items) == {}
    assert (queue.queues(known, "main"), queue.tasks_in(known, FILE, [1, 5])) == ([], {1})


def answered(database: peewee.Database, now: datetime, number: int, *, changed: bool) -> None:
    """In the commit of a page in which somebody answered that input."""
    ledger = load_ledger(database, Wanted(inputs=frozenset({number})))
    for one in list(ledger.queued[number]):
        ledger.answer_again(number, Reanswered(one, changed, now))
    with database.atomic():
        queue.answer(database, ledger.reanswered)


def test_an_order_is_complete_when_all_of_it_was_answered_again(known: peewee.Database, now: datetime) -> None:
    places(known, now, order(now, examples=(1, 2)))
    settle(known, now)
    answered(known, now, 101, changed=True)
    assert read(known, "main", 9) == []
    answered(known, now, 102, changed=False)
    (letter,) = read(known, "main", 9)
    assert letter.event is not None
    assert (letter.event.type, letter.event.dataset) == ("relabel.completed", "news")
    assert letter.event.data == {"queue": FILE, "done": 2, "changed": 1}


def test_what_was_gone_is_not_waited_for_and_nothing_is_told_of_nothing(known: peewee.Database, now: datetime) -> None:
    places(known, now, order(now, "a", examples=(1, 2)))
    items = queue.pending(known, "main", FILE, 99)
    queue.settle(known, None, "main", [Settled(items[0], Fate.QUEUED, 101, 1)], now)
    answered(known, now, 101, changed=False)
    assert read(known, "main", 9) == []
    settle(known, now, Fate.GONE)
    assert [letter.event.data["done"] for letter in read(known, "main", 9) if letter.event] == [1]
    places(known, now, order(now, "b", examples=(4,)))
    settle(known, now, Fate.GONE)
    assert len(read(known, "main", 9)) == 1


def test_what_is_done_is_forgotten_and_what_waits_is_not(known: peewee.Database, now: datetime) -> None:
    places(known, now, order(now, "a", examples=(1,)), order(now, "b", examples=(2,)))
    settle(known, now)
    answered(known, now, 101, changed=False)
    later = now + timedelta(days=91)
    assert (queue.prune_queues(known, later, 9), queue.prune_queues(known, later, 9)) == (1, 0)
    assert rows(known, "SELECT place FROM queue_item") == [(2,)]
