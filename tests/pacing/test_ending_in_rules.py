"""What ends a cause, seen through rules as people write them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from otpushd.check import fixture_plan
from otpushd.derive.catalogue import CATALOGUE
from otpushd.rehearse.rule_tests import run_tests
from otpushd.routing.load import load_rules

FILE = """\
rules:
  - name: r
    to: mia
    {rule}
fixtures: {{people: {{mia: {{push: m}}}}}}
tests:
  - name: t
    given:
{given}
    until: "2026-03-03T09:00Z"
    expect:
{expect}
"""


@pytest.fixture
def failures(tmp_path: Path) -> Callable[..., list[str]]:
    """What is wrong with one rule's test: lines of the rule, of `given` and of `expect`."""

    def run(rule: list[str], given: list[str], expect: list[str]) -> list[str]:
        path = tmp_path / "rules.yaml"
        lines = ["\n".join(f"      - {{{one}}}" for one in each) or "      []" for each in (given, expect)]
        path.write_text(FILE.format(rule="\n    ".join(rule), given=lines[0], expect=lines[1]))
        files, problems = load_rules(
            [path], catalogue=CATALOGUE, people=None, channels=None, expose=None, read_plan=fixture_plan
        )
        return [str(one) for one in (*problems, *run_tests(files).failures)]

    return run


MONITOR = [
    "on: monitor.triggered",
    'title: "at {{ value }}"',
    'resolve: {on: monitor.recovered, title: "from {{ trigger.value }} to {{ value }}, {{ measure }}"}',
]


def test_a_closing_message_takes_no_value_of_the_trigger_for_one_that_its_own_event_lacks(failures) -> None:
    """A window that has run empty is back at no figure, and not at the one that was too high."""
    given = [
        "at: 2026-03-02T09:00Z, on: monitor.triggered, dataset: a, monitor: m, measure: reject_rate, value: 0.4",
        "at: 2026-03-02T10:00Z, on: monitor.recovered, dataset: a, monitor: m",
    ]
    assert failures(MONITOR, given, ['title: "at 0.4"', 'title: "from 0.4 to ,"']) == []


STALLED = ["on: dataset.stalled", 'title: "idle"', 'resolve: {on: answer.saved, title: "again after {{ idle_for }}"}']


def test_it_has_what_only_the_trigger_knows(failures) -> None:
    """Fields that the closing event does not have at all."""
    given = [
        "at: 2026-03-02T09:00Z, on: dataset.stalled, dataset: a, idle_for: 8h",
        "at: 2026-03-02T10:00Z, on: answer.saved, dataset: a",
    ]
    assert failures(STALLED, given, ["title: idle", "title: again after 8h"]) == []


def milestones(until: str) -> list[str]:
    """A rule that collects."""
    return ["on: progress.milestone", 'title: "{{ count }}"', "collect: {by: [dataset], wait: 1m}", f"until: {until}"]


MANY = "at: 2026-03-02T09:00Z, on: progress.milestone, dataset: a, milestone: 25%, times: 3"


def test_a_group_whose_key_says_what_it_is_about_is_over_as_a_whole(failures) -> None:
    """Collected by dataset, it ends with what ends the first of its events in the same dataset; another's goes on."""
    given = [MANY, MANY.replace("dataset: a", "dataset: b"), "at: 2026-03-02T09:00Z, on: dataset.completed, dataset: a"]
    assert failures(milestones("dataset.completed"), given, ['title: "3"']) == []


def test_a_group_is_not_over_with_its_first_event_alone(failures) -> None:
    """Which a condition may be about."""
    given = [f"{MANY}, done: 1", "at: 2026-03-02T09:00Z, on: dataset.completed, dataset: a, done: 1"]
    until = '{on: dataset.completed, when: "event.dataset == trigger.dataset && event.done == trigger.done_max"}'
    assert failures(milestones(until), given, ['title: "3"']) == []
