"""The ledger's tables, on both databases: what was written comes back when a page asks for it."""

import peewee

from otpushd.model.ledger import RUNG, Entry, Ledger, Wanted
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.store.commit import commit_step
from otpushd.store.ledger import due_datasets, load_ledger, next_timer, prune_ledger

ANN = Entry(7, 1, -11, "ann", True, "accept", 2**63 - 1, 0.5, 10)
BOB = Entry(7, -2, -11, None, True, None, -(2**63), None, 11)
ELSEWHERE = Entry(8, 1, -11, "cid", False, None, 0, None, 12)


def save(database: peewee.Database, ledger: Ledger) -> None:
    commit_step(database, "main", Outcome(Step(SourceMemory()), ledger=ledger))


def ledger() -> Ledger:
    made = Ledger()
    tally = made.tally(7, "main", "news")
    tally.accepted, tally.people, tally.first, tally.last, tally.hours = 3, {"ann": [3, 10]}, 5, 10, {1: 2}
    tally.inputs[2] = 4
    for entry in (BOB, ANN, ELSEWHERE):
        made.write(entry)
    made.put(7, "progress", "a", b"50")
    made.put_input(7, -11, "queue", b"x")
    made.set_timer(7, "deadline", "a", 99)
    return made


def test_what_a_page_may_touch_comes_back_as_it_was(database: peewee.Database) -> None:
    saved = ledger()
    save(database, saved)
    found = load_ledger(database, Wanted(frozenset({-11}), frozenset({7})))
    assert found.entries == {-11: [ANN, ELSEWHERE, BOB]}
    assert (found.tallies, found.notes, found.input_notes) == (saved.tallies, saved.notes, saved.input_notes)
    assert found.timers == {(7, "deadline", "a"): 99}
    assert not (found.written or found.changed or found.noted or found.input_noted or found.timed)


class Counter:
    """A note that counts."""

    def __init__(self, note: bytes | None) -> None:
        self.count = int(note or 0)

    def written(self) -> bytes:
        return str(self.count).encode()


def test_what_is_held_is_written_as_it_is_in_the_end(database: peewee.Database) -> None:
    made = ledger()
    for _ in range(3):
        made.hold(7, "counter", "", Counter).count += 1
    save(database, made)
    found = load_ledger(database, Wanted(datasets=frozenset({7})))
    assert found.hold(7, "counter", "", Counter).count == 3


def test_what_is_held_of_a_dataset_is_forgotten_with_it(database: peewee.Database) -> None:
    made = ledger()
    made.hold(7, "counter", "", Counter)
    made.forget(7)
    save(database, made)
    assert load_ledger(database, Wanted(frozenset({-11}), frozenset({7}))).notes == {}


def test_notes_on_inputs_of_a_dataset_that_is_no_more_are_not_found(database: peewee.Database) -> None:
    save(database, ledger())
    gone = Ledger()
    gone.forget(7)
    save(database, gone)
    assert load_ledger(database, Wanted(frozenset({-11}), frozenset({7}))).input_notes == {}


def test_what_was_not_asked_for_stays_where_it_is(database: peewee.Database) -> None:
    save(database, ledger())
    assert load_ledger(database, Wanted()) == Ledger()
    assert load_ledger(database, Wanted(frozenset({5}), frozenset({8}))) == Ledger()


def test_what_is_written_again_is_written_over_and_what_is_forgotten_goes(database: peewee.Database) -> None:
    save(database, ledger())
    again = load_ledger(database, Wanted(frozenset({-11}), frozenset({7})))
    again.write(ANN._replace(answer="reject"))
    again.put(7, "progress", "a", None)
    again.put_input(7, -11, "queue", None)
    again.set_timer(7, "deadline", "a", None)
    save(database, again)
    found = load_ledger(database, Wanted(frozenset({-11}), frozenset({7})))
    assert ANN._replace(answer="reject") in found.entries[-11]
    assert (found.notes, found.input_notes, found.timers) == ({}, {}, {})


def test_of_a_dataset_that_is_no_more_nothing_counts_and_its_entries_go_bit_by_bit(database: peewee.Database) -> None:
    save(database, ledger())
    dropped = Ledger()
    dropped.forget(7)
    save(database, dropped)
    found = load_ledger(database, Wanted(frozenset({-11}), frozenset({7})))
    assert (found.tallies, found.notes, found.timers) == ({}, {}, {})
    while prune_ledger(database, 1):
        pass
    assert load_ledger(database, Wanted(frozenset({-11}))).entries == {-11: [ELSEWHERE]}


def test_the_next_timer_is_the_earliest_that_has_not_rung(database: peewee.Database) -> None:
    assert next_timer(database, "main") is None
    made = ledger()
    made.set_timer(8, "deadline", "b", RUNG)
    save(database, made)
    assert (next_timer(database, "main"), next_timer(database, "other")) == (99, None)
    assert (due_datasets(database, "main", 98), due_datasets(database, "main", 99)) == ([], [7])


def test_thousands_of_inputs_can_be_asked_for_at_once(database: peewee.Database) -> None:
    made = Ledger()
    for number in range(3000):
        made.write(ANN._replace(example=number, input=number))
    save(database, made)
    found = load_ledger(database, Wanted(frozenset(range(0, 6000, 2))))
    assert len(found.entries) == 1500
