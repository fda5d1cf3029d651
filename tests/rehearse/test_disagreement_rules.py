"""A rule file's own test can speak of disagreement: the given answers go to the detector as in the daemon."""

from collections.abc import Callable

from otpushd.rehearse.rule_tests import run_tests
from otpushd.routing.load import RuleFile

TEXT = """rules:
  - name: differ
    on: input.disagreement
    to: ann
    title: "{{ annotators | join(' and ') }} differ on {{ input_hash }}: {{ agreement }} %%, kappa {{ kappa }}"
  - {name: settled, on: input.settled, to: bob, title: "{{ reviewer }} settled {{ input_hash }}"}
fixtures:
  people: {ann: {push: a}, bob: {push: b}}
  plan: {datasets: {news: {target: {annotations_per_input: 2, inputs: 9}, review: {in: checked, within: 48h}}}}
tests:
  - name: a review settles what two people differ on
    given:
      - {at: 2026-03-02T09:00Z, on: answer.saved, dataset: news, annotator: zoe, answer: accept, input_hash: 7%s}
      - {at: 2026-03-02T09:01Z, on: answer.saved, dataset: news, annotator: yan, answer: reject, input_hash: 7%s}
      - {at: 2026-03-02T09:02Z, on: answer.saved, dataset: checked, annotator: lea, answer: reject, input_hash: 7}
    expect:
      - {to: ann, title: "yan and zoe differ on 7: 0 %%, kappa 0"}
      - {to: bob, title: "lea settled 7"}
  - name: one person is of one mind
    given:
      - {at: 2026-03-02T09:00Z, on: answer.saved, dataset: news, annotator: zoe, answer: accept, input_hash: 7}
      - {at: 2026-03-02T09:01Z, on: answer.saved, dataset: news, annotator: zoe, answer: reject, input_hash: 7}
    expect: []
"""


def test_the_given_answers_go_to_the_detector(rule_file: Callable[[str], RuleFile]) -> None:
    """Rows without an `example`, and rows that somebody gave the same one, are rows of their own."""
    for examples in (("", ""), (", example: 7", ", example: 7"), (", example: 1", ", example: 2")):
        ran = run_tests([rule_file(TEXT % examples)])
        assert (ran.passed, ran.failures) == (2, ())
