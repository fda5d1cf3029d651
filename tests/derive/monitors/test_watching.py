"""`monitor.triggered` and `monitor.recovered` through the whole derive stage, at moved times."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import peewee
import pytest

from otpushd.derive.derive import derive, wanted
from otpushd.derive.monitors.shelf import WHOSE
from otpushd.derive.rounds import begun
from otpushd.derive.seen import Around
from otpushd.model.event import Event, event_id
from otpushd.model.fact import Fact
from otpushd.model.ledger import PART, RUNG, Ledger, Touch, Wanted
from otpushd.model.monitor import By, Definition, Measure, Monitor, filled
from otpushd.model.plan import Plan
from otpushd.rehearse.virtual import until
from otpushd.store.ledger import load_ledger, save_ledger
from otpushd.store.sql import rows

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEWS, AGAIN, SPORT = 1, 2, 3
NAMES = {NEWS: "news", AGAIN: "news", SPORT: "sport"}
UP, BACK = "monitor.triggered", "monitor.recovered"
WORDS = {"a": "accept", "r": "reject", "i": "ignore"}
REJECTS = Definition("rejects", Measure.REJECT_RATE, over=10, at_least=10)
BY_PERSON = Definition("rejects", Measure.REJECT_RATE, over=10, at_least=10, by=By.ANNOTATOR)
LATELY = Definition("lately", Measure.REJECT_RATE, over=HOUR, at_least=10)


def plan_of(*definitions: Definition, datasets: tuple[str, ...] = ("*",)) -> Plan:
    return Plan(monitors=tuple(Monitor(("plan.yaml", 1, 1), datasets, filled(one)) for one in definitions))


class Team:
    """Answers one after another, a minute apart, each looked at when it is given, on one ledger; with a `store`, on the
    ledger that is loaded from it for each answer.
    """

    def __init__(self, *definitions: Definition, store: peewee.Database | None = None) -> None:
        self.plan, self.ledger, self.store = plan_of(*definitions), Ledger(), store
        self.now, self.numbers = NINE, count(1)

    def save(
        self, answer: str = "reject", person: str | None = "ann", dataset: int = NEWS, **more: object
    ) -> list[Event]:
        """One answer, to an input of its own unless `number` says which."""
        self.now += MINUTE
        example = int(str(more.get("example", next(self.numbers))))
        number, labels = int(str(more.get("number", -example))), list(more.get("labels", ()))  # type: ignore[call-overload]
        data = {"answer": answer, "annotator": person, "example": example, "input_hash": number, "labels": labels}
        kind = str(more.get("kind", "answer.saved"))
        event = Event(kind, event_id("test", next(self.numbers)), "main", self.now, NAMES[dataset], data)
        past, corrects = bool(more.get("past")), bool(more.get("corrects"))
        fact = Fact(event, dataset, self.now - timedelta(days=more.get("slow", 0)), past, corrects)  # type: ignore[arg-type]
        since = self.now - MINUTE if more.get("read") else None
        return self.page([fact], [Touch(dataset, NAMES[dataset], number, person, labels)], since)

    def page(self, facts: Sequence[Fact], touches: Sequence[Touch] = (), since: datetime | None = None) -> list[Event]:
        if self.store is not None:
            self.ledger = load_ledger(self.store, wanted("main", touches, self.plan, dict))
        found = derive(facts, Around(self.ledger, self.plan, self.now, since))
        self.keep()
        return [one for one in found if one.type in (UP, BACK)]

    def keep(self) -> None:
        if self.store is not None:
            save_ledger(self.store, "main", self.ledger)

    def many(self, letters: str, **more: object) -> list[str]:
        """An answer for each letter, and what it led to."""
        return [one.type for letter in letters for one in self.save(WORDS[letter], **more)]  # type: ignore[arg-type]

    def wait(self, time: timedelta) -> list[Event]:
        """Nothing comes in."""
        self.now += time
        if self.store is not None:
            self.ledger = load_ledger(self.store, Wanted(datasets=frozenset({NEWS}), parts=None))
        found = list(until(self.now, self.ledger, self.plan))
        self.keep()
        return found

    def begin(self) -> None:
        """The daemon starts, with a plan that may be another."""
        if self.store is not None:
            self.ledger = load_ledger(self.store, Wanted(datasets=frozenset({NEWS})))
        begun([(NEWS, "main", "news")], Around(self.ledger, self.plan, self.now))
        self.keep()


def kinds(events: Sequence[Event]) -> list[str]:
    return [one.type for one in events]


def test_it_triggers_once_and_recovers_once() -> None:
    team = Team(REJECTS)
    assert team.many("aaaaaaarr") == []
    assert team.many("rrr") == [UP]
    assert team.many("aaaaaaaaaa") == [BACK]


def test_the_events_say_which_monitor_and_how_far() -> None:
    team = Team(REJECTS)
    team.many("aaaaaaarr")
    (event,) = team.save("reject")
    assert (event.source, event.dataset, event.time) == ("main", "news", team.now)
    assert (event.value("monitor"), event.value("value"), event.value("bound")) == ("rejects", 0.3, 0.2)
    assert len(event.value("examples")) == 3


@pytest.mark.parametrize(
    ("letters", "more"),
    [
        pytest.param("rrrrrrrrr", {}, id="too few answers"),
        pytest.param("aaaarrraaaaaaarraaaaaaaa", {"example": 7}, id="one example again and again"),
        pytest.param("raaaaaaaar" * 5, {}, id="at the bound"),
        pytest.param("rrrrrrrrrrrrrrr", {"kind": "example.added"}, id="imports"),
        pytest.param("rrrrrrrrrrrrrrr", {"past": True}, id="history"),
    ],
)
def test_it_does_not_trigger(letters: str, more: dict[str, object]) -> None:
    assert Team(REJECTS).many(letters, **more) == []


def test_no_monitor_watches_a_dataset_that_it_is_not_for() -> None:
    team = Team(REJECTS)
    team.plan = plan_of(REJECTS, datasets=("sport",))
    assert team.many("rrrrrrrrrrrr") == []
    assert not [key for key in (*team.ledger.notes, *team.ledger.opened) if key[1] != "assignment"]
    assert team.many("rrrrrrrrrrrr", dataset=SPORT) == [UP]


def test_history_counts_from_the_first_answer_after_it() -> None:
    team = Team(REJECTS)
    team.many("rrrrrrrrrrrr", past=True)
    assert team.many("a") == [UP]


def test_a_correction_is_an_answer() -> None:
    team = Team(REJECTS)
    team.many("aaaaaaaarr")
    assert kinds(team.save("reject", example=8, number=-8, corrects=True)) == [UP]


def test_each_person_has_a_figure_and_is_named() -> None:
    team = Team(BY_PERSON)
    assert team.many("aaaaaaaaaaaa", person="bob") + team.many("rrrrrrrrr") == []
    (event,) = team.save("reject", person="ann")
    assert (event.value("annotator"), event.value("label")) == ("ann", None)


def test_each_label_has_a_figure_and_is_named() -> None:
    team = Team(Definition("rejects", Measure.REJECT_RATE, over=10, at_least=10, by=By.LABEL))
    found = [
        one for _ in range(10) for one in (*team.save("reject", labels=["A", "B"]), *team.save("accept", labels=["B"]))
    ]
    assert [(one.value("label"), one.value("annotator")) for one in found] == [("B", None), ("A", None)]


@pytest.mark.parametrize(
    ("people", "answers", "expected"),
    [
        pytest.param(["ann", "bob"], ["accept", "reject"], [UP], id="two people differ"),
        pytest.param(["ann", "bob"], ["accept", "accept"], [], id="two people agree"),
        pytest.param(["ann", "ann"], ["accept", "reject"], [], id="one person changes her mind"),
        pytest.param([None, None], ["accept", "reject"], [UP], id="whom nobody knows is somebody else"),
    ],
)
def test_conflicts_are_between_different_people(people: list[str], answers: list[str], expected: list[str]) -> None:
    team = Team(Definition("conflicts", Measure.CONFLICT_RATE, over=10, at_least=10))
    found = [
        one
        for number in range(10)
        for person, answer in zip(people, answers, strict=True)
        for one in team.save(answer, person, number=number)
    ]
    assert kinds(found) == expected


def test_answers_to_the_same_input_in_another_dataset_are_no_conflict() -> None:
    team = Team(Definition("conflicts", Measure.CONFLICT_RATE, over=10, at_least=10))
    for number in range(20):
        team.save("accept", "bob", SPORT, number=number)
    assert [one for number in range(20) for one in team.save("reject", "ann", number=number)] == []


def test_in_time_it_recovers_although_nothing_comes_in() -> None:
    team = Team(LATELY)
    assert team.many("rrrrrrrrrr") == [UP]
    assert team.wait(45 * MINUTE) == []
    (event,) = team.wait(3 * HOUR)
    assert (event.type, event.value("value")) == (BACK, None)
    assert NINE + HOUR < event.time < NINE + 80 * MINUTE
    assert [at for at in team.ledger.timers.values() if at != RUNG] == []


def test_in_time_it_triggers_although_nothing_comes_in() -> None:
    """The accepted ones are forgotten first."""
    team = Team(LATELY)
    assert team.many("a" * 45 + "r" * 11) == []
    assert kinds(team.wait(50 * MINUTE)) == [UP]


def test_timers_that_rang_are_forgotten() -> None:
    team = Team(LATELY, Definition("all", Measure.ANSWERS_PER_HOUR, HOUR, above=1000))
    team.many("ar" * 100)
    assert team.wait(MINUTE) == []
    assert len(team.ledger.timers) == 2


def test_what_is_overdue_when_others_come_first_rings_at_once() -> None:
    team = Team(Definition("rejects", Measure.REJECT_RATE, over=HOUR, at_least=10, by=By.ANNOTATOR))
    assert team.many("r" * 10, person="ann") == [UP]
    team.now += 3 * HOUR
    assert team.many("a", person="bob") == []
    assert [(one.type, one.value("annotator")) for one in team.wait(MINUTE)] == [(BACK, "ann")]


def test_history_wakes_nobody() -> None:
    team = Team(LATELY)
    team.many("r" * 12, past=True)
    assert (team.ledger.timers, team.wait(3 * HOUR)) == ({}, [])


def test_a_browser_whose_clock_is_slow_has_no_say_while_the_source_is_read() -> None:
    assert Team(LATELY).many("r" * 12, slow=3) == []
    assert Team(LATELY).many("r" * 12, slow=3, read=True) == [UP]


def test_a_dataset_that_was_dropped_and_made_again_starts_anew() -> None:
    team = Team(REJECTS)
    assert team.many("rrrrrrrrrr") == [UP]
    team.page([Fact(Event("dataset.dropped", "d", "main", team.now, "news"), NEWS, team.now)])
    assert team.many("rrrrrrrrr", dataset=AGAIN) == []
    assert team.many("r", dataset=AGAIN) == [UP]


def test_the_same_answers_lead_to_the_same_events_again() -> None:
    once, again = Team(REJECTS, LATELY), Team(REJECTS, LATELY)
    found = [[one.id for letter in "aarraarrrraaa" for one in each.save(WORDS[letter])] for each in (once, again)]
    assert found[0] == found[1]
    assert len(set(found[0])) == len(found[0]) > 1


PEOPLE = ("ann", "bob", "\x00 zoë", "x" * 300, None)
LETTERS = "aarraarrrraaaiiaaarrrrrrraaaaaaarrrrraaaa" * 2


def worked(team: Team) -> list[tuple[str, str]]:
    """Some days of work of different people, with breaks."""
    found = list[Event]()
    for number, letter in enumerate(LETTERS):
        found += team.save(WORDS[letter], PEOPLE[number % 5], number=number // 2, labels=["A", "B"][: number % 3])
        if number % 25 == 24:
            found += team.wait(5 * HOUR)
    return [(one.type, one.id) for one in found]


def test_whether_a_ledger_is_kept_or_loaded_for_each_answer_makes_no_difference(database: peewee.Database) -> None:
    """As after a restart between any two answers."""
    definitions = (
        *(Definition(f"m{by}", Measure.REJECT_RATE, 5, 3, by=by) for by in (None, *By)),
        *(Definition(f"t{by}", Measure.REJECT_RATE, HOUR, 3, by=by) for by in (None, *By)),
        Definition("conflicts", Measure.CONFLICT_RATE, 5, 3),
    )
    found = worked(Team(*definitions, store=database))
    assert found == worked(Team(*definitions))
    assert len(found) > 30


def test_only_the_memories_that_a_page_touches_are_loaded(database: peewee.Database) -> None:
    team = Team(BY_PERSON, store=database)
    for number in range(20):
        team.save("accept", f"p{number}")
    team.save("accept", "p7")
    assert [whose for _, whose, _ in team.ledger.notes].count(PART) == 1
    ((parts,),) = rows(database, "SELECT count(*) FROM note WHERE whose = ?", (PART,))
    assert parts == 20


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param((), id="removed"),
        pytest.param((Definition("other", Measure.REJECT_RATE, over=10, at_least=10),), id="renamed"),
    ],
)
def test_of_a_monitor_that_is_no_more_nothing_stays(database: peewee.Database, changed: tuple[Definition, ...]) -> None:
    team = Team(BY_PERSON, store=database)
    team.many("aar")
    team.many("aar", person="bob")
    assert _kept(database) == 3
    team.plan = plan_of(*changed)
    team.begin()
    assert _kept(database) == 0


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(filled(Definition("rejects", Measure.REJECT_RATE, 10, 10, above=0.1)), [UP], id="its bound"),
        pytest.param(filled(Definition("rejects", Measure.REJECT_RATE, 11, 10)), [], id="its window"),
        pytest.param(filled(Definition("rejects", Measure.REJECT_RATE, 10, 10, by=By.ANNOTATOR)), [], id="its keys"),
        pytest.param(filled(Definition("rejects", Measure.ACCEPT_RATE, 10, 10, below=0.5)), [], id="its measure"),
    ],
)
def test_a_definition_that_changed_starts_anew_unless_only_its_bounds_did(
    database: peewee.Database, changed: Definition, expected: list[str]
) -> None:
    team = Team(REJECTS, store=database)
    team.many("aaaaaaaarr")
    team.plan = plan_of(changed)
    team.begin()
    assert team.many("r") == expected
    assert _kept(database) == 2


def test_of_a_dataset_that_was_dropped_nothing_stays(database: peewee.Database) -> None:
    team = Team(BY_PERSON, LATELY, store=database)
    team.many("rrrrrr")
    team.page([Fact(Event("dataset.dropped", "d", "main", team.now, "news"), NEWS, team.now)])
    assert (_kept(database), rows(database, "SELECT * FROM timer")) == (0, [])


def _kept(database: peewee.Database) -> int:
    ((count,),) = rows(database, "SELECT count(*) FROM note WHERE whose IN (?, ?)", (PART, WHOSE))
    return int(count)
