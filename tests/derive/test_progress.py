"""`progress.milestone` and `dataset.completed`: told once for each target, counted from the first minute."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from otpushd.derive.derive import MOST_ON_INPUT, derive
from otpushd.derive.seen import Around
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.ledger import Ledger
from otpushd.model.plan import AnswerTarget, InputTarget, Plan, PlanEntry, Target

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEWS, AGAIN, SPORT = 1, 2, 3


class Watching:
    """Facts one after another on one ledger; `told` are the kinds and milestones of what they led to."""

    def __init__(self, target: Target, *milestones: float, total: bool = False) -> None:
        entry = PlanEntry("*", ("plan.yaml", 1, 1), target=target, milestones=milestones, total=total)
        self.plan, self.ledger, self.numbers = Plan((entry,)), Ledger(), count(1)

    def save(self, person: str = "ann", number: int | None = None, dataset: int = NEWS, **more: object) -> list[Event]:
        """One accepted answer by a person to an input; without a number, to one that nobody has seen."""
        example = next(self.numbers)
        place, past = int(more.get("place", example)), bool(more.get("past"))  # type: ignore[call-overload]
        data = {"answer": more.get("answer", "accept"), "annotator": person, "example": place}
        event = Event(
            "answer.saved",
            f"e{example}",
            "main",
            NOW,
            "news",
            {**data, "input_hash": -example if number is None else number},
        )
        fact = Fact(event, dataset, NOW, past=past, corrects=bool(more.get("corrects")), place=place)
        return [one for one in derive([fact], Around(self.ledger, self.plan, NOW)) if one.type != "answer.saved"]

    def many(self, times: int, **more: object) -> list[tuple[str, str]]:
        """So many answers to new inputs, and what was told of them."""
        return list(told(event for _ in range(times) for event in self.save(**more)))  # type: ignore[arg-type]


def told(events: Iterator[Event]) -> Iterator[tuple[str, str]]:
    return ((event.type, str(event.value("milestone"))) for event in events)


def test_each_milestone_is_told_once_and_then_the_whole() -> None:
    watching = Watching(AnswerTarget(10), 25, 50)
    assert watching.many(12) == [
        ("progress.milestone", "25%"),
        ("progress.milestone", "50%"),
        ("dataset.completed", "100%"),
    ]


def test_the_event_says_how_far_it_is_and_who_worked() -> None:
    watching = Watching(AnswerTarget(4), 50)
    watching.save("bob", answer="reject")
    (event,) = watching.save("ann")
    assert event.data == {
        **{"done": 2, "target": 4, "percent": 50.0, "milestone": "50%", "passed": []},
        **{"accepted": 1, "rejected": 1, "ignored": 0, "annotators": ["ann", "bob"]},
    }


def test_history_is_counted_silently_and_what_it_reached_is_never_told() -> None:
    watching = Watching(AnswerTarget(10), 25, 50)
    assert watching.many(4, past=True) == []
    assert watching.many(1) == [("progress.milestone", "50%")]


def test_what_was_reached_before_the_plan_named_it_is_never_told() -> None:
    watching = Watching(AnswerTarget(100))
    watching.many(4)
    entry = PlanEntry("*", ("plan.yaml", 1, 1), target=AnswerTarget(10), milestones=(25, 50))
    watching.plan = Plan((entry,))
    assert watching.many(2) == [("progress.milestone", "50%")]


def test_several_crossed_at_once_give_the_highest_with_the_others_named() -> None:
    watching = Watching(AnswerTarget(2), 25, 40, 50)
    (event,) = watching.save()
    assert (event.value("milestone"), event.value("passed")) == ("50%", ["25%", "40%"])


def test_a_dataset_that_was_dropped_and_made_again_starts_anew() -> None:
    watching = Watching(AnswerTarget(2), 50)
    first = watching.many(2)
    dropped = Fact(Event("dataset.dropped", "d", "main", NOW, "news"), NEWS, NOW)
    derive([dropped], Around(watching.ledger, watching.plan, NOW))
    assert watching.many(2, dataset=AGAIN) == first


def test_the_same_example_counts_once() -> None:
    watching = Watching(AnswerTarget(3))
    assert [*watching.save(place=7, number=5), *watching.save(place=7, number=5)] == []
    assert watching.ledger.tallies[NEWS].answers == 1


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    watching = Watching(AnswerTarget(3))
    watching.save(place=-1, number=5, answer="accept")
    watching.save(place=-2, number=5, answer="reject", corrects=True)
    tally = watching.ledger.tallies[NEWS]
    assert (tally.answers, tally.accepted, tally.rejected) == (1, 0, 1)


def test_inputs_are_done_when_enough_different_people_answered_them() -> None:
    watching = Watching(InputTarget(annotations_per_input=2, inputs=2), 50)
    assert list(told(iter([*watching.save("ann", 1), *watching.save("ann", 1), *watching.save("ann", 2)]))) == []
    assert list(told(iter(watching.save("bob", 1)))) == [("progress.milestone", "50%")]
    assert list(told(iter(watching.save("cid", 1)))) == []
    assert list(told(iter(watching.save("bob", 2)))) == [("dataset.completed", "100%")]


def test_a_total_adds_the_matches_up() -> None:
    watching = Watching(AnswerTarget(4), 50, total=True)
    assert watching.many(1) == []
    (event,) = watching.save(dataset=SPORT)
    assert (event.dataset, event.value("done")) == ("*", 2)


@pytest.mark.parametrize("origin", ["import", "script"])
def test_rows_that_nobody_decided_are_no_progress(origin: str) -> None:
    watching = Watching(AnswerTarget(1))
    event = Event("example.added", "e", "main", NOW, "news", {"origin": origin, "example": 1, "input_hash": 1})
    assert derive([Fact(event, NEWS, NOW)], Around(watching.ledger, watching.plan, NOW)) == [event]
    assert watching.ledger.tallies[NEWS].added == 1


def test_what_very_many_rows_share_is_no_input() -> None:
    """A script that gives all rows one hash must not make each row cost more than the last."""
    watching = Watching(AnswerTarget(10_000))
    for _ in range(MOST_ON_INPUT + 10):
        watching.save(number=0)
    assert watching.ledger.tallies[NEWS].answers == MOST_ON_INPUT + 10
    assert len(watching.ledger.entries[0]) == MOST_ON_INPUT
