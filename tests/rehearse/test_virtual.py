"""Tests of rules run the daemon's detectors in virtual time, monitors among them."""

from collections.abc import Callable

import pytest

from otpushd.rehearse.rule_tests import run_tests
from otpushd.routing.load import RuleFile

Load = Callable[[str], RuleFile]
MONITORS = """rules:
  - {name: up, on: monitor.triggered, to: lea, title: "{{ monitor }} of {{ annotator }}: {{ value }} over {{ bound }}"}
  - {name: back, on: monitor.recovered, to: [lea], title: "{{ monitor }} of {{ annotator }} is back"}
fixtures:
  people: {lea: {push: l}}
  plan:
    datasets: {contracts-*: {owners: [lea]}}
    monitors:
      - {name: rejects, datasets: contracts-*, measure: reject_rate, over: 1h, at_least: 10, by: annotator}
tests:
  - name: one person rejects too much, and then nothing
    given:
      - {at: 2026-03-02T09:00Z, on: answer.saved, dataset: contracts-a, answer: accept, annotator: ann, times: 7}
      - {at: 2026-03-02T09:05Z, on: answer.saved, dataset: contracts-a, answer: reject, annotator: bob, times: 9}
      - {at: 2026-03-02T09:10Z, on: answer.saved, dataset: contracts-a, answer: reject, annotator: ann, times: 3}
"""


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param("expect: [{to: lea, at: 2026-03-02T09:10Z, title: 'rejects of ann: 0.3 over 0.2'}]", id="fires"),
        pytest.param(
            "until: 2026-03-02T12:00Z\n    expect: [{rule: up}, {rule: back, title: rejects of ann is back}]",
            id="recovers in time",
        ),
        pytest.param("  - {at: 2026-03-02T10:10Z}\n    expect: [{rule: up}]", id="not before its time"),
    ],
)
def test_a_monitor_is_tested_like_any_rule(rule_file: Load, rest: str) -> None:
    ran = run_tests([rule_file(f"{MONITORS}    {rest}\n".replace("\\\n", "\n"))])
    assert ran.failures == ()
    assert ran.passed == 1


def test_two_answers_that_name_no_example_are_two(rule_file: Load) -> None:
    one = "{at: 2026-03-02T09:00Z, on: answer.saved, dataset: contracts-a, answer: reject, annotator: ann}"
    head, _, _ = MONITORS.partition("      - {at")
    expected = "    expect: [{title: 'rejects of ann: 1 over 0.2'}]\n"
    assert run_tests([rule_file(head + f"      - {one}\n" * 10 + expected)]).failures == ()
