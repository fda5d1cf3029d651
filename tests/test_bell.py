"""Timers in the real poll: set after a start, rung when nothing is new, late after a stop, beside a dead source."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.calendar import PlainTime
from otpushd.model.plan import AnswerTarget, Idle, Plan, ProjectMilestone, Review
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.store.sql import rows
from tests.days import DAY, HOUR, entry
from tests.office import START, Office

DEADLINE = START + 9 * DAY
MINUTE = timedelta(minutes=1)


class Home(Office):
    """An office whose answers are decided when they are saved, with what was said and when."""

    def say(self, dataset: str, text: str, after: timedelta = MINUTE, session: str | None = None) -> None:
        """One answer, and the polls that take it."""
        self.now += after
        self.decided = int(self.now.timestamp()) - 1
        self.save(dataset, text, session=session)
        self.once()
        self.once(after=timedelta(seconds=3))

    def at(self, when: datetime) -> list[str]:
        """A single poll at some time. Returns the types of what it led to."""
        before = self.said()
        self.now = when
        self.once()
        return self.said()[len(before) :]

    def said(self) -> list[str]:
        sql = "SELECT event_type FROM notification ORDER BY created_at, id"
        found = [kind for (kind,) in self.writer.submit(rows, self.database, sql).result()]
        return [kind for kind in found if not kind.startswith(("answer.", "session.", "dataset.c", "progress."))]

    def timers(self) -> list[tuple[Any, ...]]:
        return self.writer.submit(rows, self.database, "SELECT whose, at FROM timer ORDER BY at, whose").result()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Home]]:
    """Starts an office with a plan of these entries."""
    offices = []

    def make(*entries: Any, **plan: Any) -> Home:
        database = ProdigyDatabase(tmp_path / "prodigy.db")
        offices.append(Home(tmp_path, database, lambda: SqliteSource(tmp_path / "prodigy.db"), Plan(entries, **plan)))
        return offices[-1]

    yield make
    for office in offices:
        office.end()


def due(name: str = "news", **keys: Any) -> Any:
    return entry(name, **{"target": AnswerTarget(2), "deadline": DEADLINE, "remind": (2 * DAY, DAY), **keys})


def test_a_reminder_comes_although_nothing_else_does(start: Callable[..., Home]) -> None:
    office = start(due())
    assert office.poll.bell.next_at == DEADLINE - 2 * DAY
    assert office.at(DEADLINE - 2 * DAY - MINUTE) == []
    assert office.at(DEADLINE - 2 * DAY) == ["deadline.approaching"]
    assert office.poll.bell.next_at == DEADLINE - DAY
    assert office.at(DEADLINE - DAY - MINUTE) == []


def follow(office: Home, *entries: Any, **plan: Any) -> None:
    """Another plan, without a restart."""
    office.plan = Plan(entries, **plan)
    office.poll.follow(replace(office.poll.thinking, plan=office.plan))
    office.once()


def test_another_plan_moves_the_timers_without_a_restart(start: Callable[..., Home]) -> None:
    office = start(due())
    follow(office, due(deadline=DEADLINE + DAY))
    assert office.poll.bell.next_at == DEADLINE - DAY
    assert office.at(DEADLINE - DAY) == ["deadline.approaching"]


def test_another_plan_that_names_nothing_leaves_no_timer(start: Callable[..., Home]) -> None:
    office = start(due())
    follow(office)
    assert office.poll.bell.next_at is None
    assert office.timers() == []


def test_another_plan_leaves_alone_what_was_told(start: Callable[..., Home]) -> None:
    office = start(due())
    assert office.at(DEADLINE - 2 * DAY) == ["deadline.approaching"]
    follow(office, due(owners=("bob",)))
    assert office.at(DEADLINE - 2 * DAY + HOUR) == []
    assert office.at(DEADLINE - DAY) == ["deadline.approaching"]


def test_another_plan_has_other_groups(start: Callable[..., Home]) -> None:
    office = start(due())
    at = START + 3 * DAY
    follow(office, milestones=(ProjectMilestone("4.2", ("p", 1, 1), at, ("news",)),))
    assert office.at(at - MINUTE) == []
    assert office.at(at) == []  # without a target nobody can say how it ended
    assert {whose for whose, _ in office.timers()} == {"release"}


def test_after_a_kill_what_was_missed_comes_once(start: Callable[..., Home]) -> None:
    office = start(due())
    office.restart()
    assert office.at(DEADLINE - HOUR) == ["deadline.approaching"]
    office.restart()
    assert office.at(DEADLINE - HOUR + MINUTE) == []
    assert office.at(DEADLINE) == ["deadline.missed"]


def test_a_plan_that_moves_the_deadline_is_followed_after_a_restart(start: Callable[..., Home]) -> None:
    office = start(due())
    office.at(DEADLINE)
    office.plan = Plan((due(deadline=DEADLINE + 9 * DAY),))
    office.restart()
    assert office.at(DEADLINE + MINUTE) == []
    assert office.poll.bell.next_at == DEADLINE + 7 * DAY
    assert office.at(DEADLINE + 9 * DAY) == ["deadline.missed"]


def test_what_was_saved_meanwhile_is_read_before_a_timer_rings(start: Callable[..., Home]) -> None:
    office = start(due())
    office.say("news", "a")
    office.decided = int((DEADLINE - HOUR).timestamp())
    office.save("news", "b")
    assert office.at(DEADLINE + MINUTE) == []  # the row may still get its person
    assert office.poll.bell.wake_at == DEADLINE + MINUTE + timedelta(seconds=2)
    assert office.at(DEADLINE + MINUTE + timedelta(seconds=2)) == ["deadline.met"]
    assert office.at(DEADLINE + DAY) == []


def test_rows_that_never_settle_hold_up_no_timer(start: Callable[..., Home], tmp_path: Path) -> None:
    office = start(due())
    office.say("news", "a")
    office.save("news", "b")
    office.at(DEADLINE - timedelta(seconds=1))
    (tmp_path / "prodigy.db").rename(tmp_path / "away.db")
    for second in (0, 2, 3, 5):
        office.now = DEADLINE + timedelta(seconds=second)
        asyncio.run(office.poll.run())
    assert office.said()[-1] == "deadline.missed"


def test_a_source_that_cannot_be_read_stops_no_timer(start: Callable[..., Home], tmp_path: Path) -> None:
    office = start(due())
    (tmp_path / "prodigy.db").rename(tmp_path / "away.db")
    office.restart()
    office.now = DEADLINE
    assert not asyncio.run(office.poll.run())
    assert "deadline.missed" in office.said()


def test_a_dataset_that_comes_later_has_its_timers_at_once(start: Callable[..., Home]) -> None:
    office = start(due("later-*"))
    assert office.poll.bell.next_at is None
    office.prodigy.dataset("later-a")
    office.once()
    assert office.poll.bell.next_at == DEADLINE - 2 * DAY


def test_a_dataset_that_is_dropped_takes_its_timers_along(start: Callable[..., Home]) -> None:
    office = start(due())
    office.prodigy.drop("news")
    office.look()
    assert (office.timers(), office.poll.bell.next_at) == ([], None)


def test_a_release_of_several_datasets(start: Callable[..., Home]) -> None:
    release = ProjectMilestone("4.2", ("p", 1, 1), DEADLINE, ("news", "base"), remind=(DAY,))
    office = start(entry("news", target=AnswerTarget(1)), entry("base", target=AnswerTarget(2)), milestones=(release,))
    assert office.at(DEADLINE - DAY) == ["deadline.approaching"]
    office.say("news", "a")
    assert office.said()[-1] == "deadline.approaching"
    office.say("base", "b")
    assert office.said()[-1] == "deadline.met"


def test_a_total_reminds_of_all_its_datasets_together(start: Callable[..., Home]) -> None:
    office = start(due("*", total=True, target=AnswerTarget(3)))
    assert office.at(DEADLINE - DAY) == ["deadline.approaching"]
    office.say("news", "a")
    office.say("base", "b")
    assert office.said()[-1] == "deadline.met"


def test_somebody_who_stops_and_a_dataset_that_stalls(start: Callable[..., Home]) -> None:
    idle = Idle(8 * HOUR, DAY, PlainTime())
    office = start(entry("news", target=AnswerTarget(9), annotators=("ann",), idle=idle), known_as={"ann": ("ann-m",)})
    office.say("news", "a", session="news-ann-m")
    office.restart()
    assert office.at(office.now + 8 * HOUR) == ["annotator.idle"]
    assert office.at(office.now + 17 * HOUR) == ["dataset.stalled"]
    assert office.at(office.now + 9 * DAY) == []


def checked(**keys: Any) -> Any:
    return entry("base", review=Review("news", 10 * DAY, (DAY,), PlainTime()), **keys)


def test_answers_wait_for_review_over_a_restart(start: Callable[..., Home]) -> None:
    office = start(checked())
    office.say("base", "a")
    office.say("base", "b")
    office.restart()
    office.say("news", "a")
    saved = office.now
    assert office.at(saved + 9 * DAY) == ["review.due"]
    office.say("news", "b")
    assert office.at(saved + 99 * DAY) == []


def test_what_waits_already_when_the_plan_gains_a_review_is_counted(start: Callable[..., Home]) -> None:
    office = start()
    for text in "abc":
        office.say("base", text)
    office.say("news", "b")
    first = office.now
    office.plan = Plan((checked(),))
    office.restart()
    office.at(first + DAY)
    assert [one[0] for one in office.timers()] == ["review", "review"]
    assert office.at(first + 9 * DAY + HOUR) == ["review.due"]
    ((count,),) = office.writer.submit(rows, office.database, "SELECT count(*) FROM waiting_review").result()
    assert count == 3  # the first answer of all is of long ago: counted, and never told for itself
    office.say("news", "a")
    office.say("news", "c")
    assert office.at(first + 99 * DAY) == []


def test_a_timer_that_breaks_stops_no_other(start: Callable[..., Home]) -> None:
    office = start(due(), due("base"))
    broken = "UPDATE timer SET about = 'no date' WHERE dataset = (SELECT dataset FROM tally WHERE name = 'base')"
    office.writer.submit(rows, office.database, broken + " AND at = (SELECT min(at) FROM timer)").result()
    assert office.at(DEADLINE - 2 * DAY) == ["deadline.approaching"]
    assert office.at(DEADLINE) == ["deadline.missed", "deadline.missed"]
