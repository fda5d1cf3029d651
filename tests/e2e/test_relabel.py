"""Work that goes back to people, with the real command: a row or a signal from outside becomes a line in a file."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world import Team, wait_for

KILLER = str(Path(__file__).parent / "killer")
QUEUE_RULE = """
  - name: again
    on: [answer.saved, model.drift, model.errors]
    when: event_type != "answer.saved" || answer == "reject"
    action: {queue: {file: "relabel/{{ dataset }}.jsonl"}}
  - {name: done, on: relabel.completed, to: lea, title: "{{ queue }}: {{ done }} done, {{ changed }} changed"}
  - {name: drift, on: model.drift, to: lea, title: "{{ model }} drifts"}
"""


@pytest.fixture
def quiet(team: Team) -> Team:
    """The team's rules queue what is rejected and what models complain of; answers are told to nobody."""
    team.write("rules.yaml", "rules:" + QUEUE_RULE)
    team.prodigy.dataset("news")
    return team


def emit(team: Team, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "otpushd", "emit", "--config", str(team.folder / "otpushd.yaml"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=team.folder, timeout=30, check=False)


def queued(team: Team, name: str = "relabel/news.jsonl") -> list[dict[str, Any]]:
    path = team.folder / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def texts(team: Team) -> list[str]:
    return [one["text"] for one in queued(team)]


@pytest.mark.usefixtures("any_store")
def test_a_rejected_row_becomes_a_line_that_prodigy_serves_and_its_new_answer_ends_it(quiet: Team) -> None:
    assert quiet.once() == 0
    quiet.start()
    quiet.answer("one", answer="reject", spans=[{"start": 0, "end": 3, "label": "X"}], meta={"doc_id": 7})
    quiet.answer("two")
    (task,) = wait_for(lambda: queued(quiet), f"a line\n{quiet.logged()}")
    assert {"answer", "_task_hash", "_timestamp", "_session_id"}.isdisjoint(task)
    assert task["spans"] == [{"start": 0, "end": 3, "label": "X"}]
    assert task["meta"] == {"doc_id": 7, "reason": "again: answer.saved"}
    quiet.prodigy.save("news-again", [{**task, "answer": "accept"}], session="news-again-bob")
    quiet.await_titles("relabel/news.jsonl: 1 done, 1 changed")


@pytest.mark.usefixtures("any_store")
def test_a_signal_from_outside_is_told_and_its_examples_are_queued_within_seconds(quiet: Team) -> None:
    quiet.prodigy.save("news", [{"text": f"t{n}", "score": n / 10} for n in range(9)], session="news-ann")
    assert quiet.once() == 0
    quiet.start()
    data = {"model": "ner-4", "examples": [9], "selection": "lowest 2 scores"}
    begun = time.monotonic()
    assert emit(quiet, "model.drift", "--dataset", "news", "--data", json.dumps(data)).returncode == 0
    quiet.await_titles("ner-4 drifts")
    wait_for(lambda: len(queued(quiet)) == 3, f"three lines\n{quiet.logged()}")
    assert time.monotonic() - begun < 6
    assert texts(quiet) == ["t0", "t1", "t8"]
    assert quiet.stored("SELECT count(*) FROM inbox") == [(0,)]


@pytest.mark.usefixtures("any_store")
def test_what_is_handed_in_while_no_daemon_runs_is_heard_by_the_next_once(quiet: Team) -> None:
    done = [emit(quiet, "model.drift", "--dataset", "news", "--data", '{"model": "m"}', "--id", "x") for _ in range(2)]
    assert [each.returncode for each in done] == [0, 0]
    assert quiet.once() == 0
    assert quiet.gateway.titles() == ["m drifts"]


def test_a_batch_that_is_in_no_database_is_announced_line_by_line(quiet: Team) -> None:
    quiet.rule("example.added", "{{ score }} {{ labels }}", more=", match: {score: {at_least: 0.8}}")
    quiet.write("batch.jsonl", '{"text": "a", "meta": {"score": 0.9}}\n\n{"text": "b", "score": 0.1, "label": "X"}\n')
    assert emit(quiet, "example.added", "--dataset", "news", "--file", "batch.jsonl").returncode == 0
    quiet.write("torn.jsonl", '{"text": "a"}\n{"text": \n')
    refused = emit(quiet, "example.added", "--dataset", "news", "--file", "torn.jsonl")
    assert (refused.returncode, "torn.jsonl:2" in refused.stderr) == (2, True)
    assert quiet.once() == 0
    assert quiet.gateway.titles() == ["0.9"]


@pytest.mark.usefixtures("any_store")
@pytest.mark.parametrize(
    "where",
    [
        pytest.param("otpushd.store.inbox:read:found:1", id="before T1"),
        pytest.param("otpushd.store.commit:commit_step:return:1", id="after T1"),
        pytest.param("otpushd.store.queue:claim:return:1", id="before the append"),
        pytest.param("otpushd.store.queue:settle:call:1", id="between the append and its record"),
        pytest.param("otpushd.store.queue:settle:return:1", id="after the record"),
    ],
)
def test_a_kill_anywhere_neither_loses_nor_repeats(quiet: Team, where: str) -> None:
    quiet.prodigy.save("news", [{"text": f"t{n}", "score": n / 10} for n in range(9)], session="news-ann")
    assert quiet.once() == 0
    assert emit(quiet, "model.drift", "--dataset", "news", "--data", '{"selection": "lowest 5 scores"}').returncode == 0
    path = os.pathsep.join([KILLER, *filter(None, [os.environ.get("PYTHONPATH")])])
    assert quiet.run(KILL_AT=where, PYTHONPATH=path).wait(20) == -signal.SIGKILL, quiet.logged()
    assert quiet.once() == 0
    assert quiet.once() == 0
    assert texts(quiet) == ["t0", "t1", "t2", "t3", "t4"]
    assert quiet.gateway.titles() == ["drifts"]


def limit(process: int, size: int) -> None:
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_loses_nothing_and_the_lines_come_when_there_is_room(quiet: Team) -> None:
    quiet.prodigy.save("news", [{"text": f"{n}" * 50_000, "score": n / 10} for n in range(8)], session="news-ann")
    assert quiet.once() == 0
    with (quiet.folder / "relabel.jsonl").open("wb") as big:
        big.truncate(5_000_000)
    (quiet.folder / "relabel").mkdir()
    (quiet.folder / "relabel" / "news.jsonl").symlink_to(quiet.folder / "relabel.jsonl")
    process = quiet.start()
    limit(process.pid, 5_100_000)  # the store's own files are far smaller
    emit(quiet, "model.drift", "--dataset", "news", "--data", '{"selection": "lowest 8 scores"}')
    wait_for(lambda: quiet.events("queue_not_written"), quiet.logged(), process)
    assert "limit on the size" in quiet.events("queue_not_written")[0]["mend"]
    assert (quiet.folder / "relabel.jsonl").stat().st_size <= 5_000_001
    limit(process.pid, 50_000_000)
    wait_for(lambda: quiet.events("queue_written_again"), quiet.logged(), process)
    lines = (quiet.folder / "relabel.jsonl").read_bytes().lstrip(b"\0\n").splitlines()
    assert sorted(json.loads(line)["text"][0] for line in lines) == list("01234567")


def test_of_several_daemons_on_one_store_one_hears_a_signal_and_one_fills_the_queue(
    quiet: Team, shared_store: str
) -> None:
    quiet.prodigy.save("news", [{"text": f"t{n}", "score": n / 10} for n in range(9)], session="news-ann")
    assert quiet.once() == 0
    fleet = [replace(quiet, log=f"log{number}.txt") for number in range(3)]
    for each in fleet:
        each.start()
    for number in range(3):
        emit(
            quiet,
            "model.drift",
            "--dataset",
            "news",
            "--data",
            '{"selection": "lowest 5 scores"}',
            "--id",
            f"n{number}",
        )
    quiet.await_titles("drifts", "drifts", "drifts")
    wait_for(lambda: len(queued(quiet)) >= 5, "five lines")
    time.sleep(1.5)
    assert texts(quiet) == ["t0", "t1", "t2", "t3", "t4"]
    assert len([each for each in fleet if each.events("queued")]) == 1


PLAN = """
monitors:
  - {name: rejects, datasets: [news], measure: reject_rate, over: 20 answers, at_least: 5, above: 20%}
"""


def test_a_monitor_that_triggers_queues_the_examples_behind_it_until_they_are_answered_again(quiet: Team) -> None:
    quiet.edit("rules.yaml", "on: [answer.saved, model.drift, model.errors]", "on: monitor.triggered")
    quiet.edit("rules.yaml", 'when: event_type != "answer.saved" || answer == "reject"', "match: {monitor: rejects}")
    quiet.write("plan.yaml", PLAN)
    quiet.edit("otpushd.yaml", "people: people.yaml", "people: people.yaml\nplan: plan.yaml")
    assert quiet.once() == 0
    tasks = [{"text": f"t{n}", "answer": "reject" if n % 2 else "accept"} for n in range(6)]
    quiet.prodigy.save("news", tasks, session="news-ann")
    assert quiet.once() == 0
    lines = queued(quiet)
    assert lines and {one["text"] for one in lines} <= {"t1", "t3", "t5"}
    assert lines[0]["meta"]["reason"].startswith("again: monitor.triggered, monitor rejects, measure reject_rate")
    quiet.prodigy.save("again", [{**one, "answer": "accept"} for one in lines], session="again-bob")
    assert quiet.once() == 0
    assert quiet.gateway.titles() == [f"relabel/news.jsonl: {len(lines)} done, {len(lines)} changed"]
