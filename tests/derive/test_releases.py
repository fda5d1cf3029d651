"""Dates of the wider project: told of all their datasets together, in the milestone's name."""

from typing import Any

from otpushd.model.event import Event
from otpushd.model.plan import AnswerTarget, Plan, ProjectMilestone
from tests.days import DAY, HOUR, NINE, Days, entry

FRIDAY = NINE + 4 * DAY
TWO = AnswerTarget(2)


def release(*datasets: str, **keys: Any) -> ProjectMilestone:
    return ProjectMilestone(
        **{"name": "4.2", "where": ("p", 1, 1), "at": FRIDAY, "remind": (DAY,), **keys}, datasets=datasets
    )


def days(*datasets: str, alone: bool = True) -> Days:
    """Two datasets of each kind, with two answers to be given in each."""
    made = Days(
        entry("news-*", target=TWO),
        entry("sport-*", target=AnswerTarget(3), total=True),
        milestones=(release(*(datasets or ("news-*",))),),
        alone=alone,
    )
    made.start("news-a", "news-b")
    return made


def said(events: list[Event]) -> list[tuple[str, str | None, Any]]:
    return [(one.type.partition(".")[2], one.dataset, one.value("done")) for one in events]


def test_what_is_done_is_added_up_and_nothing_beyond_a_target_helps_another() -> None:
    week = days()
    for _ in range(5):
        week.save(dataset="news-a")
    week.save(dataset="news-b")
    events = week.until(FRIDAY)
    assert said(events) == [("approaching", "4.2", 3), ("missed", "4.2", 3)]
    assert (events[0].value("target"), events[0].value("percent")) == (4, 75.0)


def test_it_is_met_by_the_last_that_was_to_be_done() -> None:
    week = days()
    for name in ("news-a", "news-a", "news-b"):
        week.save(dataset=name)
    assert week.kinds() == []
    week.save(dataset="news-b")
    week.save(dataset="news-b")
    assert week.kinds() == ["deadline.met"]
    assert week.until(FRIDAY + DAY) == []


def test_a_dataset_that_comes_later_has_to_be_done_too() -> None:
    week = days()
    for name in ("news-a", "news-a", "news-b", "news-b"):
        week.save(dataset=name)
    week.save(dataset="news-c")
    assert said(week.until(FRIDAY)) == [("approaching", "4.2", 5), ("missed", "4.2", 5)]


def test_what_was_done_too_late_does_not_meet_it() -> None:
    week = days()
    for name in ("news-a", "news-a", "news-b"):
        week.save(dataset=name)
    week.until(FRIDAY)
    week.now = FRIDAY + HOUR
    week.save(dataset="news-b")
    assert week.kinds() == ["deadline.approaching", "deadline.missed"]


def test_a_total_counts_once_with_all_its_datasets() -> None:
    week = days("sport-a", "sport-b")
    for name in ("sport-a", "sport-b", "sport-c"):
        week.save(dataset=name)
    assert week.kinds() == ["deadline.met"]
    assert week.told[-1].value("target") == 3


def test_a_dataset_named_to_the_letter_that_is_not_there_yet_is_not_done() -> None:
    week = days("news-a", "news-late")
    week.save(dataset="news-a")
    week.save(dataset="news-a")
    assert said(week.until(FRIDAY)) == [("approaching", "4.2", 2), ("missed", "4.2", 2)]


def test_of_several_sources_each_has_its_own_datasets() -> None:
    week = days("news-a", "news-elsewhere", alone=False)
    week.save(dataset="news-a")
    week.save(dataset="news-a")
    assert week.kinds() == ["deadline.met"]
    assert days("news-elsewhere", alone=False).until(FRIDAY) == []


def test_without_any_target_there_are_reminders_and_no_end() -> None:
    week = Days(milestones=(release("*"),))
    week.start("news")
    assert said(week.until(FRIDAY)) == [("approaching", "4.2", 0)]


def test_late_reminders_come_once_and_a_moved_date_reminds_anew() -> None:
    week = days()
    week.away(FRIDAY - HOUR)
    assert [(one.value("before"), one.value("late")) for one in week.ring()] == [("1d", True)]
    week.start("news-a", "news-b", plan=Plan(week.plan.entries, (release("news-*", at=FRIDAY + 7 * DAY),)))
    assert said(week.until(FRIDAY + DAY)) == []
    assert len(week.until(FRIDAY + 8 * DAY)) == 2


def test_one_that_is_gone_from_the_plan_is_forgotten_when_it_would_ring() -> None:
    week = days()
    week.start("news-a", "news-b", plan=Plan(week.plan.entries))
    assert week.until(FRIDAY + DAY) == []
    assert week.ledger.timers == {}
