"""The eight jobs with the shipped rules and the real command, from a row in Prodigy's database, or what is handed in
from outside, to the requests that reach the gateway. One daemon runs for all; each story has datasets of its own. What
the shipped rules collect for minutes is collected for a second here, all else is as shipped.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from world import CONFIG, PASSWORD, Gateway, Team, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.shipped import shipped_rules
from otpushd.sandbox.app import build, running
from otpushd.sandbox.settings import Settings

NAMES = ("ann", "bob", "dora", "lea", "mia", "max", "oli", "rob")
PEOPLE = f"""
people:
{"".join(f"  {name}: {{sessions: [{name}], push: {name}@example.org}}{chr(10)}" for name in NAMES)}
groups:
  experts: [dora]
  leads: [lea]
  ml-engineers: [mia]
  operations: [oli]
  reviewers: [rob]
  stakeholders: [max]
"""
PLAN = """
datasets:
  batches: {annotators: [ann, bob], owners: [lea]}
  files: {annotators: [ann], owners: [lea]}
  errands: {assigned_to: meta.assigned_to}
  imports: {schema: task.schema.json}
  batch: {owners: [lea], expect_import: {rows: 9, by: "DEADLINE"}}
  deadlines: {owners: [lea], target: 4, deadline: "DEADLINE", remind: [1s]}
  reviews: {owners: [lea], review: {in: reviewed, within: 2s, remind: [1s]}}
  ends: {owners: [lea], target: 4, milestones: [50%]}
milestones:
  - {name: release, at: "DEADLINE", datasets: [deadlines], owners: [rob], remind: [365d]}
monitors:
  - {name: rejects, datasets: [models], measure: reject_rate, over: 5 answers, at_least: 4, above: 40%}
"""
DOCUMENT = """
{"to": "{{ recipient.id }}", "rule": "{{ rule }}", "title": "{{ title }}", "body": "{{ body }}",
 "dataset": "{{ event.subject }}"}
