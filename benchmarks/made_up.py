"""A made-up project, the same in every run: tasks of about 1.1 kB, a Prodigy database, a hundred rules, people."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.derive.catalogue import CATALOGUE
from otpushd.model.people import People, Person
from otpushd.routing.load import load_rules
from otpushd.routing.rule import Rule

DATASETS = 20
RULES = 100
CHANNEL = "push"
ANSWERS = ("accept", "reject", "ignore")
ANNOTATORS = ("ann", "bob", "eve", "kim")
FIRST_DECISION = 1_760_000_000
BATCH = 10
"""Prodigy's own `batch_size`: answers to a save."""

PEOPLE = People({"lea": Person("lea", "Lea Roth", ("lea",), {CHANNEL: "lea@example.org"})})
RULE = """
  - name: rule-{number}
    on: answer.saved
    datasets: [contracts-{dataset:02d}]
    match: {{answer: {answer}, labels: LABEL{label}, score: {{below: 0.4}}}}
    to: lea
    title: "{{{{ annotator }}}} said {{{{ answer }}}} in {{{{ dataset }}}}"
    body: "Example {{{{ example }}}}, labels {{{{ labels }}}}, score {{{{ score }}}}. Please have a look."
    link: "https://prodigy.example.org/{{{{ dataset }}}}?session={{{{ recipient.session }}}}"
"""
_TEXT = "The supplier shall deliver within 30 days of the order, unless the parties agree otherwise in writing. "


def task(number: int, *, matching: bool) -> dict[str, Any]:
    """The answer `number` as Prodigy stores it. Exactly one of the rules matches it, or none."""
    rule = number % RULES
    label = f"LABEL{rule // DATASETS}"
    return {
        "text": f"{number}: " + _TEXT * 5,
        "meta": {"doc_id": f"doc-{number % 997}", "page": number % 40, "score": 0.25 if matching else 0.875},
        "options": [{"id": f"LABEL{each}", "text": f"Label number {each}"} for each in range(5)],
        "label": label,
        "accept": [label],
        "config": {"choice_style": "single"},
        "answer": ANSWERS[rule % 3],
        "_view_id": "choice",
        "_timestamp": FIRST_DECISION + number,
        "_annotator_id": session(number),
        "_session_id": session(number),
    }


def dataset(number: int) -> str:
    """Where the answer `number` is saved."""
    return f"contracts-{number % DATASETS:02d}"


def session(number: int) -> str:
    """The session that the answer `number` comes from."""
    return f"{dataset(number)}-{ANNOTATORS[number // RULES % len(ANNOTATORS)]}"


def fill(path: Path, answers: int, *, matching_one_in: int) -> None:
    """A Prodigy database at `path` with so many answers, saved in batches, each from one annotator into one dataset."""
    database = ProdigyDatabase(path)
    database.execute("PRAGMA synchronous = off")
    for start in range(0, answers, BATCH * DATASETS):
        for of in range(DATASETS):
            numbers = range(start + of, min(start + BATCH * DATASETS, answers), DATASETS)
            tasks = [task(number, matching=number // DATASETS % matching_one_in == 0) for number in numbers]
            if tasks:
                database.save(dataset(of), tasks, session(numbers[0]))
    database.close()


def rules(folder: Path) -> Sequence[Rule]:
    """A hundred rules, five to a dataset, read from a file in `folder` as any other."""
    path = folder / "rules.yaml"
    written = [
        RULE.format(
            number=number, dataset=number % DATASETS, answer=ANSWERS[number % 3], label=number // DATASETS
        ).strip("\n")
        for number in range(RULES)
    ]
    path.write_text("rules:\n" + "\n".join(written) + "\n", encoding="utf-8")
    files, problems = load_rules([path], catalogue=CATALOGUE, people=PEOPLE, channels=[CHANNEL], expose=[])
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    return [rule for file in files for rule in file.rules]
