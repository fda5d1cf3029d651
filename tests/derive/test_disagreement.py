"""`input.disagreement` and `input.settled`: who differs on what, told once until it is settled."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.derive.derive import derive
from otpushd.derive.disagreement import MOST_ROWS
from otpushd.derive.seen import Around
from otpushd.model.calendar import PlainTime
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.ledger import Ledger
from otpushd.model.plan import InputTarget, Plan, PlanEntry, Review
from otpushd.prodigy.sqlite_source import SqliteSource
from tests.office import Office
from tests.prodigy_structured import StructuredProdigy, envelope

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DATASETS = {"news": 1, "news-review": 2, "sport": 3, "again": 4}
WHERE = ("plan.yaml", 1, 1)
DIFFER, SETTLED = "input.disagreement", "input.settled"


def reviewed_in(dataset: str) -> Plan:
    review = Review(dataset, timedelta(hours=48), (), PlainTime())
    return Plan((PlanEntry("news", WHERE, review=review),))


class Watching:
    """Answers one after another on one ledger."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan, self.ledger, self.numbers = plan or Plan(), Ledger(), count(1)

    def events(self, person: str | None, answer: str | None = "accept", **more: Any) -> list[Event]:
        """What an answer to input 5 leads to."""
        number, name = next(self.numbers), more.pop("dataset", "news")
        fact = {"past": more.pop("past", False), "corrects": more.pop("corrects", False)}
        place, incarnation = more.pop("place", number), more.pop("incarnation", DATASETS[name])
        task = more.pop("task", None)
        data = {"answer": answer, "annotator": person, "example": number, "input_hash": 5, **more}
        event = Event("answer.saved", f"e{number}", "main", NOW, name, data, task and json.dumps(task).encode())
        done = derive([Fact(event, incarnation, NOW, place=place, **fact)], Around(self.ledger, self.plan, NOW))
        return [one for one in done if one.type in (DIFFER, SETTLED)]

    def say(self, *person_and_answer: str | None, **more: Any) -> list[str]:
        """The types of it."""
        return [one.type for one in self.events(*person_and_answer, **more)]


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def differing(watching: Watching) -> Watching:
    """Ann accepts what Bob rejects."""
    assert [*watching.say("ann"), *watching.say("bob", "reject")] == [DIFFER]
    return watching


def test_two_people_who_differ_are_told_with_who_said_what(watching: Watching) -> None:
    watching.say("bob", "reject")
    (event,) = watching.events("ann", "accept")
    assert (event.type, event.dataset, event.source, event.time) == (DIFFER, "news", "main", NOW)
    assert event.data == {
        **{"input_hash": 5, "annotators": ["ann", "bob"], "answers": ["accept", "reject"]},
        **{"agreement": 0.0, "kappa": 0.0},
    }


