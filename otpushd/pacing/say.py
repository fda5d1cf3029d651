"""The messages of a rule to people: who has opted out, who was told the same a moment ago, and what it is called."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from otpushd.model.case import Case, Repeated
from otpushd.model.cases import Cases
from otpushd.model.delivery import Fault, Notification, notification_id
from otpushd.model.event import Event
from otpushd.model.people import Person
from otpushd.pacing.admit import send
from otpushd.routing.message import Draft, addressed, draft
from otpushd.routing.route import Rulebook
from otpushd.routing.rule import Rule, Wording

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Saying:
    """What is to be said: `step` is "" for a rule's own message. `event` has all fields that templates may name, and
    its id and that of `document` are those of what happened. `base` is what the messages' ids are made of.
    """

    rule: Rule
    wording: Wording
    event: Event
    document: bytes
    base: str
    key: str = ""
    step: str = ""


class Told(NamedTuple):
    """Who was written to, and how many were left out only because they were told the same a moment ago."""

    people: list[str]
    left_out: int


def say(
    book: Rulebook, cases: Cases, saying: Saying, people: Sequence[Person], case: Case | None, now: datetime
) -> Told:
    """Write to each of them."""
    rule, told, left_out = saying.rule, list[str](), 0
    made = _draft(saying, 0)
    for person in people:
        if person.opted_out(rule.name):
            cases.remark(saying.base, rule.name, person.id, "has opted out of this rule", now)
            continue
        again = _again(cases, saying, person, now)
        if again is None:
            left_out += 1
            continue
        this = _draft(saying, again.suppressed) if again.suppressed else made
        id = notification_id(rule.name, saying.base, person.id, saying.step)
        one = addressed(this, person, book.channels, id, now)
        if not isinstance(one, Notification):
            cases.faults.append(Fault(saying.event.id, rule.name, person.id, one, now))
            continue
        arrives = send(book, cases, one, None if case is None else case.id, now)
        told.append(person.id)
        if saying.step:
            cases.remark(id, rule.name, person.id, _called(saying), now)
        if _counts(saying) and arrives:
            cases.mark((rule.name, saying.key, person.id), Repeated(now, again.turn))
    return Told(told, left_out)


def over(cases: Cases, case: Case) -> None:
    """The cause is over: when it begins anew, that is news, however short a while ago the same was said."""
    for person in case.people:
        key = (case.rule, case.key, person)
        last = cases.repeated.get(key)
        if last is not None and last.at == case.told_at:
            cases.mark(key, Repeated(_NEVER, last.turn, last.suppressed))


def unsaid(cases: Cases, case: Case, one: Notification) -> None:
    """A message of a case never went: the next like it is not one too many."""
    key = (case.rule, case.key, one.person)
    last = cases.repeated.get(key)
    if last is not None and last.at == one.created_at:
        cases.mark(key, Repeated(_NEVER, last.turn, last.suppressed))


def base_of(rule: Rule, case: Case) -> str:
    """What the ids of a case's messages are made of: a group is more than its first event."""
    return case.id if rule.collect is not None else case.trigger.id


def _called(saying: Saying) -> str:
    """What a message is that is not the first."""
    what, _, number = saying.step.partition(" ")
    match what:
        case "escalate":
            return f"this is step {int(number) + 1} of the escalation"
        case "remind":
            return f"this is reminder {number}"
        case _:
            return "this is the closing message"


def _counts(saying: Saying) -> bool:
    return saying.rule.repeat is not None and not saying.step


def _draft(saying: Saying, suppressed: int) -> Draft:
    event = saying.event
    if saying.rule.repeat is not None:
        event = replace(event, data={**event.data, "suppressed": suppressed})
    return draft(saying.rule, saying.wording, event, saying.document)


def _again(cases: Cases, saying: Saying, person: Person, now: datetime) -> Repeated | None:
    """Which turn it is, and how many like it were not sent since the last; None: this one is not sent either."""
    last = cases.repeated.get((saying.rule.name, saying.key, person.id))
    if last is None or saying.rule.repeat is None or saying.step:
        return Repeated(now)
    rest = last.at + saying.rule.repeat.after(last.turn)
    if now >= rest:
        return Repeated(now, last.turn + 1 if last.suppressed else 0, last.suppressed)
    key = (saying.rule.name, saying.key, person.id)
    cases.mark(key, Repeated(last.at, last.turn, last.suppressed + 1))
    cases.remark(saying.base, saying.rule.name, person.id, f"said already; not again until {rest.isoformat()}", now)
    return None
