"""The further events of a group: each may be over by itself, and the group is over when all are."""

from dataclasses import replace
from typing import Any

from otpushd.model.case import Case
from otpushd.model.event import Event
from otpushd.pacing.listeners import RESOLVE, UNTIL, Listener, listeners_of
from otpushd.routing.rule import Rule

MOST = 1000
NEVER = ""
"""Stands for events of which nothing can say that they are over, or which are too many."""


def join(rule: Rule, case: Case, event: Event) -> None:
    """An event more is in the group: remember by what its end is found, if that is not the first one's."""
    for listener in listeners_of(rule):
        if case.figures.count > 1 and listener.what in (UNTIL, RESOLVE):
            rest = case.rest.setdefault(listener.name, [])
            found = listener.waits_under(event) or NEVER if len(rest) < MOST else NEVER
            if found not in rest and (found == NEVER or found != case.waits.get(listener.name)):
                rest.append(found)


def renew(rule: Rule, case: Case) -> None:
    """The rule is another one: of ends that it did not wait for before nobody knows whether some came already."""
    known = {listener.name for listener in listeners_of(rule)}
    case.rest = {name: joins for name, joins in case.rest.items() if name in known}
    for listener in listeners_of(rule):
        if case.figures.count > 1 and listener.what in (UNTIL, RESOLVE):
            case.rest.setdefault(listener.name, [NEVER])


def leave(case: Case, listener: Listener, found: str, event: Event, trigger: Event) -> bool:
    """Whether something in the group is over with this event, the first aside; then it is awaited no more."""
    rest = case.rest.get(listener.name, [])
    if found not in rest or not listener.holds(event, _like(trigger, listener, event)):
        return False
    rest.remove(found)
    return True


def _like(trigger: Event, listener: Listener, event: Event) -> Event:
    """The trigger as that event of the group would have been it: what the two are joined by is its own."""
    values = {str(theirs[0]): event.value(str(ours[0])) for ours, theirs in listener.counterpart.joins}
    common: dict[str, Any] = {name: values.pop(name) for name in ("source", "dataset") if name in values}
    return replace(trigger, data={**trigger.data, **values}, **common)
