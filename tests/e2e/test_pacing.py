"""Messages people welcome, by the real command: groups, escalations, silences and rates, over kills and reloads."""

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pacing_world import (
    COLLECTS,
    RESOLVES,
    SAYS,
    body,
    documents,
    escalates,
    hears,
    open_cases,
    quiet_now,
    ruled,
    said,
    stands,
    told,
    wishes,
)
from world import Team, wait_for

KILLER = str(Path(__file__).parent / "killer")
GROUP = COLLECTS.replace("WAIT", "2s")
on_each_store = pytest.mark.usefixtures("any_store")


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def begun(team: Team) -> "subprocess.Popen[str]":
    """A daemon for which `news` is no news."""
    team.prodigy.dataset("news")
    return team.start()


@on_each_store
def test_a_burst_of_five_hundred_answers_is_one_message_to_each(team: Team) -> None:
    ruled(team, COLLECTS.replace("WAIT", "5s"))
    begun(team)
    for start in range(0, 500, 10):
        tasks = [{"text": str(start + number), "answer": "accept"} for number in range(10)]
        team.prodigy.save("news", tasks, session="news-ann")
    hears(team, ("ann", "500 in news"), ("lea", "500 in news"))
    time.sleep(1)
    assert len(said(team)) == 2


@on_each_store
def test_a_group_is_told_once_and_whole_though_the_daemon_was_killed_while_it_gathered(team: Team) -> None:
    ruled(team, GROUP)
    process = begun(team)
    team.answer()
    wait_for(lambda: open_cases(team) == 1, "the group")
    kill(process)
    team.answer("u")
    team.start()
    hears(team, ("ann", "2 in news"), ("lea", "2 in news"))
    time.sleep(1)
    assert (len(said(team)), open_cases(team)) == (2, 0)


