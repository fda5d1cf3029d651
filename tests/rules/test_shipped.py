"""The shipped rules: right as they stand, and tested so well that a change to one of them is noticed."""

from pathlib import Path

import pytest

from otpushd.check import fixture_plan, fixture_team
from otpushd.derive.catalogue import CATALOGUE
from otpushd.rehearse.rule_tests import Ran, run_tests
from otpushd.routing.load import RuleFile, load_rules

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted(RULES.glob("*.yaml"))

CHANGES = [
    ("01", "[import, script]", "[import]"),
    ("01", "[import, script]", "[script]"),
    ("01", "[import, script]", "[import, script, review]"),
    ("01", "at_least: 0.8}\n    to", "above: 0.8}\n    to"),
    ("01", "at_least: 0.8}\n    to", "at_least: 0.78}\n    to"),
    ("01", "at_least: 0.8}\n    to", "at_least: 0.95}\n    to"),
    ("01", "to: group:annotators", "to: ann"),
    ("01", "priority: high\n    title", "priority: low\n    title"),
    ("01", "High-value sample in {{ dataset }}", "High-value sample in {{ source }}"),
    ("01", "with a score of {{ score }}", "with a score of {{ example }}"),
    ("02", "match: {answer: reject}", "match: {answer: ignore}"),
    ("02", "match: {answer: reject}", "match: {annotator: dora}"),
    ("02", "match: {answer: accept}", "match: {answer: [accept, ignore]}"),
    ("02", "to: [group:ml-engineers, group:leads]", "to: group:ml-engineers"),
    ("02", "to: [group:ml-engineers, group:leads]", "to: group:leads"),
    ("02", "to: group:leads", "to: [group:ml-engineers, group:leads]"),
    ("02", "priority: low\n    title", "priority: high\n    title"),
    ("02", "{{ annotator }} rejected an example", "{{ annotator }} refused an example"),
    ("02", "{{ annotator }} completed an example", "{{ annotator }} did an example"),
    ("02", "{% if changed_mind %}", "{% if not changed_mind %}"),
    ("02", '"Example {{ example }}, labels: {{ labels }}."', '"Example {{ example }}."'),
    ("03", 'on: monitor.triggered\n    datasets: ["*"]\n    to', 'on: monitor.*\n    datasets: ["*"]\n    to'),
    ("03", 'priority: high\n    title: "{{ monitor }}', 'title: "{{ monitor }}'),
    ("03", "in {{ dataset }}: {{ value }}", "in {{ dataset }}: {{ bound }}"),
    ("03", "on: monitor.recovered", "on: [monitor.recovered, monitor.triggered]"),
    ("03", "priority: low", "priority: high"),
    ("03", "{% if value is not none %} at {{ value }}{% endif %}", ""),
    ("03", "{% if value is not none %} at {{ value }}{% endif %}", " at {{ value }}"),
    ("03", "[model.drift, model.errors, model.low_confidence]", "[model.drift, model.errors]"),
    ("03", "[model.drift, model.errors, model.low_confidence]", "model.low_confidence"),
    ("03", 'priority: high\n    title: "{{ event_type }}', 'title: "{{ event_type }}'),
    ("03", "{{ metric or 'reported' }}", "{{ metric }}"),
    ("03", "{{ model or 'unnamed' }}", "{{ model }}"),
    ("03", "{% if bound is not none %} The bound is {{ bound }}.{% endif %}", " The bound is {{ bound }}."),
    ("03", "{{ done }} examples", "Examples"),
    ("03", "{{ changed }} of them", "{{ done }} of them"),
    ("04", "to: field:assignee", "to: dataset.annotators"),
    ("04", "to: field:assignee", "to: dora"),
    ("04", "priority: high", "priority: low"),
    ("04", "work for you in {{ dataset }}", "work for you"),
    ("04", "{% if example %}Example {{ example }} is yours.{% else %}", "{% if example %}{% else %}"),
    ("04", "You are on its list.", "You joined."),
    ("04", "{% if due %}", "{% if not due %}"),
    ("05", "{{ dataset or 'Prodigy' }}", "{{ dataset }}"),
    ("05", "{{ command or 'It' }}", "{{ command }}"),
    ("05", "status if status is not none else", "status or"),
    ("05", "{% if detail %} {{ detail }}{% endif %}", ""),
    ("05", 'priority: critical\n    title: "The import', 'title: "The import'),
    ("05", "on: batch.incomplete", "on: [batch.incomplete, example.added]"),
    ("05", "to: [group:operations, dataset.owners]", "to: group:operations"),
    ("05", "to: [group:operations, dataset.owners]", "to: dataset.owners"),
    ("05", "priority: high", "priority: low"),
    ("05", "{{ found }} of {{ expected }}", "{{ expected }} of {{ found }}"),
    ("05", "on: integrity.problem", "on: [integrity.problem, answer.saved]"),
    ("05", "on: integrity.problem", "on: integrity.problem\n    match: {problem: schema_violation}"),
    ("05", "{{ dataset or source }}", "{{ dataset }}"),
    ("05", "{% if example %} (example {{ example }}){% endif %}", ""),
    ("05", "on: source.unavailable", "on: source.recovered"),
    ("05", "on: source.recovered", "on: source.*"),
    ("05", "priority: critical\n    title: \"Prodigy's", "title: \"Prodigy's"),
    ("05", "priority: low", "priority: normal"),
    ("05", "can be read again", "is back"),
    ("06", "on: deadline.approaching", "on: [deadline.approaching, deadline.met]"),
    ("06", "on: deadline.missed", "on: [deadline.missed, deadline.approaching]"),
    ("06", "on: deadline.met", "on: deadline.*"),
    ("06", 'priority: high\n    title: "{{ dataset }} is due', 'title: "{{ dataset }} is due'),
    ("06", "is due in {{ before }}", "is due soon"),
    ("06", "{% if target %} of {{ target }} ({{ percent }}%){% endif %}", " of {{ target }} ({{ percent }}%)"),
    ("06", "{% if late %} This reminder is late.{% endif %}", ""),
    (
        "06",
        "done, due {{ deadline }}.{% if forecast %} Forecast: {{ forecast }}.{% endif %}",
        "done, due {{ deadline }}.",
    ),
    ("06", "done, was due {{ deadline }}.{% if forecast %} Forecast: {{ forecast }}.{% endif %}", "done."),
    ("06", "priority: critical", "priority: high"),
    ("06", 'priority: low\n    title: "{{ dataset }} met', 'title: "{{ dataset }} met'),
    ("06", "{{ dataset }} met its deadline", "{{ dataset }} is done"),
    ("06", "on: review.due", "on: review.*"),
    ("06", "on: review.overdue", "on: review.*"),
    ("06", "to: group:reviewers", "to: dataset.owners"),
    ("06", "to: [group:reviewers, dataset.owners]", "to: group:reviewers"),
    ("06", "to: [group:reviewers, dataset.owners]", "to: dataset.owners"),
    ("06", "are due soon: {{ waiting }}", "are due soon"),
    ("06", "are overdue: {{ waiting }}", "are overdue"),
    ("06", "on: annotator.idle", "on: [annotator.idle, dataset.stalled]"),
    ("06", "{{ annotator }} has not", "Somebody has not"),
    (
        "06",
        "{% if remaining is not none %}{{ remaining }} are left.{% else %}There is no target.{% endif %}",
        "{{ remaining }}",
    ),
    ("06", "There is no target.", "Some are left."),
    ("06", "on: dataset.stalled", "on: annotator.idle"),
    ("06", "Nobody has answered in {{ dataset }} for {{ idle_for }}", "Nobody has answered in {{ dataset }}"),
    ("07", 'answer == "ignore"', 'answer == "reject"'),
    ("07", 'answer == "ignore" || ', ""),
    ("07", "flagged || ", ""),
    ("07", "flagged || ", "!flagged || "),
    ("07", "score > 0.45", "score >= 0.45"),
    ("07", "score > 0.45", "score > 0.46"),
    ("07", "score < 0.55", "score <= 0.55"),
    ("07", "score < 0.55", "score < 0.54"),
    ("07", "score > 0.45 && score < 0.55", "score > 0.45"),
    ("07", '["*-expert", "*-gold"]', '["*-expert"]'),
    ("07", '["*-expert", "*-gold"]', '["*-gold"]'),
    (
        "07",
        'to: group:experts\n    priority: high\n    title: "Ambiguous',
        'to: emil\n    priority: high\n    title: "Ambiguous',
    ),
    (
        "07",
        'to: group:experts\n    priority: high\n    title: "{{ annotators }}',
        'to: emil\n    title: "{{ annotators }}',
    ),
    ("07", "on: input.disagreement", "on: input.*"),
    ("07", "{{ annotators }} disagree", "They disagree"),
    ("07", "they said {{ answers }}", "they said {{ annotators }}"),
    ("07", "{{ agreement }}% of the pairs agree", "{{ agreement }} of the pairs agree"),
    ("07", "on: input.settled", "on: [input.settled, answer.saved]"),
    ("07", "priority: low", "priority: high"),
    ("07", "Settled in {{ dataset }}", "Settled"),
    ("07", "{% if reviewer %}{{ reviewer }} reviewed it.{% else %}", "{% if reviewer %}{% else %}"),
    ("07", "{% else %}Those who differed agree now.", ""),
    ("07", "or 'Somebody'", "or 'Nobody'"),
    ("07", "else 'unknown'", "else '0'"),
    ("07", "Ambiguous example in {{ dataset }}", "Ambiguous example"),
    ("08", "on: progress.milestone", "on: [progress.milestone, dataset.completed]"),
    ("08", "on: dataset.completed", "on: progress.milestone"),
    ("08", "to: dataset.owners", "to: group:stakeholders"),
    ("08", "to: [dataset.owners, group:stakeholders]", "to: dataset.owners"),
    ("08", "to: [dataset.owners, group:stakeholders]", "to: group:stakeholders"),
    ("08", "priority: low", "priority: high"),
    ("08", "{{ milestone }} done", "{{ percent }} done"),
    ("08", "{% if passed %}", "{% if not passed %}"),
    ("08", "by {{ annotators }}", "by {{ dataset }}"),
    ("08", "{{ dataset }} is complete", "{{ dataset }} is done"),
    ("08", "{{ rejected }} rejected", "{{ accepted }} rejected"),
]
"""The file's number, what is changed in a rule, and into what."""


