"""A rule file's own tests: what fails, where that is said, and that what is printed can be pasted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.derive.catalogue import CATALOGUE
from otpushd.files.yaml_document import parse_yaml
from otpushd.model.delivery import Notification, Priority
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan, PlanEntry
from otpushd.rehearse.rule_tests import MOST_SHOWN, Ran, as_expected, run_tests
from otpushd.rehearse.stage import Sent
from otpushd.routing.load import RuleFile, load_rules

HEAD = """rules:
  - {name: saved, on: answer.saved, to: [ann, bob], title: "{{ annotator }} said {{ answer }} on {{ example }}"}
fixtures:
  people: {ann: {push: a}, bob: {push: b}}
tests:
  - name: t
    given:
      - {at: 2026-03-02T09:00Z, on: answer.saved, dataset: d, answer: accept, annotator: zoe, example: 7%s}
    expect:"""
Load = Callable[[str], RuleFile]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def failures(file: RuleFile) -> list[str]:
    return [str(one) for one in run_tests([file]).failures]


def test_a_test_passes_when_everything_sent_was_expected(rule_file: Load) -> None:
    """In any order, with as little said as one likes."""
    ran = run_tests([rule_file(HEAD % "" + " [{to: bob}, {to: ann, title: zoe said accept on 7}]\n")])

    assert (ran.count, ran.passed, ran.skipped, ran.failures) == (1, 1, 0, ())


def test_a_message_that_was_not_sent_is_reported_at_its_expectation(rule_file: Load) -> None:
    """Beside the one that nobody expected."""
    said = failures(rule_file(HEAD % "" + "\n      - {to: ann}\n      - {to: bob, rule: saved, title: hello}\n"))

    assert said == [
        "rules.yaml:11:9: test 't': this message was not sent; one was whose title is \"zoe said accept on 7\"",
        "rules.yaml:10:7: test 't': nobody expected this message; if it is right, add it: "
        '- {at: 2026-03-02T09:00Z, to: "bob", rule: "saved", title: "zoe said accept on 7", priority: normal}',
    ]


def test_a_message_at_another_time_is_another_message(rule_file: Load) -> None:
    """What is printed for it has its time."""
    said = failures(rule_file(HEAD % "" + " [{to: ann, at: 2026-03-02T09:01Z}, {to: bob, at: 2026-03-02T09:00Z}]\n"))

    assert said == [
        "rules.yaml:9:14: test 't': this message was not sent; one was whose at is \"2026-03-02T09:00Z\"",
        "rules.yaml:9:13: test 't': nobody expected this message; if it is right, add it: "
        '- {at: 2026-03-02T09:00Z, to: "ann", rule: "saved", title: "zoe said accept on 7", priority: normal}',
    ]


def test_a_fault_is_told_where_a_message_was_not_sent_for_it(rule_file: Load) -> None:
    """Somebody without an address gets nothing, and that is why."""
    text = (HEAD % "" + " [{to: ann}, {to: bob}]\n").replace("bob: {push: b}", "bob: {fax: b}, zoe: {push: z}")
    said = failures(rule_file(text.replace("to: [ann, bob], ", "to: [ann, bob], channel: push, ")))

    assert said == ["rules.yaml:9:25: test 't': this message was not sent (saved to bob: no address for push)"]


def test_a_condition_that_could_not_be_decided_is_told_where_nothing_was_sent(rule_file: Load) -> None:
    """The usual reason for silence: the event of the test lacks what the rule looks at."""
    text = (HEAD % "" + " [{to: ann}]\n").replace("to: [ann, bob]", "when: score > 0.5, to: [ann, bob]")
    (said,) = failures(rule_file(text))

    assert said.endswith("not sent (saved: `when` could not be decided for the event: `score` has no value)")


@pytest.mark.parametrize("expect", [" []", "\n      - {to: ann}"], ids=["none expected", "one expected"])
def test_what_is_printed_for_an_unexpected_message_makes_the_test_pass_when_pasted(
    rule_file: Load, expect: str
) -> None:
    """One line of output, one line of the file."""
    text = HEAD % "" + expect + "\n"
    lines = [re.search(r"add it: (.*)", line)[1] for line in failures(rule_file(text))]  # type: ignore[index]

    pasted = text.replace("expect: []", "expect:") + "".join(f"      {line}\n" for line in lines)

    assert len(lines) == 2 - expect.count("ann")
    assert failures(rule_file(pasted)) == []


@given(st.text(min_size=1), st.text(), st.none() | st.text(min_size=1))
def test_whatever_a_message_says_can_be_pasted(title: str, body: str, link: str | None) -> None:
    """YAML reads it as it was; control characters and lone surrogates never get into a message (show.py)."""
    title, body = (re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", text) for text in (title or "-", body))
    link = re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", link) if link else None
    one = Notification("n", "r", "e", "t", None, "ann", ("push",), title, body, link, Priority.LOW, None, None, b"")  # type: ignore[arg-type]

    document, problems = parse_yaml(as_expected(Sent(one, AT)), "f.yaml")

    assert not problems
    assert document is not None
    (pasted,) = document.data
    assert (pasted.get("title", ""), pasted.get("body", ""), pasted.get("link") or "") == (title, body, link or "")


def test_times_makes_events_with_running_numbers(rule_file: Load) -> None:
    """Unless they are given: then all have the same."""
    given = (HEAD % ", times: 3").replace(", example: 7", "")
    said = failures(rule_file(given + " []\n"))

    assert len(said) == 6
    assert [re.search(r'on (\d)"', line)[1] for line in said] == ["1", "1", "2", "2", "3", "3"]  # type: ignore[index]
    assert all('on 7"' in line for line in failures(rule_file(HEAD % ", times: 3" + " []\n")))


def test_a_flood_of_unexpected_messages_is_cut_short(rule_file: Load) -> None:
    """What matters is in the first lines."""
    said = failures(rule_file(HEAD % ", times: 1000" + " []\n"))

    assert len(said) == MOST_SHOWN + 1
    assert said[-1] == f"rules.yaml:9:13: test 't': and {2000 - MOST_SHOWN} more that nobody expected"


def test_the_tests_of_a_file_with_errors_are_not_run(rule_file: Load) -> None:
    """They would fail for rules that are not there."""
    ran = run_tests(
        [rule_file((HEAD % "" + " [{to: ann}, {to: bob}]\n").replace("answer.saved, to", "answer.svd, to"))]
    )

    assert (ran.count, ran.passed, ran.skipped, ran.failures) == (0, 0, 1, ())


def test_without_fixtures_the_configurations_people_are_meant(tmp_path: Path) -> None:
    """And nobody, where there is no configuration."""
    path = tmp_path / "rules.yaml"
    path.write_text(re.sub("fixtures:\n.*\n", "", HEAD % "" + " [{to: ann}, {to: bob}]\n"))
    files, _ = load_rules([path], catalogue=CATALOGUE, people=None, channels=None, expose=None)
    with_people = People({name: Person(name, name, (), {"push": name}) for name in ("ann", "bob")})

    assert run_tests(files, with_people, ["push"]).failures == ()
    assert [str(one).partition("sent ")[2] for one in run_tests(files).failures] == [
        "(saved: there is no person 'ann'; saved: there is no person 'bob')"
    ] * 2


def test_owners_in_a_test_are_those_of_the_plan_in_the_fixtures(rule_file):
    """Product.md's own form of `fixtures: {plan: …}`."""
    text = """
rules: [{name: r, on: answer.saved, to: [dataset.owners, dataset.annotators], title: x}]
fixtures:
  people: {ann: {push: a}, lea: {push: l}}
  groups: {team: [ann]}
  plan: {datasets: {contracts-*: {annotators: [team], owners: [lea], deadline: 2020-01-01, target: 1}}}
tests:
  - name: both hear of it
    given: [{at: 2026-03-02T09:00Z, on: answer.saved, dataset: contracts-a}]
    expect: [{to: lea}, {to: ann}]
"""
    assert run_tests([rule_file(text)]) == Ran(1, 1, 0, ())


