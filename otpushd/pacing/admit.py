"""Whether a message may go now: silences, mutes, quiet hours, rates, in this order, and until when it does not."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from otpushd.model.case import Letter
from otpushd.model.cases import FOR_EVER, Cases
from otpushd.model.delivery import QUIET, RATE, Notification, State
from otpushd.model.glob import glob
from otpushd.model.rate import free_at, kept
from otpushd.routing.route import Rulebook


class Hindrance(NamedTuple):
    """Why a message does not go now, and until when that is so at least."""

    held: str
    until: datetime


def send(book: Rulebook, cases: Cases, one: Notification, case: str | None, now: datetime) -> bool:
    """Put a message on its way, or back until it may go. False: it will have expired by then."""
    if one.id in cases.letters:
        return True
    hindrance = own_hindrance(book, cases, one, now) or persons_hindrance(book, cases, one, now)
    if hindrance is None:
        cases.write(Letter(one, State.PENDING, now, case=case))
        spend(book, cases, one, now)
        return True
    cases.write(Letter(one, State.HELD, hindrance.until, held=hindrance.held, case=case))
    cases.remark(one.id, one.rule, one.person, f"held back: {hindrance.held}", now)
    return one.expires_at is None or one.expires_at > hindrance.until


def own_hindrance(book: Rulebook, cases: Cases, one: Notification, now: datetime) -> Hindrance | None:
    """What holds back this message and perhaps no other of the same person: a silence, a mute."""
    matching = [
        silence
        for silence in cases.silences
        if silence.silences(one.rule, one.dataset, one.person, one.event_type, one.priority, now)
    ]
    if matching:
        last = max(matching, key=lambda silence: silence.ends)
        return Hindrance(f"silence {last.id}", last.ends)
    for mute in _mutes(book, one.rule):
        if cases.is_open(mute):
            return Hindrance(mute, FOR_EVER)
    return None


def _mutes(book: Rulebook, rule: str) -> Sequence[str]:
    """Those that may hold it back, also where the rule itself is no longer there."""
    if rule in book.rules:
        return book.muted_by.get(rule, ())
    return [mute.id for mute in book.mutes if any(glob(pattern)(rule) for pattern in mute.rules)]


def persons_hindrance(book: Rulebook, cases: Cases, one: Notification, now: datetime) -> Hindrance | None:
    """What holds back every message like it to this person: quiet hours, or too many within a while."""
    return quiet_hours(book, one, now) or too_many(book, cases, one, now)


def quiet_hours(book: Rulebook, one: Notification, now: datetime) -> Hindrance | None:
    """Whether they hold it back. Who left since has none: sending it will fail visibly."""
    person = book.directory.people.people.get(one.person)
    until = person.quiet.holds(one.priority, now) if person is not None and person.quiet is not None else None
    return None if until is None else Hindrance(QUIET, until)


def too_many(book: Rulebook, cases: Cases, one: Notification, now: datetime) -> Hindrance | None:
    """Whether there is no room for one more just now."""
    person = book.directory.people.people.get(one.person)
    if person is None:
        return None
    channel = one.channels[0]
    every = [at for name in book.channels for at in cases.times.get((one.person, name), ())]
    free = max(
        free_at(person.rates, sorted(every), now),
        free_at(book.rates.get(channel, ()), cases.times.get((one.person, channel), ()), now),
    )
    return Hindrance(RATE, free) if free > now else None


def spend(book: Rulebook, cases: Cases, one: Notification, now: datetime) -> None:
    """Count a message that goes now, where anything counts them."""
    person, channel = book.directory.people.people.get(one.person), one.channels[0]
    rates = (*(person.rates if person else ()), *book.rates.get(channel, ()))
    if rates:
        key = (one.person, channel)
        times: Sequence[datetime] = (*cases.times.get(key, ()), now)
        cases.time(key, list(kept(rates, times, now)))
