"""The made-up team: who they are, what is planned, and what is in their Prodigy database before one watches."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.shortened import shorten

PEOPLE = """\
people:
  ann:  {{name: Ann Meyer,   sessions: [ann],  push: ann.meyer@acme.example}}
  bob:  {{name: Bob Okoye,   sessions: [bob],  push: bob.okoye@acme.example}}
  dora: {{name: Dora Weiss,  sessions: [dora], push: dora.weiss@acme.example}}
  lea:  {{name: Lea Roth,    push: lea.roth@acme.example}}
  max:  {{name: Max Lind,    push: max.lind@acme.example}}
  mia:  {{name: Mia Tanaka,  push: mia.tanaka@acme.example}}
  oli:  {{name: Oli Brunner, push: oli.brunner@acme.example}}
  tom:                      # the other lead, far away: it is night there
    name: Tom Vale
    push: tom.vale@acme.example
    timezone: {zone}
    quiet: {{daily: "{night}-{morning}"}}
groups:
  annotators: [ann, bob]
  experts: [dora]
  leads: [lea, tom]
  ml-engineers: [mia]
  operations: [oli]
  reviewers: [dora]
  stakeholders: [max]
"""

PLAN = """\
datasets:
  contracts-a:
    owners: [lea]
    annotators: [ann, bob]
    target: 100
    deadline: "{deadline}"
    remind: [{remind}s]
    assigned_to: meta.assigned_to
    schema: task.schema.json
  contracts-expert: {{owners: [lea]}}
  invoices:
    owners: [lea]
    annotators: [ann, bob]
    target: 10
    milestones: [90%]
monitors:
  - {{name: rejections, datasets: [letters], measure: reject_rate, over: 20 answers, at_least: 5, above: 30%}}
"""

SCHEMA = {"type": "object", "required": ["text"]}

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
rules: [rules/]
people: people.yaml
plan: plan.yaml
"""

TEXTS = (
    "The Supplier shall deliver within thirty days.",
    "Either party may terminate with notice in writing.",
    "Liability is limited to the fees paid in the last year.",
    "This clause survives the end of the agreement.",
)
AHEAD = timedelta(seconds=48)
"""How far the deadline is when the demo starts: all else has been shown by then, and the daemon runs long before."""
ASLEEP = timedelta(seconds=30)
"""How long Tom sleeps at least: what he misses happens before. Quiet hours end with a minute."""
FAR_AWAY = "Pacific/Auckland"
REMIND = timedelta(seconds=4)


def write_team(folder: Path, gateway: str, rules: Path, now: datetime) -> Path:
    """Write the team's files, a copy of `rules` and their database's history into `folder`; returns the configuration.

    Raises OSError and sqlite3.Error.
    """
    (folder / "prodigy.json").write_text('{"db": "sqlite", "db_settings": {"sqlite": {"name": "prodigy.db"}}}\n')
    (folder / "people.yaml").write_text(_people(now))
    plan = PLAN.format(deadline=(now + AHEAD).isoformat(timespec="seconds"), remind=int(REMIND.total_seconds()))
    (folder / "plan.yaml").write_text(plan)
    (folder / "task.schema.json").write_text(json.dumps(SCHEMA) + "\n")
    config = folder / "otpushd.yaml"
    config.write_text(CONFIG.format(gateway=gateway))
    shorten(rules, folder / "rules")
    database = ProdigyDatabase(folder / "prodigy.db")
    history = [answer(n, "reject" if n % 5 else "ignore") for n in range(40)]
    database.save("contracts-a", history, session="contracts-a-ann")
    database.save("contracts-expert", history[:10], session="contracts-expert-dora")
    database.save("letters", [answer(n, "accept") for n in range(100, 110)], session="letters-ann")
    database.save("invoices", [answer(n, "accept") for n in range(200, 208)], session="invoices-ann")
    database.close()
    return config


def morning(now: datetime) -> datetime:
    """When Tom's quiet hours end, in his own zone, if the demo starts at the aware instant `now`."""
    end = now.astimezone(ZoneInfo(FAR_AWAY)) + ASLEEP + timedelta(minutes=1, microseconds=-1)
    return end.replace(second=0, microsecond=0)


def _people(now: datetime) -> str:
    end = morning(now)
    return PEOPLE.format(zone=FAR_AWAY, night=f"{end - timedelta(hours=9):%H:%M}", morning=f"{end:%H:%M}")


def answer(number: int, said: str, **fields: Any) -> Mapping[str, Any]:
    """A task as Prodigy stores it when somebody has answered it. The same number is the same input."""
    text = f"{TEXTS[number % len(TEXTS)]} ({number})"
    spans = [{"start": 4, "end": 12, "label": "PARTY"}]
    return {"text": text, "spans": spans, "_view_id": "ner_manual", "answer": said, **fields}
