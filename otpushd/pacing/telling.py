"""A rule has matched: the event joins a group, or is told; and what is told may leave a case open."""

from collections.abc import Sequence
from datetime import datetime

from otpushd.model.case import CLOSE, REMIND, SAID, Case
from otpushd.model.cases import Cases
from otpushd.model.delivery import Fault, State
from otpushd.model.event import Event, event_id
from otpushd.model.joining import joined
from otpushd.model.people import Person
from otpushd.pacing.listeners import RESOLVE, UNTIL, step_name, trigger_of, waits_of
from otpushd.pacing.members import join
from otpushd.pacing.say import Saying, base_of, say
from otpushd.routing.fields import reader
from otpushd.routing.route import Match, Rulebook
from otpushd.routing.rule import Rule


def key_of(rule: Rule, event: Event) -> str:
    """What makes two messages of a rule the same."""
    if not rule.key and rule.collect is None:
        return event.id
    return joined([reader(path)(event) for path in rule.key], nulls=True) or ""


def take(book: Rulebook, cases: Cases, event: Event, match: Match, now: datetime) -> None:
    """What one match leads to."""
    rule, key = match.rule, key_of(match.rule, event)
    if rule.collect is None:
        case = Case(event_id("case", rule.name, key, event.id), rule.name, key, _kept(rule, event), match.document, now)
        case.people = [person.id for person in match.people]
        _tell(book, cases, rule, case, event, match.people, now)
        return
    case = cases.gathering(rule.name, key) or _begun(rule, key, event, match, now)
    case.figures.add(event)
    join(rule, case, event)
    case.people += [person.id for person in match.people if person.id not in case.people]
    case.due[CLOSE] = min(now + rule.collect.wait, case.opened_at + rule.collect.max_wait)
    cases.put(case)
    cases.remark(event.id, rule.name, None, f"collected in {case.id}", now)


def close(book: Rulebook, cases: Cases, rule: Rule, case: Case, now: datetime) -> None:
    """A group gathers no more: it is told, if enough came together."""
    del case.due[CLOSE]
    least = rule.collect.at_least if rule.collect is not None else 1
    if case.figures.count < least:
        cases.remark_all(case, f"closed with {case.figures.count} of at least {least}: not sent", now)
        cases.end(case)
        return
    known = book.directory.people.people
    for name in [one for one in case.people if one not in known]:
        cases.faults.append(Fault(case.trigger.id, rule.name, name, "is nobody any more", now))
    _tell(book, cases, rule, case, trigger_of(case), [known[one] for one in case.people if one in known], now)


def go_on(cases: Cases, case: Case) -> None:
    """Keep a case while there is something that may happen to it."""
    if is_waiting(cases, case):
        cases.put(case)
    else:
        cases.end(case)


def is_waiting(cases: Cases, case: Case) -> bool:
    """Whether there is. Where the first of a group is over, its others are awaited if that is not said yet, or if what
    is held back tells of them.
    """
    if case.due or case.waits:
        return True
    is_over = RESOLVE in case.over and SAID not in case.over
    held = (one.state is State.HELD and one.digest is None for one in cases.letters_of(case.id))
    return bool({UNTIL, RESOLVE} & set(case.over) and case.found_by and (is_over or any(held)))


def _begun(rule: Rule, key: str, event: Event, match: Match, now: datetime) -> Case:
    case = Case(event_id("case", rule.name, key, event.id), rule.name, key, _kept(rule, event), match.document, now)
    case.waits = waits_of(rule, case)
    return case


def _tell(
    book: Rulebook, cases: Cases, rule: Rule, case: Case, event: Event, people: Sequence[Person], now: datetime
) -> None:
    """The rule's own message; afterwards the case waits for what may end it, and for its time to be said again."""
    saying = Saying(rule, rule.wording, event, case.document, base_of(rule, case), case.key)
    opens = rule.escalate or rule.remind_every or rule.until or rule.resolve
    told, left_out = say(book, cases, saying, people, case if opens else None, now)
    if not opens or (people and left_out == len(people)):
        cases.end(case)
        return
    case.told_at, case.people = now, told
    case.waits = waits_of(rule, case)
    case.due = due_of(rule, case)
    go_on(cases, case)


def due_of(rule: Rule, case: Case) -> dict[str, datetime]:
    """When a case that was told has what to do: its next reminder, and the steps that nothing has stopped yet."""
    assert case.told_at is not None
    found = {
        name: case.told_at + step.after
        for number, step in enumerate(rule.escalate)
        if (name := step_name(number)) not in case.over
    }
    if rule.remind_every is not None and not {UNTIL, RESOLVE} & set(case.over):
        found[REMIND] = case.due.get(REMIND) or case.told_at + rule.remind_every.after(0)
    return found


def _kept(rule: Rule, event: Event) -> Event:
    """The trigger as it is remembered: a task may be large, and few look at it again."""
    if event.content is None or rule.keeps_task:
        return event
    return Event(event.type, event.id, event.source, event.time, event.dataset, event.data)
