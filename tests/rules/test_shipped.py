"""The shipped rules: right as they stand, and tested so well that a change to one of them is noticed."""

from pathlib import Path

import pytest

from otpushd.check import fixture_plan
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
    ("07", "to: group:experts", "to: ann"),
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
        paths, catalogue=CATALOGUE, people=None, channels=None, expose=None, read_plan=fixture_plan
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

    assert len(files) == len(FILES) == 4
    assert said == []
