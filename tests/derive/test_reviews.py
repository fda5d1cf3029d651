"""Answers that wait for review: in working time, one message for all, and the next for those that came later."""

from datetime import datetime
from typing import Any

import pytest

from otpushd.derive.review_note import Watch, pack, too_late_since, unpack
from otpushd.model.calendar import PlainTime
from otpushd.model.event import Event
from otpushd.model.instants import from_micros
from otpushd.model.plan import Plan, Review
from tests.days import DAY, HOUR, NINE, OFFICE, ZURICH, Days, entry

TWO_DAYS = 48 * HOUR


def review(**keys: Any) -> Review:
    return Review(**{"dataset": "checked", "within": TWO_DAYS, "remind": (DAY,), "hours": PlainTime(), **keys})


def days(now: datetime = NINE, **keys: Any) -> Days:
    made = Days(entry("news", review=review(**keys)), now=now)
    made.start("news", "checked")
    return made


def said(events: list[Event]) -> list[tuple[str, Any, datetime]]:
    return [(one.type.partition(".")[2], one.value("waiting"), one.time) for one in events]


def test_an_answer_that_waits_is_due_and_then_overdue() -> None:
    week = days()
    week.save(number=1)
    events = week.until(NINE + 9 * DAY)
    assert said(events) == [("due", 1, NINE + DAY), ("overdue", 1, NINE + 2 * DAY)]
    assert (events[0].dataset, events[0].data) == (
        "news",
        {"waiting": 1, "oldest": NINE, "within": "2d", "late": False},
    )


def test_an_answer_that_is_reviewed_in_time_is_never_mentioned() -> None:
    week = days()
    week.save(number=1)
    week.until(NINE + HOUR)
    week.save("bob", dataset="checked", number=1)
    assert week.until(NINE + 9 * DAY) == []


def test_one_that_is_reviewed_after_the_reminder_is_not_overdue() -> None:
    week = days()
    week.save(number=1)
    week.until(NINE + DAY)
    week.save("bob", dataset="checked", number=1)
    assert [kind for kind, _, _ in said(week.until(NINE + 9 * DAY))] == []


def test_one_reviewed_before_it_was_saved_again_does_not_wait() -> None:
    week = days()
    week.save("bob", dataset="checked", number=1)
    week.save(number=1)
    assert week.until(NINE + 9 * DAY) == []


def test_when_the_oldest_is_reviewed_the_next_one_counts() -> None:
    week = days(remind=())
    week.save(number=1)
    week.until(NINE + 10 * HOUR)
    week.save(number=2)
    week.save("bob", dataset="checked", number=1)
    assert said(week.until(NINE + 9 * DAY)) == [("overdue", 1, NINE + 10 * HOUR + TWO_DAYS)]


def test_one_message_covers_all_that_waits_when_it_is_said() -> None:
    week = days()
    for hour in range(20):
        week.until(NINE + hour * HOUR)
        week.save(number=hour)
    events = week.until(NINE + 30 * DAY)
    assert said(events) == [("due", 20, NINE + DAY), ("overdue", 20, NINE + 2 * DAY)]
    assert events[1].value("oldest") == NINE


def test_what_was_saved_after_a_message_has_one_of_its_own() -> None:
    week = days()
    week.save(number=1)
    week.until(NINE + 3 * DAY)
    week.save(number=2)
    assert said(week.until(NINE + 30 * DAY)) == [
        ("due", 2, NINE + 4 * DAY),
        ("overdue", 2, NINE + 5 * DAY),
    ]


def test_what_waited_when_it_was_overdue_is_not_called_due_afterwards() -> None:
    week = days()
    week.save(number=1)
    week.until(NINE + 47 * HOUR)
    week.save(number=2)
    assert said(week.until(NINE + 30 * DAY)) == [("overdue", 2, NINE + 2 * DAY)]


def test_an_answer_decided_before_a_message_and_saved_after_it_is_not_lost() -> None:
    week = days(remind=())
    week.save(number=1)
    week.until(NINE + TWO_DAYS)
    week.save(number=2, at=NINE + TWO_DAYS - HOUR)
    assert said(week.until(NINE + 9 * DAY)) == [("overdue", 2, NINE + 2 * TWO_DAYS - HOUR)]


def test_of_several_that_were_missed_only_the_latest_comes_marked_late() -> None:
    week = days()
    week.save(number=1)
    week.away(NINE + 3 * DAY)
    events = week.ring()
    assert [(one.type, one.value("late")) for one in events] == [("review.overdue", True)]
    assert week.until(NINE + 9 * DAY) == []