def test_without_fixtures_the_configurations_plan_is_meant(rule_file):
    """As its people are."""
    text = """
rules: [{name: r, on: answer.saved, to: dataset.owners, title: x}]
tests: [{name: t, given: [{at: 2026-03-02T09:00Z, on: answer.saved, dataset: a}], expect: [{to: bob}]}]
"""
    people = People({"bob": Person("bob", "Bob", (), {"push": "b"})})
    plan = Plan((PlanEntry("a", ("plan.yaml", 1, 1), owners=("bob",)),))

    assert run_tests([rule_file(text)], people, ["push"], (), plan).passed == 1
    assert run_tests([rule_file(text)], people, ["push"]).passed == 0


def test_given_events_go_to_the_detectors_as_in_the_daemon(rule_file):
    """Two answers reach the target that the plan in the fixtures names; the second one tells it."""
    file = rule_file("""
rules:
  - {name: r, on: [progress.milestone, dataset.completed], to: ann, title: "{{ milestone }} of {{ target }}"}
fixtures:
  people: {ann: {push: a}}
  plan: {datasets: {news: {target: 2, milestones: [50%]}}}
tests:
  - name: t
    given: [{at: "2026-03-02T09:00Z", on: answer.saved, dataset: news, answer: accept, times: 2}]
    expect: [{to: ann, title: "50% of 2"}, {to: ann, title: "100% of 2"}]
""")
    assert failures(file) == []


