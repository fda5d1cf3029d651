"""Timers in the real command: on time however long an interval is, late after a kill, and beside a dead source."""

import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from world import Team, wait_for

PLAN = """
datasets:
  news: {owners: [lea], target: 3, deadline: "DEADLINE", remind: [REMIND]}
"""
RULES = """
rules:
  - name: due
    on: deadline.*
    to: dataset.owners
    title: "{{ event_type }} {{ before }} {{ done }} of {{ target }} late {{ late }}"
"""
SOON = timedelta(seconds=10)


def planned(team: Team, ahead: timedelta, remind: str = "365d", poll: str = "10m") -> datetime:
    """The team's plan has a deadline so far from now, and its source is hardly ever polled."""
    deadline = (datetime.now(UTC) + ahead).replace(microsecond=0)
    team.write("plan.yaml", PLAN.replace("DEADLINE", deadline.isoformat()).replace("REMIND", remind))
    team.edit("otpushd.yaml", "people: people.yaml", "people: people.yaml\nplan: plan.yaml")
    team.edit("otpushd.yaml", "poll: 50ms", f"poll: {poll}")
    team.write("rules.yaml", RULES)
    team.prodigy.dataset("news")
    return deadline


def sleep_until(when: datetime) -> None:
    time.sleep(max(0.0, (when - datetime.now(UTC)).total_seconds()))


@pytest.mark.usefixtures("any_store")
def test_a_deadline_is_told_on_time_though_the_next_poll_is_far(team: Team) -> None:
    deadline = planned(team, SOON, remind="1s")
    process = team.start()
    team.await_titles("deadline.approaching 1s 0 of 3 late false")
    assert deadline - timedelta(seconds=1) <= datetime.now(UTC) < deadline
    wait_for(lambda: len(team.gateway.titles()) == 2, team.logged(), process)
    assert datetime.now(UTC) < deadline + timedelta(seconds=2)
    team.await_titles("deadline.approaching 1s 0 of 3 late false", "deadline.missed 0s 0 of 3 late false")


@pytest.mark.usefixtures("any_store")
def test_a_deadline_that_passes_while_the_daemon_is_dead_comes_once_and_late(team: Team) -> None:
    deadline = planned(team, SOON)
    process = team.start()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert team.gateway.titles() == []
    sleep_until(deadline + timedelta(seconds=16))
    team.stop(team.start())
    team.await_titles("deadline.missed 0s 0 of 3 late true")
    assert team.once() == 0
    team.await_titles("deadline.missed 0s 0 of 3 late true")


def test_what_was_done_while_the_daemon_was_dead_met_its_deadline(team: Team) -> None:
    deadline = planned(team, SOON)
    process = team.start()
    process.send_signal(signal.SIGKILL)
    process.wait()
    for number in range(3):
        team.answer(f"t{number}", _timestamp=int(deadline.timestamp()) - 2)
    sleep_until(deadline + timedelta(seconds=1))
    assert team.once() == 0
    team.await_titles("deadline.met 0s 3 of 3 late false")


def test_a_source_that_is_away_stops_no_timer(team: Team) -> None:
    planned(team, SOON, poll="50ms")
    team.start()
    database = team.folder / "prodigy.db"
    database.rename(team.folder / "away.db")
    team.await_titles("deadline.missed 0s 0 of 3 late false")


def test_a_plan_changed_between_two_starts_is_followed(team: Team) -> None:
    deadline = planned(team, timedelta(days=9))
    team.stop(team.start())
    team.edit("plan.yaml", deadline.isoformat(), (datetime.now(UTC) + SOON).isoformat())
    team.start()
    team.await_titles("deadline.missed 0s 0 of 3 late false")