def test_an_answer_that_was_too_late_when_it_was_found_is_told_late() -> None:
    week = days()
    week.away(NINE + 5 * DAY)
    week.save(number=1, at=NINE)
    events = week.until(NINE + 5 * DAY + HOUR)
    assert [(one.type, one.value("late")) for one in events] == [("review.overdue", True)]


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        pytest.param("2026-03-02T09:00", "2026-03-03T09:00", id="ten hours of a day are until the next"),
        pytest.param("2026-03-06T17:00", "2026-03-09T17:00", id="over a weekend"),
        pytest.param("2026-03-07T12:00", "2026-03-09T18:00", id="saved on a Saturday"),
        pytest.param("2026-03-27T17:00", "2026-03-30T17:00", id="clocks go forward"),
        pytest.param("2026-10-23T17:00", "2026-10-26T17:00", id="clocks go back"),
    ],
)
def test_what_counts_is_working_time_on_the_wall_clock(saved: str, told: str) -> None:
    at = datetime.fromisoformat(saved).replace(tzinfo=ZURICH).astimezone(NINE.tzinfo)
    week = days(at, within=10 * HOUR, remind=(), hours=OFFICE)
    week.save()
    (event,) = week.until(at + 9 * DAY)
    assert event.time.astimezone(ZURICH).replace(tzinfo=None) == datetime.fromisoformat(told)


def test_two_answers_to_one_input_are_two_and_one_review_settles_both() -> None:
    week = days(remind=())
    week.save("ann", number=1)
    week.save("bob", number=1)
    week.save("ann", number=2)
    week.save("cid", dataset="checked", number=1)
    ((_, waiting, _),) = said(week.until(NINE + TWO_DAYS))
    assert waiting == 1


def test_rows_that_nobody_decided_neither_wait_nor_review() -> None:
    week = days(remind=())
    week.save(number=1)
    for name in ("news", "checked"):
        data = {"origin": "import", "example": 50, "input_hash": 1}
        week.take(Event("example.added", name, "main", NINE, name, data))
    assert [waiting for _, waiting, _ in said(week.until(NINE + 9 * DAY))] == [1]


def test_a_dataset_made_while_the_daemon_runs_is_watched_from_its_first_answer() -> None:
    week = Days(entry("news", review=review(remind=())))
    week.take(Event("example.added", "a", "main", NINE, "news", {"origin": "import", "example": 50, "input_hash": 1}))
    week.save("bob", dataset="checked", number=1)
    week.save(number=1)
    week.save(number=2)
    assert said(week.until(NINE + 9 * DAY)) == [("overdue", 1, NINE + TWO_DAYS)]


def test_datasets_wait_each_for_themselves() -> None:
    week = Days(entry("news-*", review=review(remind=())))
    week.start("news-a", "news-b", "checked")
    week.save(dataset="news-a")
    week.until(NINE + HOUR)
    week.save(dataset="news-b")
    assert [one.dataset for one in week.until(NINE + 9 * DAY)] == ["news-a", "news-b"]


def test_a_dataset_that_is_gone_waits_for_nothing() -> None:
    week = days()
    week.save()
    week.take(Event("dataset.dropped", "d", "main", NINE, "news"))
    assert week.until(NINE + 9 * DAY) == []


def test_without_a_review_in_the_plan_nothing_is_remembered() -> None:
    week = days()
    week.save()
    week.start("news", plan=Plan((entry("news"),)))
    assert week.until(NINE + 9 * DAY) == []
    assert not [key for key in week.ledger.notes if key[1] == "review"]


def test_the_note_comes_back_as_it_was() -> None:
    watch = Watch("checked", True, None, {5: 1, 9: 0}, {5: 7, 9: None})
    assert unpack(pack(watch)) == watch
    assert unpack(None) is None


@pytest.mark.parametrize("hours", [pytest.param(PlainTime(), id="plain"), pytest.param(OFFICE, id="office")])
def test_what_is_too_late_by_now_is_found_to_the_microsecond(hours: Any) -> None:
    agreed = review(hours=hours)
    length = TWO_DAYS // (NINE.resolution)
    since = from_micros(too_late_since(agreed, length, NINE))
    assert hours.add(since, TWO_DAYS) <= NINE < hours.add(since + NINE.resolution, TWO_DAYS)
