"""What would be sent, as a stream: the one place where rehearsals, of tests and of histories, meet the routing.

The daemon's own routing and pacing, on a memory that lives as long as the stream; a message that goes counts as taken.
Sends nothing and counts nothing. Each event is told first, then what it leads to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from otpushd.model.cases import Cases
from otpushd.model.delivery import Fault, Notification
from otpushd.model.event import Event
from otpushd.model.queue import Order
from otpushd.pacing.pacing import Pacing
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


def stage(moments: Iterable[Moment], router: Router, cases: Cases | None = None) -> Iterator[Staged]:
    """Everything that the moments lead to, in order: one Happened for each event, before what follows from it.

    What happens at one instant is one commit of the daemon: its messages leave after all of it. Moments of a history
    may go back in time, for its rows come in the order of their ids; then they count as just now.
    """
    pacing, cases, now = Pacing(router.book), cases or Cases(), None
    for at, event in moments:
        if now is None or at > now:
            yield from _pass(pacing, cases, at)
            now = at
        if event is None:
            continue
        yield Happened(event)
        routed = router.route(event)
        yield from routed.orders
        yield from routed.faults
        if cases.silences or pacing.concerns(event, routed):
            pacing.hear(event, routed, cases, now)
            continue
        for one in routed.notifications:
            yield Sent(one, one.created_at)
    yield from _leave(cases)
    if now is not None:
        yield from _pass(pacing, cases, now)


def _pass(pacing: Pacing, cases: Cases, now: datetime) -> Iterator[Staged]:
    """Time passes: what was decided leaves, and what is due by then happens, each thing at its own time."""
    yield from _leave(cases)
    while pacing.ring(now, cases, exact=True):
        yield from _leave(cases)


def _leave(cases: Cases) -> Iterator[Staged]:
    if cases.has_changed():
        yield from tuple(cases.faults)
        for letter in cases.drain():
            yield Sent(letter.notification, letter.due_at)


def fault_text(fault: Fault) -> str:
    """Which rule, for whom if that is known, and what."""
    return f"{fault.rule or 'no rule'}{f' to {fault.person}' if fault.person else ''}: {fault.what}"
