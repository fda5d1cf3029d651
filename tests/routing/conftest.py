"""A small catalogue, people, and ways to write a rule file, for the routing tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from otpushd.files.problem import Problem
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.event import Catalogue, Event, EventType, Field, Kind
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan, PlanEntry
from otpushd.routing.fields import Fields, known_fields
from otpushd.routing.load import load_rules

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANSWER = EventType(
    "answer.saved",
    {
        "answer": Field(Kind.STRING, ("accept", "reject", "ignore")),
        "annotator": Field(Kind.STRING),
        "example": Field(Kind.INTEGER),
        "labels": Field(Kind.STRINGS),
        "score": Field(Kind.NUMBER),
        "flagged": Field(Kind.BOOLEAN),
        "decided_at": Field(Kind.INSTANT),
        "meta": Field(Kind.OBJECT),
        "task": Field(Kind.OBJECT),
    },
)
CREATED = EventType("dataset.created", {"answers": Field(Kind.INTEGER), "created": Field(Kind.INSTANT)})
TRIGGERED = EventType("monitor.triggered", {"examples": Field(Kind.INTEGERS), "value": Field(Kind.NUMBER)})
CLOSED = EventType("group.closed", {"count": Field(Kind.INTEGER)})
FAILED = EventType("delivery.failed", {name: Field(Kind.STRING) for name in ("rule", "channel", "recipient", "reason")})
SIGNED = EventType("contract.signed", {"score": Field(Kind.STRING), "customer": Field(Kind.STRING)})


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return {kind.name: kind for kind in (ANSWER, CREATED, TRIGGERED, SIGNED, CLOSED, FAILED)}


@pytest.fixture(scope="session")
def fields() -> Fields:
    return known_fields([ANSWER])


@pytest.fixture(scope="session")
def people() -> People:
    return People(
        {
            "ann": Person("ann", "Ann Meyer", ("ann-m", "am"), {"push": "a@x", "sms": "+41"}),
            "bob": Person("bob", "Bob", ("robert",), {"sms": "+42"}),
            "lea": Person("lea", "Lea", (), {}),
            "cid": Person("cid", "Cid", (), {"sms": "+43"}, opt_out=frozenset({"loud*"})),
            "dan": Person("dan", "Dan", (), {"sms": "+44"}, opt_out=frozenset({"loud"})),
        },
        {"reviewers": ("ann", "bob"), "hermits": ("cid", "dan"), "nobody": ()},
    )


@pytest.fixture(scope="session")
def plan() -> Plan:
    """Two datasets with people of their own."""
    where = ("plan.yaml", 1, 1)
    contracts = PlanEntry("contracts-*", where, owners=("ann",), annotators=("bob", "zoe"))
    return Plan((contracts, PlanEntry("invoices", where, owners=("lea",))))


def read_plan(document: YamlDocument, path: Steps, people: People, folder: Path) -> tuple[Plan, list[Problem]]:
    """A plan of entries with owners only, as the reader of whole plans is not routing's."""
    written = document.at((*path, "datasets"))
    if not isinstance(written, dict):
        return Plan(), [document.problem(path, "what the reader of plans says of it")]
    entries = tuple(PlanEntry(name, ("f", 1, 1), owners=tuple(one["owners"])) for name, one in written.items())
    return Plan(entries), []


@pytest.fixture(scope="session")
def event() -> Callable[..., Event]:
    """An `answer.saved` with usual values; keywords change its fields."""

    def make(*, dataset: str | None = "contracts-a", task: bytes | None = b'{"text": "hi"}', **changed: Any) -> Event:
        data = {"answer": "reject", "annotator": "ann-m", "example": 12, "labels": ["ORG", "PER"], "score": 0.5}
        data |= {"flagged": True, "decided_at": None, "meta": {"doc_id": "d-1", "page": 3, "empty": None}}
        return Event("answer.saved", "e1", "main", NOW, dataset, data | changed, task)

    return make


@pytest.fixture
def load(tmp_path: Path, catalogue: Catalogue, people: People, plan: Plan) -> Callable[..., SimpleNamespace]:
    """Writes a rule file and loads it; `configured=False` is a check without a configuration."""

    def run(text: str, *, configured: bool = True, **other: str) -> SimpleNamespace:
        for name, content in {"rules": text, **other}.items():
            (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
        known: dict[str, Any] = {"people": None, "channels": None, "expose": None}
        if configured:
            known = {"people": people, "channels": ["push", "sms"], "expose": ["meta.doc_id"]}
        known |= {"plan": plan, "read_plan": read_plan}
        files, problems = load_rules([tmp_path], catalogue=catalogue, root=tmp_path, **known)
        rules = [rule for file in files for rule in file.rules]
        return SimpleNamespace(files=files, problems=problems, said=[str(one) for one in problems], rules=rules)

    return run


@pytest.fixture
def load_rule(load: Callable[..., SimpleNamespace]) -> Callable[..., SimpleNamespace]:
    """Loads one rule: lines replace or add keys of a rule that is right; None takes a key away."""

    def run(*, configured: bool = True, **keys: str | None) -> SimpleNamespace:
        written: dict[str, str | None] = {"name": "r", "on": "answer.saved", "to": "ann", "title": "t"}
        written |= {key.replace("in_", ""): value for key, value in keys.items()}
        lines = [f"{key}: {value}" for key, value in written.items() if value is not None]
        return load("rules:\n  - " + "\n    ".join(lines) + "\n", configured=configured)

    return run
