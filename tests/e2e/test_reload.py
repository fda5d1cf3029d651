"""SIGHUP in the real command: rules, people and plan anew, or refused whole; nothing is lost or said twice by it."""

import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from world import Team, wait_for

OLD = "ann said accept on news"
PLAN = """
datasets:
  news: {owners: [lea], target: 3, deadline: "DEADLINE", remind: [365d]}
"""
Daemon = subprocess.Popen[str]


def reload(team: Team, process: Daemon, event: str = "reloaded") -> dict[str, object]:
    """Ask for it, and wait until it is done, as it is expected to end. Returns what the log says of it."""
    before = len(team.events(event))
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(team.events(event)) > before, f"{event}:\n{team.logged()}", process)
    return team.events(event)[-1]


def under_way(team: Team) -> int:
    """How many have begun and not ended. One may be refused because it saw a file half written."""
    ended = len(team.events("reloaded")) + len(team.events("reload_refused"))
    return len(team.events("reloading")) - ended


def test_the_next_answer_follows_a_rule_that_was_added(team: Team) -> None:
    process = team.start()
    team.answer()
    team.await_titles(OLD)
    team.rule("answer.saved", "and again")
    assert {"rules": 2, "people": 2, "groups": 1, "rule_files": 1}.items() <= reload(team, process).items()
    team.answer("u")
    team.await_titles(OLD, OLD, "and again")


def test_a_bad_file_is_refused_whole_and_a_mended_one_taken(team: Team) -> None:
    """The plan would be good; nothing of it is taken either."""
    process = team.start()
    team.rule("answer.saved", "and again", more=', priority: "urgentest"')
    assert reload(team, process, "reload_refused")["problems"] == len(team.events("reload_problem")) == 1
    assert "rules.yaml:8:" in team.events("reload_problem")[0]["problem"]
    team.answer()
    team.await_titles(OLD)
    team.edit("rules.yaml", "urgentest", "high")
    reload(team, process)
    team.answer("u")
    team.await_titles(OLD, OLD, "and again")


def test_a_rule_test_that_fails_refuses_it(team: Team) -> None:
    process = team.start()
    with (team.folder / "rules.yaml").open("a") as rules:
        rules.write("tests:\n  - {name: silent, given: [{at: 2026-03-02T09:00Z, on: answer.saved}], expect: []}\n")
    reload(team, process, "reload_refused")
    assert "test 'silent'" in team.events("reload_problem")[0]["problem"]


@pytest.mark.usefixtures("any_store")
def test_a_deadline_that_was_moved_is_told_at_its_new_time_though_the_next_poll_is_far(team: Team) -> None:
    far, soon = (datetime.now(UTC) + timedelta(days=days) for days in (9, 0))
    team.write("plan.yaml", PLAN.replace("DEADLINE", far.isoformat()))
    team.edit("otpushd.yaml", "people: people.yaml", "people: people.yaml\nplan: plan.yaml")
    team.edit("otpushd.yaml", "poll: 50ms", "poll: 10m")
    team.write("rules.yaml", "rules:\n  - {name: due, on: deadline.*, to: dataset.owners, title: '{{ event_type }}'}\n")
    team.prodigy.dataset("news")
    process = team.start()
    soon = datetime.now(UTC) + timedelta(seconds=4)
    team.edit("plan.yaml", far.isoformat(), soon.isoformat())
    reload(team, process)
    team.await_titles("deadline.missed")
    assert soon <= datetime.now(UTC) < soon + timedelta(seconds=2)


def test_during_pages_every_answer_is_told_once_by_the_old_rules_or_the_new(team: Team) -> None:
    process = team.start()
    tasks = [{"text": str(number), "answer": "accept"} for number in range(2000)]
    team.edit("rules.yaml", "{{ annotator }} said {{ answer }} on {{ dataset }}", "{{ example }} old")
    reload(team, process)
    team.prodigy.save("news", tasks, session="news-ann")
    team.edit("rules.yaml", "old", "new")
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: team.stored("SELECT count(*) FROM notification") == [(2000,)], "all answers", process)
    wait_for(lambda: len(team.events("reloaded")) == 2, "the reload", process)
    assert team.stored("SELECT count(DISTINCT event_id) FROM notification") == [(2000,)]
    assert team.stored("SELECT count(*) FROM notification WHERE title LIKE '% old' OR title LIKE '% new'") == [(2000,)]
    team.answer("one more")
    wait_for(lambda: team.stored("SELECT max(title LIKE '% new') FROM notification") == [(1,)], "the new", process)
    assert not team.events("job_failed")


@pytest.mark.parametrize("times", [2, 7])
def test_the_last_of_several_wins(team: Team, times: int) -> None:
    process = team.start()
    for number in range(times):
        team.write("rules.yaml", f"rules:\n  - {{name: r, on: answer.saved, to: lea, title: 'number {number}'}}\n")
        process.send_signal(signal.SIGHUP)
    wait_for(lambda: team.events("reloading") and not under_way(team), "the last", process)
    team.answer()
    team.await_titles(f"number {times - 1}")


def test_somebody_who_is_gone_ends_what_waits_for_them_visibly(team: Team) -> None:
    team.gateway.fault("503:1000")
    process = team.start()
    team.answer()
    wait_for(lambda: team.events("try_again"), "an attempt", process)
    team.write("people.yaml", "people: {ann: {push: ann@example.org}}\ngroups: {leads: [ann]}\n")
    reload(team, process)
    wait_for(lambda: team.stored("SELECT state, person FROM notification") == [("dead", "lea")], "its end", process)
    assert "lea has no address for push any more" in team.stored("SELECT detail FROM notification")[0][0]


def test_what_only_a_restart_changes_is_named(team: Team) -> None:
    process = team.start()
    team.edit("otpushd.yaml", "poll: 50ms", "poll: 60ms")
    team.edit("otpushd.yaml", "people: people.yaml", "people: people.yaml\nretention: 30d")
    reload(team, process)
    assert team.events("restart_needed")[0]["changed"] == ["sources", "retention"]


def test_a_rule_for_a_channel_that_does_not_run_yet_is_refused(team: Team) -> None:
    process = team.start()
    channels = (team.folder / "otpushd.yaml").read_text().partition("  push:\n")[2].partition("rules:")[0]
    team.edit("otpushd.yaml", "rules: [", f"  more:\n{channels}rules: [")
    team.edit("people.yaml", "push: lea@example.org", "push: lea@example.org, more: lea@example.org")
    team.rule("answer.saved", "through more", more=", channel: more")
    reload(team, process, "reload_refused")
    assert "`more`, which otpushd knows after a restart only" in team.events("reload_problem")[0]["problem"]


def test_once_reads_its_files_once(team: Team) -> None:
    team.gateway.fault("slow:1:1")
    team.answer()
    process = team.run("--once", "--from-beginning")
    wait_for(lambda: team.gateway.received(), "a request", process)
    process.send_signal(signal.SIGHUP)
    assert process.wait(10) == 0
    assert team.events("reload_ignored")