"""
SOON = timedelta(seconds=20)
"""Later than the daemon starts, however busy the machine; the stories that wait for it come last."""
Message = tuple[str, str, str]


class Jobs:
    """The team, and what reached the gateway of one dataset: who, by which rule, under which title."""

    def __init__(self, team: Team, deadline: datetime) -> None:
        self.team = team
        self.deadline = deadline

    def save(self, dataset: str, person: str, *tasks: dict[str, Any]) -> list[int]:
        answered = [{"answer": "accept", "_view_id": "ner_manual", **task} for task in tasks]
        return self.team.prodigy.save(dataset, answered, session=f"{dataset}-{person}")

    def add(self, dataset: str, *tasks: dict[str, Any]) -> None:
        """An import, under a session of its own."""
        number = self.team.prodigy.execute("SELECT count(*) FROM dataset")[0][0]
        self.team.prodigy.import_rows(dataset, tasks, at=f"2026-11-23_10-{number // 60:02}-{number % 60:02}")

    def command(self, *words: str) -> int:
        where = ["--config", str(self.team.folder / "otpushd.yaml")]
        command = [sys.executable, "-m", "otpushd", words[0], *where, *words[1:]]
        return subprocess.run(command, capture_output=True, cwd=self.team.folder, timeout=30, check=False).returncode

    def queued(self, dataset: str) -> list[dict[str, Any]]:
        path = self.team.folder / "relabel" / f"{dataset}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def messages(self, dataset: str) -> list[Message]:
        told = [one for one in self.team.gateway.taken() if one["dataset"] == dataset]
        return sorted((one["to"], one["rule"], one["title"]) for one in told)

    def reached(self, dataset: str, *messages: Message) -> None:
        """Exactly these messages about a dataset reach the gateway."""
        wait_for(lambda: len(self.messages(dataset)) >= len(messages), f"{messages}\n{self.team.logged()[-3000:]}")
        assert self.messages(dataset) == sorted(messages)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop) -> Iterator[Gateway]:
    log = tmp_path_factory.mktemp("gateway") / "gateway.jsonl"
    serving = running(build(Settings(accounts={"acme-push": PASSWORD}, log=log)), port=0)
    port = asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(5)
    yield Gateway(f"http://127.0.0.1:{port}", log)
    asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result(10)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory, gateway: Gateway) -> Iterator[Jobs]:
    """A running daemon with the shipped rules. What is in the database before it starts is history."""
    folder = tmp_path_factory.mktemp("team")
    team = Team(folder, gateway, ProdigyDatabase(folder / "prodigy.db"))
    deadline = (datetime.now(UTC) + SOON).replace(microsecond=0)
    config = CONFIG.replace("BASE_URL", gateway.url + "\n    document: document.json.j2")
    config = config.replace("people: people.yaml", "people: people.yaml\nplan: plan.yaml")
    team.write("otpushd.yaml", config.replace("[rules.yaml]", "[rules/]"))
    patient(shipped_rules(), folder / "rules")
    team.write("document.json.j2", DOCUMENT)
    team.write("people.yaml", PEOPLE)
    team.write("plan.yaml", PLAN.replace("DEADLINE", deadline.isoformat()))
    team.write("task.schema.json", '{"type": "object", "required": ["text"]}')
    team.write("secret", PASSWORD + "\n")
    jobs = Jobs(team, deadline)
    for dataset in ("deadlines", "ends"):
        jobs.save(dataset, "ann", {"text": "history"})
    jobs.add("batch", {"text": "a"}, {"text": "b"})
    team.start()
    yield jobs
    team.end()
    team.prodigy.close()


def patient(rules: Path, into: Path) -> None:
    """The rules without their tests; groups close after a second."""
    into.mkdir()
    for path in rules.glob("*.yaml"):
        written = path.read_text().partition("\nfixtures:")[0]
        (into / path.name).write_text(re.sub(r"\bwait: \w+", "wait: 1s", written))


def test_job_1_a_batch_of_high_value_samples_reaches_the_annotators(jobs: Jobs) -> None:
    """As one message to each; what scores low is not counted. The dataset is new: it is assigned to them as well."""
    jobs.add("batches", *[{"text": f"t{n}", "meta": {"score": 0.93 if n < 12 else 0.2}} for n in range(20)])
    title = "12 high-value samples in batches"
    assigned = [(who, "task-assigned", "New work for you in batches") for who in ("ann", "bob")]
    jobs.reached("batches", *assigned, *[(who, "high-value-batch", title) for who in ("ann", "bob", "rob")])


def test_job_1_a_batch_that_is_only_a_file_is_announced(jobs: Jobs) -> None:
    scores = [0.9] * 10 + [0.1]
    lines = [json.dumps({"text": f"t{n}", "meta": {"score": score}}) for n, score in enumerate(scores)]
    jobs.team.write("batch.jsonl", "".join(f"{line}\n" for line in lines))
    assert jobs.command("emit", "example.added", "--dataset", "files", "--file", "batch.jsonl") == 0
    title = "10 high-value samples in files"
    jobs.reached("files", ("ann", "high-value-batch", title), ("rob", "high-value-batch", title))


def test_job_2_an_experts_decision_reaches_engineers_and_leads(jobs: Jobs) -> None:
    jobs.save("contracts-expert", "dora", *[{"text": text, "answer": "reject"} for text in "ac"], {"text": "b"})
    rejected = "2 rejected by dora in contracts-expert"
    jobs.reached(
        "contracts-expert",
        ("mia", "expert-rejected", rejected),
        ("lea", "expert-rejected", rejected),
        ("lea", "expert-accepted", "1 completed by dora in contracts-expert"),
    )


def test_job_3_a_monitor_queues_what_is_behind_it_and_hears_of_the_new_answers(jobs: Jobs) -> None:
    texts = [{"text": f"t{n}", "answer": "reject" if n > 1 else "accept"} for n in range(4)]
    jobs.save("models", "ann", *texts)
    triggered = ("mia", "monitor-triggered", "rejects in models: 0.5")
    jobs.reached("models", triggered)
    lines = wait_for(lambda: jobs.queued("models"), "the queue")
    assert {line["text"] for line in lines} == {"t2", "t3"}
    jobs.save("models-again", "bob", *[{**line, "answer": "accept"} for line in lines])
    completed = ("mia", "relabel-completed", "2 examples of models are labeled again")
    jobs.reached("models", triggered, completed)
    jobs.save("models", "ann", *[{"text": f"u{n}"} for n in range(5)])
    jobs.reached("models", triggered, completed, ("mia", "monitor-triggered", "rejects in models is back at 0.2"))


def test_job_3_a_signal_from_outside_takes_the_same_way(jobs: Jobs) -> None:
    jobs.save("signals", "ann", *[{"text": f"t{n}", "score": n / 10} for n in range(4)])
    data = {"model": "ner-4", "metric": "psi", "value": 0.31, "selection": "lowest 2 scores"}
    assert jobs.command("emit", "model.drift", "--dataset", "signals", "--data", json.dumps(data)) == 0
    jobs.reached("signals", ("mia", "model-signal", "model.drift in signals: psi 0.31"))
    lines = wait_for(lambda: jobs.queued("signals"), "the queue")
    assert [line["text"] for line in lines] == ["t0", "t1"]


def test_job_4_an_example_that_names_its_person_reaches_that_person(jobs: Jobs) -> None:
    """Several as one message."""
    jobs.add("errands", {"text": "b"}, *[{"text": text, "meta": {"assigned_to": "dora"}} for text in "acd"])
    jobs.reached("errands", ("dora", "task-assigned", "3 tasks for you in errands"))


def test_job_5_failed_imports_and_bad_data_reach_operations(jobs: Jobs) -> None:
    assert jobs.command("exec", "--dataset", "imports", "--", "sh", "-c", "exit 3") == 3
    jobs.add("imports", {"html": "no text"})
    jobs.reached(
        "imports",
        ("oli", "import-failed", "The import into imports failed"),
        ("oli", "data-problem", "Data problem in imports: schema_violation"),
    )


def test_job_6_what_waits_for_review_reaches_reviewers_and_then_owners(jobs: Jobs) -> None:
    jobs.save("reviews", "ann", {"text": "a"}, {"text": "b"})
    jobs.reached(
        "reviews",
        ("rob", "review-due", "Reviews in reviews are due soon: 2"),
        ("rob", "review-overdue", "Reviews in reviews are overdue: 2"),
        ("lea", "review-overdue", "Reviews in reviews are overdue: 2"),
    )


def test_job_7_what_is_ambiguous_reaches_the_experts_and_so_does_its_end(jobs: Jobs) -> None:
    jobs.save("doubts", "ann", {"text": "a"}, {"text": "b", "answer": "ignore"})
    example = jobs.save("doubts", "bob", {"text": "a", "answer": "reject"})
    [(number,)] = jobs.team.prodigy.execute("SELECT input_hash FROM example WHERE id = ?", example)
    ambiguous = ("dora", "ambiguous-example", "Ambiguous example in doubts")
    disagreement = ("dora", "disagreement", "ann, bob disagree in doubts")
    jobs.reached("doubts", ambiguous, disagreement)
    jobs.save("doubts", "bob", {"text": "a"})
    jobs.reached("doubts", ambiguous, disagreement, ("dora", "disagreement", f"Settled in doubts: input {number}"))


def test_job_8_a_milestone_and_the_end_reach_owners_and_stakeholders(jobs: Jobs) -> None:
    jobs.save("ends", "ann", {"text": "a"})
    jobs.reached("ends", ("lea", "milestone", "ends: 50% done"))
    jobs.save("ends", "ann", {"text": "b"}, {"text": "c"})
    jobs.reached(
        "ends",
        ("lea", "milestone", "ends: 50% done"),
        ("lea", "dataset-completed", "ends is complete"),
        ("max", "dataset-completed", "ends is complete"),
    )


def test_job_6_a_deadline_and_a_release_reach_their_owners_on_time(jobs: Jobs) -> None:
    jobs.reached(
        "deadlines",
        ("lea", "deadline-approaching", "deadlines is due in 1s"),
        ("lea", "deadline-missed", "deadlines missed its deadline"),
    )
    assert jobs.deadline <= datetime.now(UTC)
    jobs.reached("release", ("rob", "deadline-missed", "release missed its deadline"))


def test_job_5_a_batch_that_is_too_small_when_it_is_due_reaches_operations_and_owners(jobs: Jobs) -> None:
    title = "batch is incomplete: 2 of 9"
    jobs.reached("batch", ("oli", "batch-incomplete", title), ("lea", "batch-incomplete", title))


def test_nothing_else_was_sent_and_nothing_went_wrong(jobs: Jobs) -> None:
    """After all the stories: no rule failed, each request has an id of its own, and no content went along."""
    time.sleep(0.3)
    taken = jobs.team.gateway.received()
    assert {one["outcome"] for one in taken} == {"accepted"}
    assert len({one["filename"] for one in taken}) == len(taken)
    assert jobs.team.events("event_fault") == []
    assert not [one for one in taken if "no text" in json.dumps(one["document"])]


RULES = {path.name[:2] for path in shipped_rules().glob("*.yaml")}


@pytest.mark.parametrize("number", sorted(RULES))
def test_every_shipped_file_has_a_story(number: str) -> None:
    assert any(name.startswith(f"test_job_{int(number)}_") for name in globals())
