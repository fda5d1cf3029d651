"""The messages of a rule to people: who has opted out, who was told the same a moment ago, and what it is called."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from otpushd.model.case import Case, Repeated
from otpushd.model.cases import Cases
from otpushd.model.delivery import Fault, Notification, notification_id
from otpushd.model.event import Event
from otpushd.model.people import Person
from otpushd.pacing.admit import send
from otpushd.routing.message import addressed, draft
from otpushd.routing.route import Rulebook
from otpushd.routing.rule import Rule, Wording


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
    same = _with(saying.event, 0) if rule.repeat is not None else saying.event
    made = None if _counts(saying) else draft(rule, saying.wording, same, saying.document)
    for person in people:
        if person.opted_out(rule.name):
            cases.remark(saying.base, rule.name, person.id, "has opted out of this rule", now)
            continue
        this = made
        if this is None:
            suppressed = _suppressed(cases, saying, person, now)
            if suppressed is None:
                left_out += 1
                continue
            this = draft(rule, saying.wording, _with(saying.event, suppressed), saying.document)
        id = notification_id(rule.name, saying.base, person.id, saying.step)
        one = addressed(this, person, book.channels, id, now)
        if isinstance(one, Notification):
            send(book, cases, one, None if case is None else case.id, now)
            told.append(person.id)
        else:
            cases.faults.append(Fault(saying.event.id, rule.name, person.id, one, now))
    return Told(told, left_out)


def base_of(rule: Rule, case: Case) -> str:
    """What the ids of a case's messages are made of: a group is more than its first event."""
    return case.id if rule.collect is not None else case.trigger.id


def first_id(rule: Rule, case: Case, person: str) -> str:
    """What the first message of a case to somebody is called."""
    return notification_id(rule.name, base_of(rule, case), person)


def _with(event: Event, suppressed: int) -> Event:
    return replace(event, data={**event.data, "suppressed": suppressed})


def _counts(saying: Saying) -> bool:
    return saying.rule.repeat is not None and not saying.step


def _suppressed(cases: Cases, saying: Saying, person: Person, now: datetime) -> int | None:
    """How many like it were not sent since the last, which is forgotten now; None: this one is not sent either."""
    assert saying.rule.repeat is not None
    key = (saying.rule.name, saying.key, person.id)
    last = cases.repeated.get(key)
    if last is None:
        cases.mark(key, Repeated(now))
        return 0
    rest = last.at + saying.rule.repeat.after(last.turn)
    if now < rest:
        cases.mark(key, Repeated(last.at, last.turn, last.suppressed + 1))
        cases.remark(saying.base, saying.rule.name, person.id, f"said already; not again until {rest.isoformat()}", now)
        return None
    cases.mark(key, Repeated(now, last.turn + 1 if last.suppressed else 0))
    return last.suppressed