@on_each_store
@pytest.mark.parametrize(
    ("where", "title"),
    [
        pytest.param("otpushd.pacing.telling:close:return:1", "1 in news", id="before the commit of a group's end"),
        pytest.param("otpushd.pacing.ringing:_escalate:return:1", "nobody came", id="before that of an escalation"),
        pytest.param("otpushd.store.outbox:claim:found:1", "1 in news", id="after the commit of a group's end"),
        pytest.param("otpushd.store.outbox:settle:call:2", "nobody came", id="after that of an escalation"),
    ],
)
def test_a_kill_at_the_commit_of_a_timer_loses_nothing_and_does_nothing_twice(
    team: Team, where: str, title: str
) -> None:
    ruled(team, GROUP if "news" in title else escalates("2s"))
    team.prodigy.dataset("news")
    path = os.pathsep.join([KILLER, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = team.start(KILL_AT=where, PYTHONPATH=path)
    team.answer(answer="reject")
    assert process.wait(20) == -signal.SIGKILL, team.logged()
    team.start()
    wait_for(lambda: ("ann", title) in said(team), team.logged())
    time.sleep(1)
    assert len({one["filename"] for one in team.gateway.received("accepted")}) == 2
    assert team.stored("SELECT count(*) FROM notification") == [(2,)]


def test_it_is_over_is_told_to_those_who_heard_that_it_began(team: Team) -> None:
    """Ann sleeps: what was held back for her is over before she could hear of it."""
    ruled(team, RESOLVES)
    wishes(team, "ann", quiet_now())
    begun(team)
    team.answer(answer="reject")
    hears(team, ("lea", "bad"))
    stands(team, {"accepted": 1, "held": 1})
    team.answer("u")
    hears(team, ("lea", "bad"), ("lea", "over"))
    stands(team, {"accepted": 2, "resolved": 1})


@on_each_store
def test_a_silence_holds_back_and_lifting_it_lets_go_of_one_digest_without_what_is_over(team: Team) -> None:
    ruled(team, RESOLVES, SAYS)
    begun(team)
    told(team, "silence", "add", "--person", "lea", "--for", "1h", "--reason", "on the train")
    team.answer(answer="reject")
    hears(team, ("ann", "bad"))
    team.answer("u", answer="ignore")
    team.answer("v", answer="ignore")
    team.answer("w")
    hears(team, ("ann", "bad"), ("ann", "over"))
    stands(team, {"accepted": 2, "held": 2, "resolved": 1})
    number = str(team.stored("SELECT held FROM notification WHERE state = 'held'")[0][0]).split()[-1]
    told(team, "silence", "lift", number, "--reason", "there")
    hears(team, ("ann", "bad"), ("ann", "over"), ("lea", "2 messages held back for you"))
    assert body(documents(team)[-1]).endswith("Meanwhile 1 was resolved.")
    stands(team, {"accepted": 5, "resolved": 1})


@on_each_store
@pytest.mark.parametrize("dead", ["none", "the daemon was killed in between"])
def test_nobody_else_is_told_when_the_answer_comes(team: Team, dead: str) -> None:
    """It comes before the step, in the second case while nobody looks, and the next daemon starts after the step."""
    ruled(team, escalates("2s"))
    process = begun(team)
    team.answer(answer="reject")
    hears(team, ("lea", "come"))
    if dead != "none":
        stands(team, {"accepted": 1})
        kill(process)
    team.answer("u")
    time.sleep(2.5)
    if dead != "none":
        team.start()
        time.sleep(1)
    assert (said(team), open_cases(team)) == ([("lea", "come")], 0)


@on_each_store
@pytest.mark.parametrize("dead", ["none", "the daemon was killed in between"])
def test_the_next_one_is_told_once_when_no_answer_comes(team: Team, dead: str) -> None:
    ruled(team, escalates("2s"))
    process = begun(team)
    team.answer(answer="reject")
    hears(team, ("lea", "come"))
    if dead != "none":
        stands(team, {"accepted": 1})
        kill(process)
        time.sleep(2.5)
        team.start()
    hears(team, ("lea", "come"), ("ann", "nobody came"))
    time.sleep(1)
    assert (len(said(team)), open_cases(team)) == (2, 0)


def test_what_is_above_a_rate_comes_in_one_digest(team: Team) -> None:
    ruled(team, SAYS)
    wishes(team, "lea", "rates: 2 per 4s")
    begun(team)
    team.prodigy.save("news", [{"text": str(n), "answer": "ignore"} for n in range(6)], session="news-ann")
    digest = ("lea", "4 messages held back for you")
    hears(team, ("lea", "seen 1"), ("lea", "seen 2"), digest)
    assert sorted(body(documents(team)[-1]).splitlines()) == [f"seen {number}" for number in (3, 4, 5, 6)]
    stands(team, {"accepted": 7})


@on_each_store
def test_a_reload_in_the_middle_lets_groups_and_escalations_go_on_and_what_lost_its_rule_end_visibly(
    team: Team,
) -> None:
    former = GROUP.replace("name: group", "name: former")
    ruled(team, COLLECTS.replace("WAIT", "4s"), former.replace("wait: 2s", "wait: 30s"), escalates("4s"))
    process = begun(team)
    team.answer(answer="reject")
    hears(team, ("lea", "come"))
    team.edit("rules.yaml", "name: former", "name: renamed")
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: team.events("event_fault"), f"the fault\n{team.logged()}")
    (fault,) = team.events("event_fault")
    assert (fault["rule"], fault["what"]) == (
        "former",
        "its rule is no longer there: 1 collected event is not sent",
    )
    group = ("ann", "1 in news"), ("lea", "1 in news")
    hears(team, ("lea", "come"), *group, ("ann", "nobody came"))
    assert open_cases(team) == 0


def test_two_daemons_on_one_store_close_a_group_once_and_send_one_digest(team: Team, shared_store: str) -> None:
    ruled(team, COLLECTS.replace("WAIT", "1s"), SAYS)
    wishes(team, "lea", "rates: 1 per 3s")
    team.prodigy.dataset("news")
    both = [replace(team, log=f"log{number}.txt") for number in range(2)]
    for one in both:
        process = one.run()
        wait_for(lambda one=one: one.events("ready"), "ready", process)
    team.prodigy.save("news", [{"text": str(n), "answer": "ignore"} for n in range(3)], session="news-ann")
    hears(team, ("lea", "seen 1"), ("ann", "3 in news"), ("lea", "3 messages held back for you"))
    time.sleep(1.5)
    assert len(said(team)) == 3
    stands(team, {"accepted": 6})