@pytest.mark.parametrize("answer", ["accept", "reject", "ignore"])
def test_two_people_who_agree_are_not(watching: Watching, answer: str) -> None:
    assert [*watching.say("ann", answer), *watching.say("bob", answer)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"labels": ["A"]}, {"labels": ["B"]}),
        ({"labels": ["A"]}, {"labels": ["A", "B"]}),
        ({"task": {"spans": [{"start": 0, "end": 3}]}}, {"task": {"spans": [{"start": 0, "end": 4}]}}),
    ],
    ids=["labels", "options", "spans"],
)
def test_both_may_accept_and_still_differ(watching: Watching, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert [*watching.say("ann", **one), *watching.say("bob", **other)] == [DIFFER]


def test_options_are_compared_as_sets(watching: Watching) -> None:
    assert [*watching.say("ann", labels=["A", "B"]), *watching.say("bob", labels=["B", "A", "B"])] == []


def test_the_same_person_twice_is_no_disagreement(watching: Watching) -> None:
    assert [*watching.say("ann", "accept"), *watching.say("ann", "reject")] == []


def test_who_nobody_knows_may_be_one_and_the_same(watching: Watching) -> None:
    assert [*watching.say(None, "accept"), *watching.say(None, "reject")] == []
    (event,) = watching.events("ann", "accept")
    assert (event.value("annotators"), event.value("answers")) == (["ann"], ["accept", "reject"])


def test_who_says_nothing_has_not_answered(watching: Watching) -> None:
    assert [*watching.say("ann", None), *watching.say("bob", "reject")] == []


def test_inputs_and_datasets_are_apart(watching: Watching) -> None:
    watching.say("ann")
    assert watching.say("bob", "reject", input_hash=6) == []
    assert watching.say("bob", "reject", dataset="sport") == []


def test_the_plan_says_how_many_are_enough() -> None:
    entry = PlanEntry("*", WHERE, target=InputTarget(annotations_per_input=3, inputs=10))
    watching = Watching(Plan((entry,)))
    assert [*watching.say("ann"), *watching.say("bob", "reject"), *watching.say("ann")] == []
    (event,) = watching.events("cid", "reject")
    assert (event.value("agreement"), event.value("answers")) == (33.3, ["accept", "reject", "reject"])


def test_it_is_told_once_until_it_is_settled(differing: Watching) -> None:
    assert [*differing.say("cid", "reject"), *differing.say("dan", "ignore"), *differing.say("bob", "ignore")] == []


def test_a_changed_mind_may_begin_and_end_it(watching: Watching) -> None:
    watching.say("ann")
    assert watching.say("bob") == []
    (begun,) = watching.events("bob", "reject")
    (ended,) = watching.events("ann", "reject")
    (again,) = watching.events("ann", "ignore")
    assert [one.type for one in (begun, ended, again)] == [DIFFER, SETTLED, DIFFER]
    assert (ended.value("agreement"), ended.value("reviewer")) == (100.0, None)
    assert len({begun.id, ended.id, again.id}) == 3


@pytest.mark.parametrize("dataset", ["news-review", "sport", "news"])
def test_a_review_settles_it_wherever_it_is_where_the_plan_names_no_place(differing: Watching, dataset: str) -> None:
    (event,) = differing.events("lea", "reject", view="review", dataset=dataset)
    assert (event.type, event.dataset, event.value("reviewer")) == (SETTLED, "news", "lea")
    assert (event.value("annotators"), event.value("answers")) == (["ann", "bob"], ["accept", "reject"])
    assert event.value("agreement") == 0.0
    assert differing.say("max", "reject", view="review", dataset=dataset) == []


def test_another_s_answer_elsewhere_is_no_review(differing: Watching) -> None:
    assert differing.say("lea", "reject", dataset="sport", view="choice") == []


@pytest.mark.parametrize("view", ["review", "choice", None])
def test_an_answer_in_the_plan_s_review_dataset_settles_it_and_only_there(view: str | None) -> None:
    watching = Watching(reviewed_in("news-review"))
    assert [*watching.say("ann"), *watching.say("bob", "reject")] == [DIFFER]
    assert watching.say("lea", "reject", dataset="sport", view="review") == []
    assert watching.say("lea", "reject", dataset="news-review", view=view) == [SETTLED]


def test_a_row_that_review_took_over_by_itself_settles_nothing(differing: Watching) -> None:
    event = Event("example.added", "x", "main", NOW, "sport", {"origin": "review", "example": 9, "input_hash": 5})
    done = derive([Fact(event, 3, NOW)], Around(differing.ledger, Plan(), NOW))
    assert done == [event]


def test_a_copy_of_the_database_settles_nothing(differing: Watching) -> None:
    data = {"answer": "accept", "annotator": "lea", "view": "review", "example": 9, "input_hash": 5}
    event = Event("answer.saved", "x", "copy", NOW, "news", data)
    assert derive([Fact(event, 99, NOW)], Around(differing.ledger, Plan(), NOW)) == [event]


def test_after_a_review_only_who_differs_from_it_begins_it_anew(differing: Watching) -> None:
    differing.say("lea", "reject", view="review", dataset="sport")
    assert [*differing.say("cid", "reject"), *differing.say("ann", "reject")] == []
    (event,) = differing.events("dan", "ignore")
    assert event.type == DIFFER
    assert differing.say("lea", "ignore", view="review", dataset="sport") == [SETTLED]


def test_who_agrees_with_a_review_that_was_there_before_begins_nothing() -> None:
    watching = Watching(reviewed_in("news-review"))
    watching.say("ann", "accept")
    watching.say("lea", "reject", dataset="news-review")
    assert watching.say("bob", "reject") == []
    assert watching.say("cid", "ignore") == [DIFFER]


def test_two_reviewers_may_differ_too(watching: Watching) -> None:
    watching.say("lea", "reject", view="review", dataset="news-review")
    (event,) = watching.events("max", "accept", view="review", dataset="news-review")
    assert (event.type, event.dataset) == (DIFFER, "news-review")


def test_history_is_silent_and_what_comes_after_it_is_judged_rightly(watching: Watching) -> None:
    assert [*watching.say("ann", past=True), *watching.say("bob", "reject", past=True)] == []
    assert watching.say("cid", "ignore") == []
    assert watching.say("lea", "reject", view="review", dataset="sport") == [SETTLED]
    assert watching.say("dan", "accept") == [DIFFER]


def test_half_of_it_in_history_is_news(watching: Watching) -> None:
    watching.say("ann", past=True)
    assert watching.say("bob", "reject") == [DIFFER]


def test_a_correction_by_somebody_else_counts_instead_of_what_it_corrects(differing: Watching) -> None:
    """Lea corrects what Bob said last to what Ann says."""
    (event,) = differing.events("lea", "accept", corrects=True, place=-1)
    assert (event.type, event.value("annotators")) == (SETTLED, ["ann", "lea"])
    assert differing.say("bob", "accept") == []


def test_a_correction_of_one_s_own_is_a_changed_mind(differing: Watching) -> None:
    assert differing.say("bob", "accept", corrects=True, place=-1) == [SETTLED]
    assert differing.say("bob", "reject", corrects=True, place=-2) == [DIFFER]


def test_a_dataset_that_was_dropped_and_made_again_starts_anew(differing: Watching) -> None:
    dropped = Fact(Event("dataset.dropped", "d", "main", NOW, "news"), DATASETS["news"], NOW)
    derive([dropped], Around(differing.ledger, Plan(), NOW))
    assert differing.say("lea", "reject", view="review", dataset="sport") == []
    assert differing.say("ann", "accept", incarnation=9) == []
    assert differing.say("bob", "reject", incarnation=9) == [DIFFER]


def test_the_same_example_again_is_the_same_answer(differing: Watching) -> None:
    assert differing.say("bob", "accept", place=2) == [SETTLED]
    assert differing.say("bob", "reject", place=2) == [DIFFER]


def test_a_hash_that_stands_for_everything_is_no_input(watching: Watching) -> None:
    """Otherwise each answer would cost more than the last."""
    for _ in range(MOST_ROWS):
        watching.say("ann")
    assert watching.say("bob", "reject") == []


def test_kappa_is_over_the_dataset(watching: Watching) -> None:
    """Cohen's own example, but for its last row: both say yes to 20 and no to 15, and they differ on 5 and 10."""
    said = (
        [("accept", "accept")] * 20 + [("reject",) * 2] * 15 + [("accept", "reject")] * 5 + [("reject", "accept")] * 10
    )
    told = []
    for number, (ann, bob) in enumerate(said):
        watching.say("ann", ann, input_hash=number)
        told += watching.events("bob", bob, input_hash=number)
    assert (len(told), told[-1].value("kappa")) == (15, 0.4)
    (last,) = watching.events("cid", "ignore", input_hash=0)
    assert last.value("kappa") not in (0.4, None)


@pytest.fixture
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """A daemon that polls a real database; a parameter is its plan."""
    path = tmp_path / "prodigy.db"
    made = Office(tmp_path, ProdigyDatabase(path), lambda: SqliteSource(path), getattr(request, "param", None))
    yield made
    made.end()


def say(office: Office, person: str, answer: str, text: str = "t", **more: Any) -> None:
    office.decided += 1
    task = {"text": text, "answer": answer, "_timestamp": office.decided, **more}
    dataset = more.get("dataset", "news")
    office.prodigy.save(dataset, [task], f"{dataset}-{person}")


@pytest.mark.parametrize("office", [None, reviewed_in("news-review")], indirect=True, ids=["by view", "by plan"])
def test_it_outlives_a_restart_after_each_answer(office: Office) -> None:
    office.prodigy.dataset("news-review", created=10)
    found = []
    for turn in (("ann", "accept"), ("bob", "reject"), ("cid", "ignore"), ("lea", "reject"), ("dan", "accept")):
        more = {"dataset": "news-review", "_view_id": "review"} if turn[0] == "lea" else {}
        say(office, *turn, **more)
        office.look()
        office.restart()
        found.append((len(office.told(DIFFER)), len(office.told(SETTLED))))
    assert found == [(0, 0), (1, 0), (1, 0), (1, 1), (2, 1)]


def test_history_of_a_daemon_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "prodigy.db"
    prodigy = ProdigyDatabase(path)
    for person, answer in (("ann", "accept"), ("bob", "reject")):
        prodigy.save("news", [{"text": "t", "answer": answer, "_timestamp": 1_600_000_000}], f"news-{person}")
    office = Office(tmp_path, prodigy, lambda: SqliteSource(path))
    say(office, "lea", "reject", dataset="other", _view_id="review")
    office.look()
    assert (office.told(DIFFER), len(office.told(SETTLED))) == ([], 1)
    office.end()


def test_a_dropped_dataset_is_settled_by_nobody(office: Office) -> None:
    for person, answer in (("ann", "accept"), ("bob", "reject")):
        say(office, person, answer)
    office.look()
    office.prodigy.drop("news")
    office.look()
    say(office, "lea", "reject", dataset="other", _view_id="review")
    office.look()
    assert (len(office.told(DIFFER)), office.told(SETTLED)) == (1, [])


def test_corrections_in_structured_storage_count_instead_of_what_they_correct(office: Office) -> None:
    tables = StructuredProdigy(office.prodigy)
    spans = [{"start": 0, "end": 3, "label": "A"}]
    tables.save("news", [envelope(user_anns={"spans": spans})], "news-ann")
    (bob,) = tables.save("news", [envelope()], "news-bob")
    office.look()
    assert (len(office.told(DIFFER)), office.told(SETTLED)) == (1, [])
    tables.correct(bob, envelope(user_anns={"spans": spans}), editor="news-lea")
    office.look()
    office.restart()
    office.look()
    assert (len(office.told(DIFFER)), len(office.told(SETTLED))) == (1, 1)


def test_the_real_exports_of_one_person_hold_no_disagreement(watching: Watching, sample: Callable[[str], Path]) -> None:
    """One input was rejected twice, by the same unnamed person: 500 answers to 499 inputs."""
    lines = sample("jsonl/v1.x-textcat-binary-scored_reddit-insult.jsonl").read_bytes().splitlines()
    tasks = [json.loads(line) for line in lines]
    told = [each for task in tasks for each in watching.say(None, task["answer"], input_hash=task["_input_hash"])]
    assert (told, watching.ledger.tallies[1].answers) == ([], 500)


def test_a_second_person_who_accepts_everything_agrees_no_better_than_by_chance(
    watching: Watching, sample: Callable[[str], Path]
) -> None:
    """Of the 500 real answers 352 are rejects and 58 ignored; one of the rejected inputs is there twice."""
    lines = sample("jsonl/v1.x-textcat-binary-scored_reddit-insult.jsonl").read_bytes().splitlines()
    told = []
    for task in map(json.loads, lines):
        watching.say("ann", task["answer"], input_hash=task["_input_hash"])
        told += watching.events("bob", "accept", input_hash=task["_input_hash"])
    assert len(told) == 352 + 58 - 1
    assert told[-1].value("kappa") == 0.0
