"""Who waits for which event: `until` and `resolve` of rules, their steps, and what ends a mute."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from otpushd.model.case import Case
from otpushd.model.event import Event
from otpushd.model.figures import with_fields
from otpushd.model.joining import joined
from otpushd.routing.counterparts import matches_joins
from otpushd.routing.fields import Path, reader
from otpushd.routing.rule import Counterpart, Mute, Rule

UNTIL = "until"
RESOLVE = "resolve"
MUTE = "mute"
_STEP = "escalate "


@dataclass(frozen=True, slots=True)
class Listener:
    """`what` of a rule or mute waits for `counterpart`: UNTIL, RESOLVE, MUTE, or the name of a step."""

    owner: str
    what: str
    counterpart: Counterpart

    @property
    def name(self) -> str:
        """Unique among all, and another one where cases are found by other fields."""
        by = " and ".join(str(path[0]) for _, path in self.counterpart.joins)
        return f"{self.owner}/{self.what} by {by}" if by else f"{self.owner}/{self.what}"

    def heard_under(self, event: Event) -> str | None:
        """By what cases are found that may wait for the event; None: none can."""
        return _join(event, [path for path, _ in self.counterpart.joins], self.counterpart)

    def waits_under(self, trigger: Event) -> str | None:
        """By what a case with that trigger is found; None: nothing can be its counterpart."""
        return _join(trigger, [path for _, path in self.counterpart.joins], self.counterpart)

    def holds(self, event: Event, trigger: Event) -> bool:
        """Whether the event is what the trigger waits for."""
        if self.counterpart.condition is None:
            return matches_joins(self.counterpart, event, trigger)
        return self.counterpart.condition.holds(event, trigger).holds


def step_name(number: int) -> str:
    """What a rule's escalation is called, counted from 0."""
    return f"{_STEP}{number}"


def step_number(what: str) -> int | None:
    """Which step is meant; None for anything else."""
    return int(what.removeprefix(_STEP)) if what.startswith(_STEP) else None


def listeners_of(rule: Rule | Mute) -> Iterator[Listener]:
    """All that wait for something on behalf of a rule."""
    if isinstance(rule, Mute):
        yield Listener(rule.id, MUTE, rule.until)
        return
    if rule.until is not None:
        yield Listener(rule.name, UNTIL, rule.until)
    if rule.resolve is not None:
        yield Listener(rule.name, RESOLVE, rule.resolve.counterpart)
    for number, step in enumerate(rule.escalate):
        if step.until is not None:
            yield Listener(rule.name, step_name(number), step.until)


def by_type(rules: Iterable[Rule | Mute]) -> Mapping[str, tuple[Listener, ...]]:
    """Who listens to which type of event."""
    found: dict[str, tuple[Listener, ...]] = {}
    for rule in rules:
        for listener in listeners_of(rule):
            for name in sorted(listener.counterpart.on):
                found[name] = (*found.get(name, ()), listener)
    return found


def waits_of(rule: Rule | Mute, case: Case, held: Collection[str] = ()) -> dict[str, str]:
    """By what each listener of a rule finds a case. Those that have heard already are left out, and steps that are told
    but for those that are `held` back.
    """
    trigger = trigger_of(case)
    return {
        listener.name: join
        for listener in listeners_of(rule)
        if (listener.what not in case.over or listener.what in held)
        and (join := listener.waits_under(trigger)) is not None
    }


def trigger_of(case: Case) -> Event:
    """The first event, with the numbers of all."""
    return with_fields(case.trigger, case.figures.fields()) if case.figures.count else case.trigger


def _join(event: Event, paths: Iterable[Path], counterpart: Counterpart) -> str | None:
    return joined([reader(path)(event) for path in paths], nulls=counterpart.condition is None)
