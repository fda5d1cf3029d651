"""Why a condition could not be decided, for rules that would have sent nothing: they may wait for what never comes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from otpushd.model.event import Event
from otpushd.routing.index import Index
from otpushd.routing.rule import Rule

MOST_EVENTS = 5_000
"""Evaluating conditions once more costs time: so many events of a rule say enough."""


@dataclass(slots=True)
class Doubt:
    """What one rule's condition made of the events that came to it: how many, and how often it failed why."""

    rule: Rule
    index: Index
    events: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def look(self, event: Event) -> None:
        """Ask the condition, if the event comes that far."""
        condition = self.rule.condition
        if condition is None or self.events >= MOST_EVENTS or not self.index.candidates(event):
            return
        if all(matcher.holds(event) for matcher in self.rule.matchers):
            self.events += 1
            if error := condition.holds(event).error:
                self.errors[error] += 1


def doubts_of(rules: Iterable[Rule]) -> dict[str, Doubt]:
    """By name, for the rules with a condition."""
    return {rule.name: Doubt(rule, Index([rule])) for rule in rules if rule.condition is not None}


def told(doubts: Iterable[Doubt]) -> Iterator[str]:
    """A sentence for each rule whose condition could not be decided for some event."""
    for doubt in doubts:
        if doubt.errors:
            why, _ = doubt.errors.most_common(1)[0]
            events = f"{doubt.errors.total():,} of {doubt.events:,} events" if doubt.events > 1 else "the event"
            yield f"{doubt.rule.name}: `when` could not be decided for {events}: {why}"