def test_timers_ring_between_the_given_events_each_at_its_own_time(rule_file):
    """A deadline, a release, a review and a silence: the daemon's clockworks, in virtual time."""
    file = rule_file("""
rules:
  - {name: r, on: [deadline.*, review.*, annotator.idle], to: dataset.owners, title: "{{ event_type }} {{ dataset }}"}
fixtures:
  people: {ann: {push: a}, bob: {push: b}}
  plan:
    datasets:
      news:
        owners: [ann]
        annotators: [bob]
        target: 2
        deadline: 2026-03-04T09:00
        remind: [1d]
        review: {in: checked, within: 36h}
        idle: {annotators: 30h}
    milestones: [{name: "4.2", at: 2026-03-05T09:00, datasets: [news], owners: [bob]}]
tests:
  - name: time brings it
    given: [{at: 2026-03-02T09:00Z, on: answer.saved, dataset: news, annotator: bob, input_hash: 1}]
    until: 2026-03-06T09:00Z
    expect:
      - {at: 2026-03-03T09:00Z, to: ann, title: deadline.approaching news}
      - {at: 2026-03-03T15:00Z, to: ann, title: annotator.idle news}
      - {at: 2026-03-03T21:00Z, to: ann, title: review.overdue news}
      - {at: 2026-03-04T09:00Z, to: ann, title: deadline.missed news}
      - {at: 2026-03-05T09:00Z, to: bob, title: deadline.missed 4.2}
  - name: who is done in time hears only that
    given:
      - {at: 2026-03-02T09:00Z, on: answer.saved, dataset: news, times: 2, annotator: bob}
      - {at: 2026-03-02T10:00Z, on: answer.saved, dataset: checked, times: 2}
    until: 2026-03-06T09:00Z
    expect:
      - {at: 2026-03-02T09:00Z, to: ann, title: deadline.met news}
      - {at: 2026-03-02T09:00Z, to: bob, title: deadline.met 4.2}
      - {to: ann, title: review.overdue news}
""")

    assert run_tests([file]) == Ran(2, 2, 0, ())
