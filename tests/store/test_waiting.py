"""Answers that wait for review, on both databases: found by dataset, gone with their review, counted from what was."""

import peewee

from otpushd.model.ledger import Entry, Ledger
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.model.waiting import Backlog, Wait, Waiting, Waits
from otpushd.store.commit import commit_step
from otpushd.store.ledger import prune_ledger
from otpushd.store.waiting import backlog_upto, load_waiting

NEWS, CHECKED, PLACE = 7, 8, -(2**63)


def save(database: peewee.Database, ledger: Ledger) -> None:
    commit_step(database, "main", Outcome(Step(SourceMemory()), ledger=ledger))


def waits(database: peewee.Database, *inputs: int) -> None:
    """One answer to each input, decided and seen at ten times its number."""
    ledger = Ledger()
    for number in inputs:
        ledger.waits.add(Wait(NEWS, number, PLACE, -number, number * 10, number * 10))
    save(database, ledger)


def answers(database: peewee.Database, dataset: int, *examples: int) -> None:
    """Answers, an example each, to the input of that number."""
    ledger = Ledger()
    ledger.tally(dataset, "main", str(dataset))
    for number in examples:
        ledger.write(Entry(dataset, number, -abs(number), "ann", True, "accept", 0, None, abs(number) * 10))
    save(database, ledger)


def asked(database: peewee.Database, *after: int) -> Waiting:
    return load_waiting(database, {NEWS: after})[NEWS]


def test_what_waits_is_counted_with_the_oldest_of_each_time(database: peewee.Database) -> None:
    assert asked(database, 0) == Waiting(0, None, {0: None})
    waits(database, 3, 1, 2)
    assert asked(database, 0, 10, 25, 30) == Waiting(3, 10, {0: 10, 10: 20, 25: 30, 30: None})


def test_what_is_reviewed_waits_no_more(database: peewee.Database) -> None:
    waits(database, 1, 2)
    ledger = Ledger()
    ledger.waits.review(PLACE, -1)
    ledger.waits.review(PLACE + 1, -2)
    save(database, ledger)
    assert asked(database) == Waiting(1, 20, {})


def test_what_is_saved_and_reviewed_in_one_page_does_not_wait(database: peewee.Database) -> None:
    ledger = Ledger()
    ledger.waits.add(Wait(NEWS, 1, PLACE, -1, 10, 10))
    ledger.waits.review(PLACE, -1)
    save(database, ledger)
    assert asked(database).count == 0


def test_what_was_there_before_is_counted_piece_by_piece(database: peewee.Database) -> None:
    waits(database, 99)
    answers(database, NEWS, -4, 1, 2, 3)
    answers(database, CHECKED, 2)
    after = None
    while (upto := backlog_upto(database, NEWS, after, 2)) is not None:
        save(database, Ledger(waits=Waits(backlog=[Backlog(NEWS, PLACE, CHECKED, after, upto)])))
        after = upto
    assert asked(database, 20) == Waiting(3, 10, {20: 30})


def test_where_there_is_no_dataset_for_reviews_all_waits(database: peewee.Database) -> None:
    answers(database, NEWS, 1, 2)
    save(database, Ledger(waits=Waits(backlog=[Backlog(NEWS, PLACE, None, None, 2)])))
    assert asked(database).count == 2


def test_of_a_dataset_that_is_no_more_nothing_is_left(database: peewee.Database) -> None:
    answers(database, NEWS, 1, 2)
    waits(database, 1, 2)
    dropped = Ledger()
    dropped.forget(NEWS)
    save(database, dropped)
    while prune_ledger(database, 1):
        pass
    assert asked(database) == Waiting(0, None, {})
