"""What rules have going on, in the store, on each database: kept whole, found by what may touch it, and let go of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import peewee
import pytest

from otpushd.model.case import CLOSE, Case, Letter, Repeated
from otpushd.model.cases import FOR_EVER, Cases, WantedCases
from otpushd.model.delivery import Accepted, Notification, State
from otpushd.model.event import Event
from otpushd.model.figures import Figures
from otpushd.store.cases import MOST_DUE, load_cases, next_case, next_held, prune_cases, save_cases, some_cases
from otpushd.store.outbox import Settlement, claim, settle
from otpushd.store.sql import rows

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Make = Callable[..., Notification]


def case(id: str = "c", rule: str = "r", key: str = "k", source: str = "main", **changes: Any) -> Case:
    event = Event("thing.opened", f"e {id}", source, NINE, "d", {"thing": "a"})
    made = Case(id, rule, key, event, b"{}", NINE)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def save(database: peewee.Database, *some: Case | Letter) -> None:
    """As a commit that knows nothing else."""
    cases = Cases()
    for one in some:
        if isinstance(one, Case):
            cases.put(one)
        else:
            cases.write(one)
    with database.atomic():
        save_cases(database, cases)


def ids(database: peewee.Database, **wanted: Any) -> set[str]:
    return set(load_cases(database, WantedCases(**wanted)).cases)


def whole() -> Case:
    """One that has all there can be."""
    data = {"text": "Ä \ud800 \x00 \x01at", "number": 0.1, "big": 2**70, "at": NINE, "none": None, "list": ["a", 1]}
    event = Event("thing.opened", "e", "main", NINE + timedelta(microseconds=1), None, data, b'{"text": "\x00"}')
    figures = Figures()
    figures.add(event)
    return Case(
        id="c",
        rule="r",
        key="k",
        trigger=event,
        document="{Ä}".encode(),
        opened_at=NINE,
        figures=figures,
        people=["ann", "bob"],
        told_at=NINE + MINUTE,
        due={"remind": NINE + 2 * MINUTE, "escalate 0": NINE + 3 * MINUTE},
        waits={"r/until": "j", "r/resolve": "l"},
        over=["escalate 1"],
        rest={"r/resolve": ["m", ""]},
        reminded=3,
    )


def test_a_case_is_kept_whole(database: peewee.Database) -> None:
    save(database, whole())

    assert load_cases(database, WantedCases(ids=frozenset({"c"}))).cases == {"c": whole()}


def test_a_case_that_changed_is_kept_as_it_is_now(database: peewee.Database) -> None:
    save(database, case(due={CLOSE: NINE}, waits={"r/until": "j", "r/resolve": "j"}))
    changed = case(told_at=NINE, due={"remind": NINE + MINUTE}, waits={"r/until": "other"})

    save(database, changed)

    assert load_cases(database, WantedCases(ids=frozenset({"c"}))).cases == {"c": changed}
    assert not ids(database, keys=frozenset({("r", "k")}))
    assert not ids(database, waits=frozenset({("r/until", "j"), ("r/resolve", "j")}))


def test_of_a_case_that_ended_nothing_is_left(database: peewee.Database) -> None:
    save(database, case(due={CLOSE: NINE}, waits={"r/until": "j"}))
    cases = Cases()
    cases.end(case())

    save_cases(database, cases)

    assert [rows(database, f"SELECT count(*) FROM {table}")[0][0] for table in ("rule_case", "case_wait")] == [0, 0]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({"keys": {("r", "k")}}, {"gathers"}, id="what gathers, by its rule and key"),
        pytest.param({"keys": {("r", "other"), ("other", "k")}}, set(), id="both must be right"),
        pytest.param({"waits": {("r/until", "j")}}, {"waits"}, id="what waits, by its listener and join"),
        pytest.param({"waits": {("r/until", "l"), ("r/resolve", "j")}}, set(), id="both must be right as well"),
        pytest.param({"rules": {"mute m"}}, {"mute"}, id="all of a rule"),
        pytest.param({"ids": {"waits", "nobody"}}, {"waits"}, id="by id"),
        pytest.param({"due": NINE + MINUTE, "source": "main"}, {"gathers", "due"}, id="what is due of a source"),
        pytest.param({"due": NINE, "source": "main"}, {"due"}, id="by then"),
    ],
)
def test_what_is_wanted_is_found(database: peewee.Database, wanted: dict[str, Any], found: set[str]) -> None:
    save(
        database,
        case("gathers", due={CLOSE: NINE + MINUTE}),
        case("told", told_at=NINE),
        case("waits", waits={"r/until": "j", "r/resolve": "l"}),
        case("mute", rule="mute m", key="x"),
        case("due", key="y", due={"remind": NINE}),
        case("elsewhere", key="z", source="other", due={"remind": NINE}),
    )
    frozen = {name: frozenset(value) if isinstance(value, set) else value for name, value in wanted.items()}

    assert ids(database, **frozen) == found


def test_only_so_many_are_looked_at_at_once_the_first_first(database: peewee.Database) -> None:
    save(database, *(case(f"c{n:03}", key=str(n), due={CLOSE: NINE + n * MINUTE}) for n in range(MOST_DUE + 1)))

    found = ids(database, due=FOR_EVER, source="main")

    assert found == {f"c{n:03}" for n in range(MOST_DUE)}
    assert some_cases(database, "main", "c000") == [f"c{n:03}" for n in range(1, MOST_DUE + 1)]


def test_when_the_next_has_something_to_do(database: peewee.Database, message: Make) -> None:
    assert (next_case(database, "main"), next_held(database)) == (None, None)

    save(database, case("a", due={CLOSE: NINE + MINUTE}), case("b", source="other", due={CLOSE: NINE}))
    save(database, Letter(message(1), State.HELD, NINE + 2 * MINUTE, "rate"), Letter(message(2), State.PENDING, NINE))

    assert (next_case(database, "main"), next_held(database)) == (NINE + MINUTE, NINE + 2 * MINUTE)


@pytest.mark.parametrize("state", [State.HELD, State.RESOLVED])
def test_a_letter_is_kept_whole(database: peewee.Database, message: Make, state: State) -> None:
    letter = Letter(message(1, expires_at=NINE, link="l"), state, NINE + MINUTE, "rate", "c", "a digest")

    save(database, case(), letter)

    found = load_cases(database, WantedCases(ids=frozenset({"c"}))).letters
    assert found == {letter.notification.id: letter}


def test_of_what_is_held_back_all_is_there_that_is_due_of_somebody(database: peewee.Database, message: Make) -> None:
    for number, (who, after) in enumerate([("ann", 0), ("ann", 1), ("ann", 2), ("bob", 2)]):
        save(database, Letter(message(number, person=who), State.HELD, NINE + after * MINUTE, "rate"))

    cases = load_cases(database, WantedCases(held=NINE + MINUTE))

    assert sorted(one.notification.title for one in cases.letters.values()) == ["title 0", "title 1"]
    assert cases.releases


def claimed(database: peewee.Database) -> Any:
    return claim(database, "push", "me", NINE, NINE + MINUTE, 10)


def test_what_is_being_sent_is_known_and_left_alone(database: peewee.Database, message: Make) -> None:
    letter = Letter(message(1), State.PENDING, NINE, case="c")
    save(database, case(), letter)
    (mine,) = claimed(database)

    cases = load_cases(database, WantedCases(ids=frozenset({"c"})))
    (found,) = cases.letters.values()
    assert found.claimed
    cases.write(replace(found, state=State.RESOLVED))
    save_cases(database, cases)

    settle(database, [Settlement(mine, Accepted("200"), NINE)])
    assert rows(database, "SELECT state FROM notification") == [("accepted",)]


def test_what_was_sent_is_not_taken_back(database: peewee.Database, message: Make) -> None:
    save(database, case(), Letter(message(1), State.PENDING, NINE, case="c"))
    settle(database, [Settlement(one, Accepted("200"), NINE) for one in claimed(database)])
    cases = load_cases(database, WantedCases(ids=frozenset({"c"})))
    (found,) = cases.letters.values()

    cases.write(replace(found, state=State.RESOLVED))
    save_cases(database, cases)

    assert rows(database, "SELECT state FROM notification") == [("accepted",)]


def test_what_is_resolved_or_held_is_not_sent_and_what_is_let_go_is(database: peewee.Database, message: Make) -> None:
    save(database, Letter(message(1), State.HELD, NINE, "rate"), Letter(message(2), State.RESOLVED, NINE))
    assert claimed(database) == []
    cases = load_cases(database, WantedCases(held=NINE))
    (found,) = cases.letters.values()

    cases.write(replace(found, state=State.PENDING, held=None))
    save_cases(database, cases)

    assert [one.notification.title for one in claimed(database)] == ["title 1"]


def test_what_a_reason_held_back_is_due_be_it_loaded_or_not(database: peewee.Database, message: Make) -> None:
    save(database, *(Letter(message(n), State.HELD, FOR_EVER, held) for n, held in enumerate(["mute m", "mute n"])))
    cases = Cases()

    cases.free("mute m", NINE)
    save_cases(database, cases)

    found = load_cases(database, WantedCases(held=NINE)).letters
    assert [one.notification.title for one in found.values()] == ["title 0"]


def test_what_is_held_back_for_a_reason_that_just_ended_and_began_anew_stays(
    database: peewee.Database, message: Make
) -> None:
    cases = Cases()
    cases.free("mute m", NINE)
    cases.write(Letter(message(1), State.HELD, FOR_EVER, "mute m"))

    save_cases(database, cases)

    assert next_held(database) == FOR_EVER


def test_repetitions_and_times_are_kept(database: peewee.Database) -> None:
    for turn in (1, 2):
        cases = Cases()
        cases.mark(("r", "k", "ann"), Repeated(NINE, turn, 4))
        cases.mark(("r", "other", "ann"), Repeated(NINE))
        cases.time(("ann", "push"), [NINE, NINE + turn * MINUTE])
        save_cases(database, cases)

    found = load_cases(database, WantedCases(keys=frozenset({("r", "k")})))

    assert found.repeated == {("r", "k", "ann"): Repeated(NINE, 2, 4)}
    assert found.times == {("ann", "push"): [NINE, NINE + 2 * MINUTE]}


def test_the_repetitions_of_what_may_end_are_there(database: peewee.Database) -> None:
    """What was never said has to be forgotten then."""
    cases = Cases()
    cases.put(case())
    cases.mark(("r", "k", "ann"), Repeated(NINE))
    save_cases(database, cases)

    assert load_cases(database, WantedCases(ids=frozenset({"c"}))).repeated.keys() == {("r", "k", "ann")}


def test_why_is_written_down_with_it(database: peewee.Database) -> None:
    cases = Cases()
    cases.remark("e", "r", None, "why", NINE)

    save_cases(database, cases)

    assert rows(database, "SELECT subject, rule, person, what FROM remark") == [("e", "r", "", "why")]


def test_what_waits_for_an_event_that_never_comes_is_forgotten_in_time(database: peewee.Database) -> None:
    """Not what is still to do something, nor what is young; nor what was said, for as long as it may count."""
    old = [case(id, waits={"r/until": "j"}, opened_at=NINE - 2 * MINUTE) for id in "ab"]
    busy = case("c", waits={"r/until": "j"}, due={"remind": NINE}, opened_at=NINE - 2 * MINUTE)
    save(database, *old, busy, case("d", waits={"r/until": "j"}))
    said = Cases()
    said.mark(("r", "k", "ann"), Repeated(NINE - timedelta(days=400)))
    said.mark(("r", "k", "bob"), Repeated(NINE - timedelta(days=300)))
    save_cases(database, said)

    assert [prune_cases(database, NINE, 1) for _ in range(3)] == [1, 1, 0]

    found = load_cases(database, WantedCases(waits=frozenset({("r/until", "j")})))
    assert (found.cases.keys(), found.repeated.keys()) == ({"c", "d"}, {("r", "k", "bob")})


def test_a_group_is_found_by_the_ends_of_its_further_events(database: peewee.Database) -> None:
    save(database, whole())

    assert ids(database, waits=frozenset({("r/resolve", "m")})) == {"c"}
    assert ids(database, waits=frozenset({("r/resolve", "")})) == set()