def load(*paths: Path) -> tuple[tuple[RuleFile, ...], list[str]]:
    """The files without a configuration, as somebody reads them who has just unpacked otpushd."""
    files, problems = load_rules(
        paths,
        catalogue=CATALOGUE,
        people=None,
        channels=None,
        expose=None,
        read_plan=fixture_plan,
        read_team=fixture_team,
    )
    return files, [str(one) for one in problems]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_is_right_as_it_stands(path: Path) -> None:
    """Not even a warning, and every test passes."""
    files, said = load(path)
    ran = run_tests(files)

    assert said == []
    assert ran == Ran(ran.count, ran.count, 0, ())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_shows_what_is_told_and_what_is_not(path: Path) -> None:
    """Both kinds of test, for whoever reads them to learn what the rule does."""
    ((file,), _) = load(path)

    assert any(test.expect for test in file.tests)
    assert any(sum(one.times for one in test.given) > len(test.expect) for test in file.tests)


@pytest.mark.parametrize(("number", "old", "new"), CHANGES, ids=lambda text: " ".join(text.split())[:60])
def test_a_changed_rule_fails_its_tests(tmp_path: Path, number: str, old: str, new: str) -> None:
    """Somebody who adapts a rule is told which promise of it no longer holds."""
    (path,) = RULES.glob(f"{number}-*.yaml")
    rules, fixtures, tests = path.read_text().partition("\nfixtures:")
    assert rules.count(old) == 1, "the change is to meet one place of the rules"
    changed = tmp_path / path.name
    changed.write_text(rules.replace(old, new) + fixtures + tests)

    files, _ = load(changed)

    assert [rule.name for rule in files[0].rules] == [rule.name for rule in load(path)[0][0].rules]
    assert run_tests(files).failures


def test_the_shipped_files_can_be_used_together() -> None:
    """No rule's name comes twice."""
    files, said = load(RULES)

    assert len(files) == len(FILES) == 8
    assert said == []
