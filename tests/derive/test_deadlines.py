"""Deadlines of datasets: each reminder once, late if need be, and nothing that is moot."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from otpushd.model.event import Event
from otpushd.model.plan import AnswerTarget, InputTarget, Plan, PlanEntry
from tests.days import DAY, HOUR, NINE, ZURICH, Days, entry

FRIDAY = NINE + 4 * DAY
REMIND = (2 * DAY, 4 * HOUR)


def due(**keys: Any) -> PlanEntry:
    return entry(**{"target": AnswerTarget(3), "deadline": FRIDAY, "remind": REMIND, **keys})


def days(**keys: Any) -> Days:
    """News exists when the daemon starts, and one answer of three is there."""
    made = Days(due(**keys))
    made.save(past=True)
    made.start("news")
    return made


def said(events: list[Event]) -> list[tuple[str, Any, Any]]:
    return [(one.type.partition(".")[2], one.value("before"), one.value("late")) for one in events]


def test_every_reminder_comes_at_its_time_and_then_that_it_was_missed() -> None:
    week = days()
    assert said(week.until(FRIDAY - 2 * DAY - HOUR)) == []
    assert [(one.time, one.value("before")) for one in week.until(FRIDAY + DAY)] == [
        (FRIDAY - 2 * DAY, "2d"),
        (FRIDAY - 4 * HOUR, "4h"),
        (FRIDAY, "0s"),
    ]
    assert week.kinds() == ["deadline.approaching", "deadline.approaching", "deadline.missed"]


def test_a_reminder_says_how_far_it_is_and_where_the_pace_leads() -> None:
    week = days()
    week.save()
    (first, *_) = week.until(FRIDAY)
    assert (first.dataset, first.source) == ("news", "main")
    assert first.data == {
        **{"deadline": FRIDAY, "before": "2d", "done": 2, "target": 3, "percent": 66.7},
        **{"forecast": "at this pace 24 hours early", "late": False},
    }


def test_the_answer_that_reaches_the_target_meets_it_and_ends_the_reminders() -> None:
    week = days()
    week.save()
    week.save()
    assert said(week.until(FRIDAY + DAY)) == []
    assert week.kinds() == ["deadline.met"]
    assert week.told[-1].value("forecast") == "done"


def test_late_reminders_come_once_marked_and_only_the_latest_of_them() -> None:
    week = days()
    week.away(FRIDAY - HOUR)
    assert said(week.ring()) == [("approaching", "4h", True)]
    assert said(week.ring()) == []


def test_after_the_deadline_no_reminder_comes_any_more() -> None:
    week = days()
    week.away(FRIDAY + HOUR)
    assert said(week.ring()) == [("missed", "0s", True)]


@pytest.mark.parametrize(
    ("decided", "kinds"),
    [
        pytest.param(FRIDAY - HOUR, ["deadline.met"], id="in time: met, late"),
        pytest.param(FRIDAY + HOUR, [], id="too late: no deadline matters any more"),
    ],
)
def test_what_was_done_while_nobody_looked_counts_when_it_was_decided(decided: datetime, kinds: list[str]) -> None:
    week = days(target=AnswerTarget(2))
    week.away(FRIDAY + 2 * HOUR)
    week.save(at=decided)  # rows are read before timers ring
    assert week.kinds() == kinds
    assert [one.value("late") for one in week.told if one.type == "deadline.met"] == [True for _ in kinds]


def test_a_moved_deadline_reminds_anew() -> None:
    week = days()
    assert len(week.until(FRIDAY + HOUR)) == 3
    week.start("news", plan=Plan((due(deadline=FRIDAY + 7 * DAY),)))
    assert said(week.until(FRIDAY + 8 * DAY)) == [
        ("approaching", "2d", False),
        ("approaching", "4h", False),
        ("missed", "0s", False),
    ]
    assert len({one.id for one in week.told}) == 6


def test_a_deadline_moved_to_and_fro_says_nothing_twice() -> None:
    week = days()
    week.until(FRIDAY - DAY)
    week.start("news", plan=Plan((due(deadline=FRIDAY + 7 * DAY),)))
    week.start("news", plan=Plan((due(),)))
    assert said(week.until(FRIDAY - HOUR)) == [("approaching", "4h", False)]


def test_what_had_passed_when_the_plan_first_named_it_stays_silent() -> None:
    week = days(deadline=NINE - DAY)
    assert said(week.until(FRIDAY)) == []
    week = days(deadline=NINE + DAY)
    assert said(week.until(FRIDAY)) == [("approaching", "4h", False), ("missed", "0s", False)]


def test_a_target_that_is_raised_opens_the_deadline_again() -> None:
    week = days()
    week.save()
    week.save()
    week.start("news", plan=Plan((due(target=AnswerTarget(4)),)))
    assert [before for _, before, _ in said(week.until(FRIDAY + DAY))] == ["2d", "4h", "0s"]


def test_a_target_that_is_lowered_is_met_silently() -> None:
    week = days()
    week.start("news", plan=Plan((due(target=AnswerTarget(1)),)))
    week.save()
    assert said(week.until(FRIDAY + DAY)) == []
    assert week.kinds() == []


def test_without_a_target_there_are_reminders_and_no_end() -> None:
    week = days(target=None)
    assert [(kind, before) for kind, before, _ in said(week.until(FRIDAY + DAY))] == [
        ("approaching", "2d"),
        ("approaching", "4h"),
    ]
    assert (week.told[0].value("target"), week.told[0].value("percent")) == (None, None)


def test_a_total_has_one_deadline_for_all_its_datasets() -> None:
    week = Days(due(pattern="news-*", total=True))
    week.save(dataset="news-a", past=True)
    week.start("news-a")
    week.save(dataset="news-b")
    (first,) = week.until(FRIDAY - DAY)
    assert (first.dataset, first.value("done")) == ("news-*", 2)
    week.save(dataset="news-a")
    assert said(week.until(FRIDAY + DAY)) == []
    assert week.kinds() == ["deadline.approaching", "deadline.met"]


def test_inputs_count_when_enough_people_answered_them() -> None:
    week = Days(due(target=InputTarget(annotations_per_input=2, inputs=1)))
    week.start("news")
    week.save("ann", number=1)
    week.save("ann", number=1)
    assert week.kinds() == []
    week.save("bob", number=1)
    week.save("cid", number=1)
    assert week.kinds() == ["deadline.met"]


def test_a_dataset_made_again_has_its_deadline_again() -> None:
    week = days()
    week.take(Event("dataset.dropped", "d", "main", NINE, "news"))
    assert week.until(FRIDAY) == []
    week = days()
    week.take(Event("dataset.dropped", "d", "main", NINE, "news"))
    week.take(Event("dataset.created", "c", "main", NINE, "news"))
    assert len(week.until(FRIDAY)) == 3


@pytest.mark.parametrize(
    ("local", "before", "rings"),
    [
        pytest.param("2026-03-29T17:00", 1, "2026-03-28T16:00", id="clocks go forward: a day is 24 hours"),
        pytest.param("2026-10-25T17:00", 1, "2026-10-24T18:00", id="clocks go back"),
        pytest.param("2026-10-25T02:30", 0, "2026-10-25T02:30", id="an hour that comes twice: the first"),
    ],
)
def test_daylight_saving_changes_the_wall_clock_and_not_how_long_it_is(local: str, before: int, rings: str) -> None:
    deadline = datetime.fromisoformat(local).replace(tzinfo=ZURICH).astimezone(NINE.tzinfo)
    year = days(deadline=deadline, remind=(timedelta(days=before),) if before else ())
    (event, *_) = year.until(deadline)
    assert event.time.astimezone(ZURICH).replace(tzinfo=None) == datetime.fromisoformat(rings)


def test_of_history_nothing_is_told() -> None:
    week = Days(due())
    for _ in range(3):
        week.save(past=True)
    week.start("news")
    assert week.until(FRIDAY + DAY) == []
    assert week.kinds() == []


def test_timers_are_rows_that_go_with_progress() -> None:
    week = days()
    assert week.next_at == FRIDAY - 2 * DAY
    week.save()
    week.save()
    assert week.next_at is None
