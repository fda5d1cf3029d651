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
    ("01", "priority: high\n    title", "priority: low\n    title"),
    ("01", "score: {at_least: 0.8}", "score: {above: 0.8}"),
    ("01", "score: {at_least: 0.8}", "score: {at_least: 0.78}"),
    ("01", "by: [dataset], wait", "by: [origin], wait"),
    ("01", "wait: 30s", "wait: 40s"),
    ("01", "wait: 30s", "wait: 30s, max_wait: 10m"),
    ("01", "at_least: 10}", "at_least: 11}"),
    ("01", "at_least: 10}", "at_least: 9}"),
    ("01", "to: [dataset.annotators, group:reviewers]", "to: dataset.annotators"),
    ("01", "to: [dataset.annotators, group:reviewers]", "to: group:reviewers"),
    ("01", "{{ score_min }} to {{ score_max }}. First", "{{ score_min }} to {{ score_mean }}. First"),
    ("01", "{% if suppressed %} Batches not told since the last: {{ suppressed }}.{% endif %}", ""),
    ("01", "repeat: 1h", "repeat: 2h"),
    ("01", "expires: 4h", "expires: 20h"),
    ("01", "after: 2h", "after: 3h"),
    ("01", "until: answer.saved", "until: dataset.dropped"),
    ("01", "until: answer.saved ", "until: {on: answer.saved, when: 'true'} # "),
    ("01", "to: dataset.owners", "to: group:reviewers"),
    ("01", "started on {{ count }} samples", "started on samples"),
    ("01", "repeat: 1h", "repeat: 5m"),
    ("02", "match: {answer: reject}", "match: {answer: ignore}"),
    ("02", "match: {answer: reject}", "match: {annotator: dora}"),
    ("02", "match: {answer: accept}", "match: {answer: [accept, ignore]}"),
    ("02", "to: [group:ml-engineers, group:leads]", "to: group:ml-engineers"),
    ("02", "to: [group:ml-engineers, group:leads]", "to: group:leads"),
    ("02", "to: group:leads", "to: [group:ml-engineers, group:leads]"),
    ("02", "priority: low\n    title", "priority: high\n    title"),
    ("02", "{% if changed_mind %}", "{% if not changed_mind %}"),
    ("02", "by: [dataset], wait: 2m", "by: [annotator], wait: 2m"),
    ("02", "wait: 2m, max", "wait: 3m, max"),
    ("02", "max_wait: 15m", "max_wait: 20m"),
    ("02", "{{ count }} rejected by", "{{ example }} rejected by"),
    ("02", "rejected by {{ annotator_list or 'somebody' }}", "rejected by {{ annotator or 'somebody' }}"),
    ("02", "rejected by {{ annotator_list or 'somebody' }}", "rejected by {{ annotator_list }}"),
    ("02", "after: 1d", "after: 2d"),
    ("02", "to: dataset.owners", "to: group:ml-engineers"),
    ("02", "Nobody has acted on {{ count }}", "Nobody has acted on those"),
    ("02", "by: [dataset], wait: 15m", "by: [answer], wait: 15m"),
    ("02", "wait: 15m, max", "wait: 5m, max"),
    ("02", "{{ count }} completed by", "{{ example }} completed by"),
    ("02", "completed by {{ annotator_list or 'somebody' }}", "completed by {{ annotator_list }}"),
    ("02", " && event.dataset != trigger.dataset", ""),
    ("02", "event.input_hash == trigger.input_hash && ", ""),
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
    ("03", "first: 1d, factor: 2, max: 7d", "first: 1d, factor: 1, max: 7d"),
    ("03", "first: 1d, factor: 2, max: 7d", "first: 1d, factor: 2, max: 30d"),
    ("03", "on: monitor.recovered ", "on: monitor.recovered\n      when: event.dataset == trigger.dataset # "),
    ("03", "by: [event_type, dataset, model, metric]", "by: [event_type, dataset, model]"),
    ("03", "by: [event_type, dataset, model, metric]", "by: [dataset]"),
    ("03", "wait: 1m", "wait: 2m"),
    ("03", "{% if count > 1 %} {{ count }} signals.{% endif %}", ""),
    ("03", "{% if suppressed %} Not told since the last: {{ suppressed }}.{% endif %}", ""),
    ("03", "first: 1h, factor: 2, max: 1d", "first: 1h, factor: 1, max: 1d"),
    ("03", "first: 1h, factor: 2, max: 1d", "first: 1m, factor: 2, max: 1d"),
    ("04", "to: field:assignee", "to: dataset.annotators"),
    ("04", "to: field:assignee", "to: dora"),
    ("04", "priority: high", "priority: low"),
    ("04", "work for you in {{ dataset }}", "work for you"),
    ("04", "You are on its list.", "You joined."),
    ("04", "{% if due %}", "{% if not due %}"),
    ("04", "by: [assignee]", "by: [dataset]"),
    ("04", "wait: 1m", "wait: 2m"),
    ("04", "tasks for you in {{ dataset_list }}", "tasks for you in {{ dataset }}"),
    ("04", "{{ count }} tasks", "Several tasks"),
    ("04", "Example {{ example_list }}{% if", "Example {{ example }}{% if"),
    ("04", "{% if count > 10 %} and more{% endif %}", ""),
    ("04", "{% if dataset_list | length > 1 %} in {{ dataset }}{% endif %}", ""),
    ("04", "expires: 2d", "expires: 7d"),
    ("05", "{{ dataset or 'Prodigy' }}", "{{ dataset }}"),
    ("05", "{{ command or 'It' }}", "{{ command }}"),
    ("05", "status if status is not none else", "status or"),
    ("05", "{% if detail %} {{ detail }}{% endif %}", ""),
    ("05", "on: batch.incomplete", "on: [batch.incomplete, example.added]"),
    ("05", "to: [group:operations, dataset.owners]", "to: group:operations"),
    ("05", "to: [group:operations, dataset.owners]", "to: dataset.owners"),
    ("05", "priority: high", "priority: low"),
    ("05", "{{ found }} of {{ expected }}", "{{ expected }} of {{ found }}"),
    ("05", "on: integrity.problem", "on: [integrity.problem, answer.saved]"),
    ("05", "on: integrity.problem", "on: integrity.problem\n    match: {problem: schema_violation}"),
    ("05", "{{ dataset or source }}", "{{ dataset }}"),
    ("05", "on: source.unavailable", "on: source.recovered"),
    ("05", "priority: critical\n    title: \"Prodigy's", "title: \"Prodigy's"),
    ("05", "priority: low", "priority: normal"),
    ("05", "can be read again", "is back"),
    ("05", "priority: critical\n    key", "priority: high\n    key"),
    ("05", "key: [dataset, command]", "key: [command]"),
    ("05", "key: [dataset, command]", "key: [dataset]"),
    ("05", "first: 15m, factor: 2, max: 4h", "first: 15m, factor: 1, max: 4h"),
    ("05", "first: 15m, factor: 2", "first: 5m, factor: 2"),
    ("05", "{% if suppressed %} Failures not told since the last: {{ suppressed }}.{% endif %}", ""),
    ("05", "by: [source, dataset, problem]", "by: [source, dataset]"),
    ("05", "by: [source, dataset, problem]", "by: [source, problem]"),
    ("05", "wait: 1m", "wait: 2m"),
    ("05", "{{ count }} data problems", "Data problems"),
    ("05", "{% if example_list %} (example {{ example_list }}{% if count > 10 %} and more{% endif %}){% endif %}", ""),
    ("05", "first: 30m, factor: 2, max: 8h", "first: 30m, factor: 1, max: 8h"),
    ("05", "    remind_every: {", "    # {"),
    (
        "05",
        "      on: source.recovered",
        "      on: source.recovered\n      when: event.dataset == trigger.dataset || true",
    ),
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
    ("06", "until: [deadline.met, deadline.missed]", "until: deadline.met"),
    ("06", "until: [deadline.met, deadline.missed]", "until: deadline.missed"),
    ("06", "until: dataset.completed", "until: dataset.dropped"),
    ("06", "to: group:leads\n        priority", "to: group:reviewers\n        priority"),
    ("06", "priority: high\n        title", "priority: critical\n        title"),
    ("06", "until: review.overdue ", "until: dataset.dropped # "),
    ("06", 'endsWith("-review")', 'endsWith("letters-c")'),
    ("06", "until: answer.saved", "until: dataset.dropped"),
    ("06", "on: answer.saved     ", "on: dataset.dropped     "),
    (
        "06",
        "title: \"{{ dataset }} goes on: {{ annotator or 'somebody' }} has answered\"",
        'title: "{{ dataset }} goes on"',
    ),
    ("06", "rules: [annotator-idle, dataset-stalled]", "rules: dataset-stalled"),
    ("06", "until: source.recovered", "until: source.unavailable"),
    ("06", 'endsWith("-review")', 'startsWith("letters")'),
    ("06", "      - after: 1d\n        until: dataset", "      - after: 2d\n        until: dataset"),
    ("06", "      - after: 1d\n        until: {", "      - after: 2d\n        until: {"),
    ("06", "to: [group:reviewers, group:leads]", "to: group:leads"),
    ("06", "to: [group:reviewers, group:leads]", "to: [group:reviewers, dataset.owners]"),
    ("06", "    repeat: 1d ", "    # "),
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
    ("07", "on: input.disagreement", "on: input.*"),
    ("07", "{{ annotators }} disagree", "They disagree"),
    ("07", "on: input.settled", "on: [input.settled, answer.saved]"),
    ("07", "priority: low", "priority: high"),
    ("07", "Settled in {{ dataset }}", "Settled"),
    ("07", "{% if reviewer %}{{ reviewer }} reviewed it.{% else %}", "{% if reviewer %}{% else %}"),
    ("07", "{% else %}Those who differed agree now.", ""),
    ("07", "or 'Somebody'", "or 'Nobody'"),
    ("07", "else 'unknown'", "else '0'"),
    ("07", "Ambiguous example in {{ dataset }}", "Ambiguous example"),
    ("07", "by: [dataset], wait: 1m", "by: [annotators], wait: 1m"),
    ("07", "wait: 1m", "wait: 2m"),
    ("07", "wait: 1m", "wait: 10s"),
    ("07", "{{ annotators }} disagree{% else %}", "They disagree{% else %}"),
    ("07", "{{ count }} disagreements of", "Disagreements of"),
    ("07", "input {{ input_hash_list }}", "input {{ input_hash }}"),
    ("07", "{% if count > 10 %} and more{% endif %}", ""),
    ("07", "{% else %}{{ answers_list }}{% endif %}", "{% endif %}"),
    ("07", "{{ agreement_min }}%", "{{ agreement_max }}%"),
    (
        "07",
        'to: group:experts\n    priority: high\n    title: "{% if count',
        'to: emil\n    priority: high\n    title: "{% if count',
    ),
    ("07", " && trigger.count == 1", ""),
    ("07", "event.input_hash == trigger.input_hash && ", ""),
    ("08", "on: progress.milestone", "on: [progress.milestone, dataset.completed]"),
    ("08", "on: dataset.completed", "on: progress.milestone"),
    ("08", "to: dataset.owners", "to: group:stakeholders"),
    ("08", "to: [dataset.owners, group:stakeholders]", "to: dataset.owners"),
    ("08", "to: [dataset.owners, group:stakeholders]", "to: group:stakeholders"),
    ("08", "priority: low", "priority: high"),
    ("08", "{% if passed %}", "{% if not passed %}"),
    ("08", "{{ dataset }} is complete", "{{ dataset }} is done"),
    ("08", "{{ rejected }} rejected", "{{ accepted }} rejected"),
    ("08", "by: [dataset]", "by: [milestone]"),
    ("08", "wait: 1m", "wait: 2m"),
    ("08", "until: dataset.completed", "until: dataset.dropped"),
    ("08", "{{ milestone_list }} done", "{{ milestone }} done"),
    ("08", "{{ done_max }} of", "{{ done }} of"),
    ("08", "by {{ annotators_list or 'somebody' }}", "by {{ annotators_list }}"),
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
