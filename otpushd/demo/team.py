"""The made-up team: who they are, what is in their Prodigy database, and what happens there while one watches."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otpushd.demo.prodigy_database import ProdigyDatabase

PEOPLE = """\
people:
  ann:  {name: Ann Meyer,  sessions: [ann],  push: ann.meyer@acme.example}
  bob:  {name: Bob Okoye,  sessions: [bob],  push: bob.okoye@acme.example}
  dora: {name: Dora Weiss, sessions: [dora], push: dora.weiss@acme.example}
  lea:  {name: Lea Roth,   push: lea.roth@acme.example}
  mia:  {name: Mia Tanaka, push: mia.tanaka@acme.example}
groups:
  annotators: [ann, bob]
  experts: [dora]
  leads: [lea]
  ml-engineers: [mia]
"""

CONFIG = """\
version: 1
timezone: Europe/Zurich
sources:
  - {{name: demo, prodigy: prodigy.json, poll: 100ms}}
store: {{url: "sqlite:///otpushd.db"}}
channels:
  push:
    kind: opentext-push
    base_url: {gateway}
    auth: {{basic: {{user: sandbox, password: sandbox}}}}
rules: [{rules}]
people: people.yaml
"""

TEXTS = (
    "The Supplier shall deliver within thirty days.",
    "Either party may terminate with notice in writing.",
    "Liability is limited to the fees paid in the last year.",
    "This clause survives the end of the agreement.",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens: what the reader is told, the writing, and how many messages the shipped rules make of it.

    `pause` is the time to read it, in seconds, before the next.
    """

    told: str
    act: Callable[[ProdigyDatabase], object]
    messages: int
    pause: float = 1.3


def write_team(folder: Path, gateway: str, rules: Path) -> Path:
    """Write the team's files and their database's history into `folder`; returns the configuration."""
    (folder / "prodigy.json").write_text('{"db": "sqlite", "db_settings": {"sqlite": {"name": "prodigy.db"}}}\n')
    (folder / "people.yaml").write_text(PEOPLE)
    config = folder / "otpushd.yaml"
    config.write_text(CONFIG.format(gateway=gateway, rules=json.dumps(str(rules))))
    database = ProdigyDatabase(folder / "prodigy.db")
    history = [_answer(n, "reject" if n % 5 else "ignore") for n in range(40)]
    database.save("contracts-a", history, session="contracts-a-ann")
    database.save("contracts-expert", history[:10], session="contracts-expert-dora")
    database.close()
    return config


def scenes() -> Iterator[Scene]:
    """What happens, in order. Every message that the shipped rules can make is there."""
    batch = [{"text": text, "meta": {"score": 0.97 - n / 50}} for n, text in enumerate(TEXTS[:2])]
    yield Scene(
        "A script imports a batch into contracts-a: two samples score over 0.8, one does not.", _import(batch), 4
    )
    yield Scene("Ann accepts three examples.", _save("contracts-a", "ann", "accept", 50, 51, 52), 0)
    yield Scene("Ann skips one: she cannot decide.", _save("contracts-a", "ann", "ignore", 53), 1)
    unsure = _save("contracts-a", "bob", "accept", 54, score=0.51)
    yield Scene("Bob accepts one of which the model is not sure (score 0.51).", unsure, 1)
    yield Scene("Dora, the expert, rejects one.", _save("contracts-expert", "dora", "reject", 60), 2)
    yield Scene("Dora accepts the next.", _save("contracts-expert", "dora", "accept", 61), 1)
    yield Scene("Bob accepts one, and flags it.", _save("contracts-a", "bob", "accept", 55, flagged=True), 1)


def _import(batch: list[dict[str, Any]]) -> Callable[[ProdigyDatabase], object]:
    dull = {"text": TEXTS[3], "meta": {"score": 0.12}}
    return lambda database: database.import_rows("contracts-a", [*batch, dull], at="2026-11-23_09-00-00")


def _save(dataset: str, person: str, answer: str, *numbers: int, **fields: Any) -> Callable[[ProdigyDatabase], object]:
    tasks = [_answer(number, answer, **fields) for number in numbers]
    return lambda database: database.save(dataset, tasks, session=f"{dataset}-{person}")


def _answer(number: int, answer: str, **fields: Any) -> Mapping[str, Any]:
    text = f"{TEXTS[number % len(TEXTS)]} ({number})"
    spans = [{"start": 4, "end": 12, "label": "PARTY"}]
    return {"text": text, "spans": spans, "_view_id": "ner_manual", "answer": answer, **fields}
