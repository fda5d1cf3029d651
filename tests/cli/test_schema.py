"""`otpushd schema`: what it prints holds for the files that are shipped, and for no others."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner

from otpushd.cli.schema import command
from otpushd.files.yaml_document import parse_yaml, read_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = [
    *(("rules", path) for path in sorted((ROOT / "rules").glob("*.yaml"))),
    ("config", ROOT / "deploy" / "systemd" / "otpushd.yaml"),
    ("people", ROOT / "deploy" / "systemd" / "people.yaml"),
    ("plan", ROOT / "deploy" / "systemd" / "plan.yaml"),
]
PLAN = """
datasets:
  contracts-*:
    owners: lea
    annotators: [ann, bob]
    target: {annotations_per_input: 2, inputs: 2500}
    milestones: [25%, 50%, 90%]
    deadline: 2026-12-01T17:00
    remind: [7d, 2d, 4h]
    review: {in: contracts-review, within: 48h, remind: 24h, hours: office}
    assigned_to: meta.assigned_to
    schema: schemas/contract-task.json
    expect_import: {rows: 1200, by: 2026-11-25T12:00}
    idle: {annotators: 8h, dataset: 1d, hours: office}
  invoices: {target: 5000, total: true}
milestones: [{name: release-4.2, at: 2026-12-15T12:00, datasets: [contracts-*], owners: [lea], remind: [14d, 3d]}]
calendars:
  office: {hours: "Mon-Fri 08:00-18:00", holidays: CH-ZH}
  home: {hours: "Mon 01:00-02:00", holidays: [2026-12-25]}
monitors:
  - {name: a, datasets: contracts-*, measure: reject_rate, over: 24h, at_least: 50, above: 20%, clear_below: 0.15}
  - {name: b, datasets: [x], measure: score_drift, drift: {against: {from: 2026-01-01, to: 2026-02-01}}, by: annotator}
"""
PEOPLE = """
people:
  ann:
    sessions: [ann]
    push: a@acme.example
    timezone: Europe/Zurich
    quiet: {daily: "20:00-07:30", days: Sat-Sun, critical: pass}
    rates: [5 per 10m, 20 per 1h]
    opt_out: [milestones]
  bob: {push: b, quiet: {daily: ["20:00-07:30", "12:00-13:00"], days: [Sat, Sun]}, rates: 20 per 1h, opt_out: x}
groups:
  reviewers: [ann, bob]
  oncall:
    rotation: [ann]
    handover: Mon 09:00
    from: 2026-01-05
    overrides: [{who: bob, from: 2026-02-01, to: 2026-02-02}]
"""
RULES = """
rules:
  - name: waiting
    on: example.added
    collect: {by: [dataset], wait: 30s, max_wait: 5m, at_least: 10}
    to: group:annotators
    title: "{{ count }} wait"
    repeat: 1h
    remind_every: {first: 1h, factor: 2, max: 24h}
    until: {on: answer.saved, when: event.dataset == trigger.dataset}
    escalate:
      - {after: 2h, to: dataset.owners}
      - {after: 4h, until: [a.b], to: [lea], channel: sms, priority: high, title: t, body: b, link: l, expires: 1h}
    resolve:
      {on: dataset.completed, when: event.done > 0, title: t, body: b, link: l, expires: 1h, channel: sms}
  - {name: keyed, on: answer.saved, key: [dataset], repeat: {first: 1h}, until: answer.saved, to: lea, title: t}
mute:
  - {name: down, rules: ["*"], while: {on: source.unavailable, until: source.recovered}}
  - rules: waiting
    while: {on: a, datasets: b, match: {c: d}, when: e == "f", until: {on: g, when: event.e == trigger.e}}
