"""An event has come that something waits for: a cause is over, a step is not needed any more, a mute ends."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from otpushd.model.case import REMIND, SAID, Case, Letter
from otpushd.model.cases import Cases
from otpushd.model.delivery import State, notification_id
from otpushd.model.event import Event
from otpushd.pacing.listeners import MUTE, RESOLVE, UNTIL, Listener, trigger_of
from otpushd.pacing.members import leave
from otpushd.pacing.say import Saying, base_of, over, say, unsaid
from otpushd.pacing.telling import go_on
from otpushd.routing.message import event_json
from otpushd.routing.route import Rulebook
from otpushd.routing.rule import Rule

_TOLD = frozenset({State.ACCEPTED, State.UNKNOWN})


def hear(book: Rulebook, cases: Cases, listeners: tuple[Listener, ...], event: Event, now: datetime) -> None:
    """End what waits for this event, or the part of it that does."""
    for listener in listeners:
        if not cases.waits(listener.name) or (join := listener.heard_under(event)) is None:
            continue
        for case in cases.waiting(listener.name, join):
            if case.trigger.id == event.id:
                continue
            trigger = trigger_of(case)
            left = leave(case, listener, join, event, trigger)
            if case.waits.get(listener.name) == join and listener.holds(event, trigger):
                _end(book, cases, listener, case, event, now)
            elif left:
                _end_rest(book, cases, listener, case, event, now)


def finish(cases: Cases, case: Case, why: str, now: datetime, *, recall: bool) -> None:
    """A cause is over: what was not sent yet never is, if all that it says is over."""
    if recall:
        _recall(cases, case, cases.letters_of(case.id), why, now)
    over(cases, case)
    if case.gathers:  # no message says it of whoever was meant
        cases.remark_all(case, why, now)
    else:
        cases.remark(case.id, case.rule, None, why, now)
    cases.end(case)


def _recall(cases: Cases, case: Case, letters: Iterable[Letter], why: str, now: datetime) -> None:
    for letter in letters:
        if _is_recallable(letter):
            letter.state = State.RESOLVED
            cases.write(letter)
            cases.remark(letter.notification.id, case.rule, letter.notification.person, why, now)
            unsaid(cases, case, letter.notification)


def _end(book: Rulebook, cases: Cases, listener: Listener, case: Case, event: Event, now: datetime) -> None:
    why, rule = f"{listener.what} came: {event.type} {event.id}", book.rules.get(case.rule)
    if listener.what == MUTE:
        cases.end(case)
        if not cases.is_open(case.rule):
            cases.free(case.rule, now)
    elif listener.what in (UNTIL, RESOLVE) and ((all := _is_about_all(rule, case, listener)) or not case.gathers):
        if listener.what == RESOLVE and rule is not None and case.told_at is not None:
            _close(book, cases, rule, case, event, now)
        if all or not any(_is_recallable(one) for one in cases.letters_of(case.id)):
            finish(cases, case, why, now, recall=all)
        else:
            _linger(cases, case, listener, why, now)
    elif listener.what in case.over:  # a step that was told, but perhaps not yet to all
        case.waits.pop(listener.name, None)
        _recall(cases, case, [one for one in cases.letters_of(case.id) if _is_of(rule, case, listener, one)], why, now)
        go_on(cases, case)
    else:  # a step, or a group of which this was only the first
        case.over.append(listener.what)
        case.waits.pop(listener.name, None)
        case.due.pop(REMIND if listener.what in (UNTIL, RESOLVE) else listener.what, None)
        cases.remark(case.id, case.rule, None, why, now)
        go_on(cases, case)


def _linger(cases: Cases, case: Case, listener: Listener, why: str, now: datetime) -> None:
    """The first is over, and that was said; what is held back tells of others that are not."""
    case.over += [listener.what, SAID]
    case.rest = {listener.name: case.rest.get(listener.name, [])}
    case.due, case.waits = {}, {}
    over(cases, case)
    cases.remark(case.id, case.rule, None, why, now)
    go_on(cases, case)


def _end_rest(book: Rulebook, cases: Cases, listener: Listener, case: Case, event: Event, now: datetime) -> None:
    """Something in a group is over that was not its first event."""
    why, rule = f"{listener.what} came: {event.type} {event.id}", book.rules.get(case.rule)
    if listener.what not in case.over or case.rest[listener.name]:
        cases.remark(case.id, case.rule, None, f"{why}, for a part", now)
        go_on(cases, case)
        return
    if listener.what == RESOLVE and rule is not None and case.told_at is not None and SAID not in case.over:
        _close(book, cases, rule, case, event, now)
    finish(cases, case, why, now, recall=True)


def _is_about_all(rule: Rule | None, case: Case, listener: Listener) -> bool:
    """Whether what ends the first event of a group ends all: it looks at nothing in which they may differ, or the
    others are over already.
    """
    if case.figures.count <= 1 or not case.rest.get(listener.name):
        return True
    if rule is None:
        return False
    same = {str(path[0]) for path in rule.key if len(path) == 1} | case.figures.fields().keys()
    if len(case.figures.values.get("source", ())) == 1:
        same.add("source")
    return listener.counterpart.about <= same


def _is_of(rule: Rule | None, case: Case, listener: Listener, letter: Letter) -> bool:
    """Whether a letter is of the step that a listener is about."""
    one = letter.notification
    return rule is not None and one.id == notification_id(rule.name, base_of(rule, case), one.person, listener.what)


def _close(book: Rulebook, cases: Cases, rule: Rule, case: Case, event: Event, now: datetime) -> None:
    """One closing message to each of those who got the first."""
    if rule.resolve is None:
        return
    known = book.directory.people.people
    people = [known[one] for one in case.people if one in known and _got(cases, rule, case, one)]
    trigger = trigger_of(case)
    before = {name: value for name, value in trigger.data.items() if name not in rule.resolve.own}
    fields: Mapping[str, Any] = {**before, **event.data, "trigger": fields_of(trigger)}
    shown = replace(event, data=fields)
    step = f"resolve {case.key}" if rule.key or rule.collect else f"resolve {case.trigger.id}"
    document = event_json(event, book.expose)
    say(book, cases, Saying(rule, rule.resolve.wording, shown, document, event.id, case.key, step), people, None, now)


def _got(cases: Cases, rule: Rule, case: Case, person: str) -> bool:
    """Whether somebody was told, as far as anyone knows; of a letter that is forgotten long since, yes."""
    ids = (notification_id(rule.name, base, person) for base in (case.id, case.trigger.id))
    letter = next((cases.letters[id] for id in ids if id in cases.letters), None)
    if letter is None:
        return True
    return letter.state in _TOLD or letter.claimed or (letter.state is State.HELD and letter.digest is not None)


def _is_recallable(letter: Letter) -> bool:
    if letter.state is State.HELD:
        return letter.digest is None
    return letter.state is State.PENDING and not letter.claimed


def fields_of(event: Event) -> dict[str, Any]:
    """An event as the fields that `trigger.…` names."""
    common = {name: event.value(name) for name in ("id", "source", "time", "dataset", "event_type")}
    return {**event.data, **common, **({"task": event.task()} if event.content is not None else {})}
