"""Who had no answer for too long, in working time, is told once until the next answer."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from otpushd.model.calendar import PlainTime
from otpushd.model.event import Event
from otpushd.model.plan import AnswerTarget, Idle, Plan, PlanEntry
from tests.days import DAY, HOUR, NINE, OFFICE, ZURICH, Days, entry

TEN = AnswerTarget(10)


def roster(
    pattern: str = "news", *, people: timedelta | None = 8 * HOUR, whole: timedelta | None = None, **keys: Any
) -> PlanEntry:
    hours = keys.pop("hours", PlainTime())
    return entry(pattern, **{"annotators": ("ann", "bob"), "idle": Idle(people, whole, hours), **keys})


def days(planned: PlanEntry | None = None, now: datetime = NINE) -> Days:
    made = Days(planned or roster(), now=now, known_as={"ann": ("ann-m", "amy"), "bob": ("bob",)})
    made.start("news")
    return made


def said(events: list[Event]) -> list[tuple[str, Any, datetime]]:
    return [(one.type.partition(".")[2], one.value("annotator"), one.time) for one in events]


def test_somebody_who_stops_is_told_once_until_the_next_answer() -> None:
    week = days()
    week.save("bob")
    week.until(NINE + HOUR)
    week.save("ann-m")
    week.until(NINE + 2 * HOUR)
    week.save("bob")
    events = week.until(NINE + 3 * DAY)
    assert said(events) == [("idle", "ann-m", NINE + 9 * HOUR), ("idle", "bob", NINE + 10 * HOUR)]
    assert events[0].data == {"annotator": "ann-m", "idle_for": "8h", "remaining": None, "late": False}
    week.save("bob")
    assert said(week.until(NINE + 9 * DAY)) == [("idle", "bob", NINE + 3 * DAY + 8 * HOUR)]


def test_somebody_is_known_by_each_session_and_by_the_last_of_them_that_was_used() -> None:
    week = days(roster(annotators=("ann",)))
    week.save("ann-m")
    week.until(NINE + 7 * HOUR)
    week.save("amy")
    assert said(week.until(NINE + DAY)) == [("idle", "amy", NINE + 15 * HOUR)]


def test_somebody_who_never_answered_is_expected_from_the_first_answer_of_anybody() -> None:
    week = days(roster(annotators=("bob",)))
    week.until(NINE + 5 * DAY)
    assert week.told == []
    week.save("ann")
    week.until(NINE + 6 * DAY)
    assert said(week.told) == [("idle", "bob", NINE + 5 * DAY + 8 * HOUR)]


def test_nobody_but_the_roster_is_expected() -> None:
    week = days(roster(annotators=("bob",)))
    week.save("bob")
    week.save("zoe")
    assert [who for _, who, _ in said(week.until(NINE + 9 * DAY))] == ["bob"]


def test_silence_of_long_ago_stays_unmentioned_when_the_plan_first_names_it() -> None:
    week = Days(roster(whole=DAY, target=TEN))
    week.save("ann", at=NINE - 9 * DAY, past=True)
    week.save("bob", at=NINE - HOUR, past=True)
    week.start("news")
    assert said(week.until(NINE + 9 * DAY)) == [
        ("idle", "bob", NINE + 7 * HOUR),
        ("stalled", None, NINE + 23 * HOUR),
    ]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        pytest.param("2026-03-02T12:00", "2026-03-03T10:00", id="over night"),
        pytest.param("2026-03-06T12:00", "2026-03-09T10:00", id="over a weekend"),
        pytest.param("2026-03-27T12:00", "2026-03-30T10:00", id="clocks go forward"),
        pytest.param("2026-10-23T12:00", "2026-10-26T10:00", id="clocks go back"),
    ],
)
def test_what_counts_is_working_time_on_the_wall_clock(last: str, told: str) -> None:
    at = datetime.fromisoformat(last).replace(tzinfo=ZURICH).astimezone(NINE.tzinfo)
    week = days(roster(annotators=("bob",), hours=OFFICE), now=at)
    week.save("bob")
    (event,) = week.until(at + 9 * DAY)
    assert event.time.astimezone(ZURICH).replace(tzinfo=None) == datetime.fromisoformat(told)
    assert event.value("idle_for") == "8h"


def test_a_dataset_with_an_open_target_stalls() -> None:
    week = days(roster(people=None, whole=DAY, target=TEN))
    week.save("zoe")
    (event,) = week.until(NINE + 9 * DAY)
    assert (event.type, event.time, event.value("remaining")) == ("dataset.stalled", NINE + DAY, 9)
    assert (event.dataset, event.value("annotator"), event.value("idle_for")) == ("news", None, "24h")


def test_a_dataset_nobody_begins_stalls_from_when_the_plan_named_it() -> None:
    week = days(roster(people=None, whole=DAY, target=TEN))
    assert said(week.until(NINE + 9 * DAY)) == [("stalled", None, NINE + DAY)]


def test_when_the_target_is_reached_nobody_is_expected_any_more() -> None:
    week = days(roster(whole=DAY, target=AnswerTarget(2)))
    week.save("ann-m")
    week.save("bob")
    assert week.until(NINE + 9 * DAY) == []


def test_without_a_target_no_dataset_stalls() -> None:
    week = days(roster(people=None, whole=DAY))
    week.save("ann")
    assert week.until(NINE + 9 * DAY) == []


def test_what_happened_while_nobody_looked_is_told_late() -> None:
    week = days(roster(annotators=("bob",)))
    week.save("bob")
    week.away(NINE + DAY)
    (event,) = week.ring()
    assert (event.value("late"), event.value("idle_for")) == (True, "24h")


def test_an_answer_and_a_long_silence_while_nobody_looked_are_told_late() -> None:
    week = days(roster(annotators=("bob",)))
    week.away(NINE + DAY)
    week.save("bob", at=NINE + HOUR)
    assert said(week.until(NINE + DAY + HOUR))[0][:2] == ("idle", "bob")
    assert week.told[0].value("late")


def test_in_a_total_work_on_any_of_its_datasets_is_work() -> None:
    week = Days(roster("news-*", whole=DAY, target=AnswerTarget(99), total=True))
    week.start("news-a", "news-b")
    for hour in range(0, 40, 6):
        week.until(NINE + hour * HOUR)
        week.save("ann", dataset="news-a" if hour % 4 else "news-b")
        week.save("bob", dataset="news-b")
    assert week.kinds() == []
    assert {(one.type, one.dataset) for one in week.until(NINE + 9 * DAY)} == {
        ("annotator.idle", "news-*"),
        ("dataset.stalled", "news-*"),
    }


def test_a_plan_without_idle_times_remembers_nothing() -> None:
    week = days()
    week.save("ann-m")
    week.start("news", plan=Plan((entry("news"),)))
    assert not [key for key in (*week.ledger.notes, *week.ledger.timers) if key[1] == "silence"]
