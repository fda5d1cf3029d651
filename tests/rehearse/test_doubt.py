"""Why a rule stayed silent, where its condition could not be decided."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from otpushd.model.event import Event
from otpushd.rehearse.doubt import MOST_EVENTS, doubts_of, told
from otpushd.rehearse.history import Span, rehearse
from otpushd.routing.load import RuleFile
from otpushd.routing.route import Router

NOW = datetime(2026, 3, 31, tzinfo=UTC)
RULES = """rules:
  - {name: sure, on: answer.saved, datasets: [news-*], match: {answer: reject}, when: score > 0.9, to: ann, title: x}
  - {name: plain, on: answer.saved, match: {answer: reject}, to: ann, title: x}
"""


def event(dataset: str = "news-a", kind: str = "answer.saved", **data: Any) -> Event:
    return Event(kind, "e", "main", NOW, dataset, data)


def test_only_events_that_come_to_the_condition_are_counted(rule_file: Callable[[str], RuleFile]) -> None:
    """Not those of another type or dataset, or that `match` keeps away."""
    (doubt,) = doubts_of(rule_file(RULES).rules).values()
    for one in (
        event(answer="reject"),
        event(answer="reject", score=0.5),
        event(answer="accept"),
        event("sports", answer="reject"),
        event(kind="example.added", answer="reject"),
    ):
        doubt.look(one)

    assert (doubt.events, dict(doubt.errors)) == (2, {"`score` has no value": 1})
    assert list(told([doubt])) == ["sure: `when` could not be decided for 1 of 2 events: `score` has no value"]


def test_a_condition_that_says_no_is_in_no_doubt(rule_file: Callable[[str], RuleFile]) -> None:
    """It was decided."""
    (doubt,) = doubts_of(rule_file(RULES).rules).values()
    doubt.look(event(answer="reject", score=0.5))

    assert list(told([doubt])) == []


def test_no_more_events_are_asked_about_than_say_enough(rule_file: Callable[[str], RuleFile]) -> None:
    """A history may have millions."""
    (doubt,) = doubts_of(rule_file(RULES).rules).values()
    for _ in range(MOST_EVENTS + 5):
        doubt.look(event(answer="reject"))

    assert doubt.events == MOST_EVENTS


def test_a_rule_that_sends_something_is_in_no_doubt(
    rule_file: Callable[[str], RuleFile], router: Callable[[str], Router]
) -> None:
    """That some events lack a score is how it should be."""
    events = [event(answer="reject"), event(answer="reject", score=0.95)]
    rules = rule_file(RULES).rules

    assert list(rehearse(events[:1], router(RULES), Span("all"), NOW, rules).doubts) == ["sure"]
    assert list(rehearse(events, router(RULES), Span("all"), NOW, rules).doubts) == []