"""
CONFIG = (ROOT / "deploy" / "systemd" / "otpushd.yaml").read_text()


def schema(kind: str) -> dict[str, Any]:
    """What the command prints."""
    result = CliRunner().invoke(command, [kind])
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    jsonschema_rs.meta.validate(found)
    return found  # type: ignore[no-any-return]


def data(text: str) -> Any:
    document, problems = parse_yaml(text, "f")
    assert document is not None and not problems
    return document.data


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=lambda one: getattr(one, "name", one))
def test_the_shipped_files_have_the_shape(kind: str, path: Path) -> None:
    """Else an editor would mark what is right."""
    document, _ = read_yaml(path)
    assert document is not None

    assert [str(one) for one in jsonschema_rs.validator_for(schema(kind)).iter_errors(document.data)] == []


def test_a_plan_with_every_key_has_the_shape() -> None:
    """Each form in which a key may be written."""
    assert [str(one) for one in jsonschema_rs.validator_for(schema("plan")).iter_errors(data(PLAN))] == []


def test_people_with_every_key_have_the_shape() -> None:
    """In their own file and in fixtures."""
    people = data(PEOPLE)

    assert [str(one) for one in jsonschema_rs.validator_for(schema("people")).iter_errors(people)] == []
    rules = {"rules": [], "fixtures": people}
    assert [str(one) for one in jsonschema_rs.validator_for(schema("rules")).iter_errors(rules)] == []


def test_every_channel_may_have_rates() -> None:
    """Whatever its kind."""
    config = data(CONFIG.replace("    kind:", "    rates: [5 per 10m, 20 per 1h]\n    kind:"))

    assert "rates" in str(config)
    assert jsonschema_rs.is_valid(schema("config"), config)


def test_rules_with_every_key_have_the_shape() -> None:
    """Each key of a rule about more than one event is told what it is for."""
    found = schema("rules")
    described = found["$defs"]["_Rule"]["properties"]

    assert [str(one) for one in jsonschema_rs.validator_for(found).iter_errors(data(RULES))] == []
    for key in ("key", "collect", "repeat", "remind_every", "until", "escalate", "resolve"):
        assert described[key]["description"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(
            ("rules", RULES.replace(old, new))
            for old, new in [
                ("wait: 30s, max", "max"),
                ("at_least: 10", "at_most: 10"),
                ("factor: 2", "factor: x"),
                ("{after: 2h, to", "{to"),
                ("{on: answer.saved, when: event.dataset", "{when: event.dataset"),
                ("{on: dataset.completed, ", "{"),
                (", until: source.recovered", ""),
                ("rules: waiting", "rule: waiting"),
                ("repeat: 1h", "repeat: often"),
            ]
        ),
        ("plan", "datasets: {a: {owner: [ann]}}"),
        ("plan", "datasets: {a: {target: 0}}"),
        ("plan", "monitors: [{name: a, datasets: b, measure: rejects}]"),
        ("plan", "milestones: [{name: a}]"),
        ("rules", "rules: [{name: a, on: b, to: c}]"),
        ("rules", "rules: [{name: a, on: b, to: c, title: d, wen: e}]"),
        ("rules", "{}"),
        ("rules", "{rules: [], fixtures: {plan: {datasets: {a: {target: 0}}}}}"),
        ("people", "groups: {}"),
        ("people", "people: {ann: {push: 3}}"),
        ("people", "people: {ann: {quiet: {night: x}}}"),
        ("people", "people: {ann: {rates: [often]}}"),
        ("people", "people: {}\ngroups: {r: {rotation: [ann]}}"),
        ("rules", "{rules: [], fixtures: {people: {ann: {rates: often}}}}"),
        ("config", CONFIG.replace("    kind:", "    rates: 5/10m\n    kind:")),
        ("config", "version: 2"),
        ("config", CONFIG.replace("kind: opentext-push", "kind: opentext-fax")),
        ("config", CONFIG.replace("base_url", "url")),
    ],
)
def test_what_is_mistyped_has_not(kind: str, text: str) -> None:
    """Unknown keys, missing ones, wrong values."""
    assert not jsonschema_rs.is_valid(schema(kind), data(text))


def test_another_kind_is_wrong_usage() -> None:
    """With the kinds there are."""
    result = CliRunner().invoke(command, ["rule"])

    assert result.exit_code == 2
    assert "'config', 'rules', 'people', 'plan'" in result.output
