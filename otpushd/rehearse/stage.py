"""What would be sent, as a stream: the one place where rehearsals, of tests and of histories, meet the routing.

Sends nothing and counts nothing. Each event is told first, then what it leads to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from otpushd.model.delivery import Fault, Notification
from otpushd.model.event import Event
from otpushd.model.queue import Order
from otpushd.routing.route import Router

Moment = tuple[datetime, Event | None]
"""An instant (aware UTC) and what happened at it; None where only time moves."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event came, whether or not anything follows from it."""

    event: Event


@dataclass(frozen=True, slots=True)
class Sent:
    """A message really leaves, `at` that instant."""

    notification: Notification
    at: datetime


Staged = Happened | Sent | Fault | Order


def stage(moments: Iterable[Moment], router: Router) -> Iterator[Staged]:
    """Everything that the moments lead to, in order: one Happened for each event, before what follows from it.

    Moments of a history may go back in time: its rows come in the order of their ids.
    """
    for _, event in moments:
        if event is None:
            continue
        yield Happened(event)
        routed = router.route(event)
        for one in routed.notifications:
            yield Sent(one, sent_at(one))
        yield from routed.orders
        yield from routed.faults


def sent_at(one: Notification) -> datetime:
    """When a message leaves: at once."""
    return one.created_at


def fault_text(fault: Fault) -> str:
    """Which rule, for whom if that is known, and what."""
    return f"{fault.rule or 'no rule'}{f' to {fault.person}' if fault.person else ''}: {fault.what}"
