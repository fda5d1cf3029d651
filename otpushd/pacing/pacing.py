"""What events and the passing of time lead to, given what the rules have going on. Decides; loads and saves nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from otpushd.model.case import Case
from otpushd.model.cases import Cases, WantedCases
from otpushd.model.delivery import State
from otpushd.model.event import Event, event_id
from otpushd.model.glob import glob
from otpushd.pacing.admit import send
from otpushd.pacing.ending import hear
from otpushd.pacing.listeners import Listener, by_type, waits_of
from otpushd.pacing.release import release
from otpushd.pacing.ringing import lose, renew, ring
from otpushd.pacing.telling import key_of, take
from otpushd.routing.route import Routed, Rulebook, matches
from otpushd.routing.rule import Mute


@dataclass(slots=True)
class Pacing:
    """The rules in force, as far as they look at more than one event. It never changes."""

    book: Rulebook
    listeners: dict[str, tuple[Listener, ...]] = field(init=False)
    mutes: dict[str, tuple[Mute, ...]] = field(init=False)
    respects: bool = field(init=False)
    """Whether anybody has quiet hours, or may only get so many messages, or a mute may hold something back."""

    def __post_init__(self) -> None:
        """All of it follows from the rules."""
        book = self.book
        self.listeners = dict(by_type((*book.rules.values(), *book.mutes)))
        opening: dict[str, tuple[Mute, ...]] = {}
        for mute in book.mutes:
            for name in mute.on:
                opening[name] = (*opening.get(name, ()), mute)
        self.mutes = opening
        people = book.directory.people.people.values()
        self.respects = bool(book.mutes or book.rates) or any(one.quiet or one.rates for one in people)

    def concerns(self, event: Event, routed: Routed) -> bool:
        """Whether memory is needed to say what an event leads to; silences aside."""
        known = event.type in self.listeners or event.type in self.mutes
        return known or bool(routed.matches) or (self.respects and bool(routed.notifications))

    def wanted(self, heard: Iterable[tuple[Event, Routed]]) -> WantedCases:
        """What has to be loaded for these events."""
        keys, waits = set[tuple[str, str]](), set[tuple[str, str]]()
        for event, routed in heard:
            keys |= {(match.rule.name, key_of(match.rule, event)) for match in routed.matches}
            for listener in self.listeners.get(event.type, ()):
                if (join := listener.heard_under(event)) is not None:
                    waits.add((listener.name, join))
        return WantedCases(frozenset(keys), frozenset(waits), self.always)

    @property
    def always(self) -> frozenset[str]:
        """Of which rules everything is wanted: any message may be held back by a mute."""
        return frozenset(mute.id for mute in self.book.mutes)

    def hear(self, event: Event, routed: Routed, cases: Cases, now: datetime) -> None:
        """What one event leads to: first what it ends, then what it says, then what it holds back."""
        hear(self.book, cases, self.listeners.get(event.type, ()), event, now)
        for one in routed.notifications:
            send(self.book, cases, one, None, now)
        for match in routed.matches:
            take(self.book, cases, event, match, now)
        for mute in self.mutes.get(event.type, ()):
            if _is_about(mute.datasets, event) and matches(mute, event):
                self._mute(mute, event, cases, now)

    def ring(self, now: datetime, cases: Cases, *, exact: bool = False) -> bool:
        """The first thing that is due in time; False where nothing is. With `exact` at its own time, as in a rehearsal;
        else now, be it late.
        """
        due = cases.next()
        if due is None or due[0] > now:
            return False
        at, what = due
        then = at if exact else now
        if isinstance(what, Case):
            ring(self.book, cases, what, then)
        else:
            release(self.book, cases, what, then)
        return True

    def renew(self, some: Sequence[Case], cases: Cases, now: datetime) -> None:
        """Bring cases up to date that other rules may have begun."""
        for case in some:
            renew(self.book, cases, case, now)

    def give_up(self, what: Case | str, cases: Cases, why: str, now: datetime) -> None:
        """End what cannot go on, or let go of all that is held back for somebody, each as itself."""
        if isinstance(what, Case):
            lose(cases, what, why, now)
            return
        for letter in cases.held_for(what, now):
            letter.held = None
            letter.state = State.PENDING if letter.state is State.HELD else letter.state
            cases.write(letter)

    def _mute(self, mute: Mute, event: Event, cases: Cases, now: datetime) -> None:
        case = Case(event_id("case", mute.id, event.id), mute.id, event.id, event, b"", now)
        case.told_at = now
        case.waits = waits_of(mute, case)
        if case.waits:
            cases.put(case)


def _is_about(datasets: Sequence[str], event: Event) -> bool:
    return not datasets or (event.dataset is not None and any(glob(one)(event.dataset) for one in datasets))
