"""What a look at a source leads to: rows to facts, facts to events, events to messages. Pure; nothing is read here.

It joins three stages for whoever runs them: the polling loop, the timers, a rehearsal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import structlog

from otpushd.derive import reviews
from otpushd.derive.derive import derive, wanted
from otpushd.derive.groups import Group
from otpushd.derive.rounds import begun, bring_up_datasets, bring_up_groups, rung
from otpushd.derive.seen import Around, Standing
from otpushd.derive.timers import silence_due
from otpushd.detect.step import Settled, step
from otpushd.model.cases import Cases, WantedCases
from otpushd.model.delivery import Fault
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.heard import Heard
from otpushd.model.instants import to_micros
from otpushd.model.ledger import Ledger, Wanted
from otpushd.model.memory import SourceMemory, Step, incarnations
from otpushd.model.outcome import Outcome
from otpushd.model.plan import Plan
from otpushd.model.posting import Posting
from otpushd.model.queue import FROM_OUTSIDE
from otpushd.pacing.pacing import Pacing
from otpushd.routing.route import Routed, Router
from otpushd.routing.rule import Rule
from otpushd.routing.why_not import why_missed

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Thinking:
    """What is thought with: the source's name, the plan and the rules. `alone`: there is no other source."""

    source: str
    plan: Plan
    router: Router
    alone: bool = True
    pacing: Pacing = field(init=False)

    def __post_init__(self) -> None:
        """It goes by the same rules."""
        object.__setattr__(self, "pacing", Pacing(self.router.book))

    def wanted(self, half: Settled) -> Wanted:
        """What has to be loaded of the ledger."""
        there = partial(incarnations, self.source, half.memory)
        return wanted(self.source, half.touched(self.source), self.plan, there, half.census.facts)

    def page(self, half: Settled, ledger: Ledger, now: datetime, since: datetime | None = None) -> Outcome:
        """What a page leads to; `since` is when the source was last read to its end, as far as that is known."""
        done = step(self.source, half, ledger.answered(), now)
        events = derive(done.facts, self.around(ledger, now, since))
        return self.route(replace(done, events=tuple(events)), now, ledger)

    def begun(
        self, memory: SourceMemory, datasets: Sequence[tuple[int, str]], ledger: Ledger, now: datetime
    ) -> Outcome:
        """The timers of datasets, given by incarnation and name, brought up to date with the plan."""
        begun([(number, self.source, name) for number, name in datasets], self.around(ledger, now))
        return self.outcome(memory, ledger)

    def grouped(self, memory: SourceMemory, groups: Sequence[Group], ledger: Ledger, now: datetime) -> Outcome:
        """The timers of several datasets together, brought up to date with the plan."""
        bring_up_groups(groups, self.around(ledger, now))
        return self.outcome(memory, ledger)

    def renewed(self, memory: SourceMemory, standings: Sequence[Standing], ledger: Ledger, now: datetime) -> Outcome:
        """What waits for review in datasets, and so their timers, brought up to date with the plan."""
        around = self.around(ledger, now)
        for standing in standings:
            reviews.renew(standing, around)
        bring_up_datasets([standing.dataset for standing in standings], around)
        return self.outcome(memory, ledger)

    def rung(
        self, memory: SourceMemory, due: Sequence[int], groups: Mapping[int, Group], ledger: Ledger, now: datetime
    ) -> Outcome:
        """What the timers that are due lead to. One detector that breaks must not stop all others for ever."""
        around, events, faults = self.around(ledger, now), list[Event](), list[Fault]()
        for number in due:
            try:
                events += rung([number], groups, around)
            except Exception as error:
                log.exception("timer_broke", source=self.source)
                faults.append(Fault("timers", None, None, f"otpushd broke: {type(error).__name__}", now))
                silence_due(number, ledger, to_micros(now))
        outcome = self.route(Step(memory, events=tuple(events)), now, ledger)
        return replace(outcome, faults=(*faults, *outcome.faults))

    def outcome(self, memory: SourceMemory, ledger: Ledger) -> Outcome:
        """Nothing but what was changed in the ledger."""
        return Outcome(Step(memory), ledger=ledger)

    def around(self, ledger: Ledger, now: datetime, since: datetime | None = None) -> Around:
        """What detectors are given."""
        return Around(ledger, self.plan, now, since, self.alone)

    def handed_in(
        self, memory: SourceMemory, events: Sequence[tuple[Event, int]], ledger: Ledger, now: datetime
    ) -> Outcome:
        """What events from outside lead to, each given with the incarnation of its dataset."""
        facts = [
            Fact(event, number, event.time, place=FROM_OUTSIDE + at, handed_in=True)
            for at, (event, number) in enumerate(events)
        ]
        found = derive(facts, self.around(ledger, now))
        asked_for = frozenset([event.id for event, _ in events])
        return self.route(Step(memory, events=tuple(found)), now, ledger, asked_for)

    def route(
        self, done: Step, now: datetime, ledger: Ledger | None = None, asked_for: frozenset[str] = frozenset()
    ) -> Outcome:
        """The messages that the events of a step lead to, as far as that needs no memory; the rest is in a posting.

        An event is kept, so that it can be explained, where a rule was tried on it, or it is among those `asked_for`:
        somebody has its id. Of the others nothing is ever said, and there may be millions of them.
        """
        heard = [(event, self._route(event, now)) for event in done.events]
        faults = [Fault(event, None, None, f"task: {why}", now) for event, why in done.unreadable]
        return Outcome(
            done,
            self._posting(heard, now),
            [*faults, *(fault for _, routed in heard for fault in routed.faults)],
            ledger,
            [order for _, routed in heard for order in routed.orders],
            remarks=[remark for _, routed in heard for remark in routed.remarks],
            heard=[
                self._heard(event, routed, now)
                for event, routed in heard
                if routed.met or routed.missed or routed.faults or event.id in asked_for
            ],
        )

    def _heard(self, event: Event, routed: Routed, now: datetime) -> Heard:
        expose = self.router.book.expose
        missed = {rule.name: _why_not(rule, event, expose) for rule in routed.missed}
        return Heard(event, now, dict(routed.met), missed, expose)

    def _posting(self, heard: Sequence[tuple[Event, Routed]], now: datetime) -> Posting | None:
        concerned = [one for one in heard if self.pacing.concerns(*one)]
        notifications = [one for _, routed in heard for one in routed.notifications]
        if not concerned and not notifications:
            return None
        wanted = self.pacing.wanted(concerned) if concerned else WantedCases(rules=self.pacing.always)
        return Posting(wanted, partial(self._post, heard, now), now, not concerned, notifications)

    def due(self, memory: SourceMemory, now: datetime) -> Outcome:
        """What cases of the source have to do by now."""
        wanted = WantedCases(rules=self.pacing.always, due=now, source=self.source)
        return Outcome(Step(memory), Posting(wanted, partial(ring_all, self.pacing, now), now))

    def renewed_cases(self, memory: SourceMemory, ids: Sequence[str], now: datetime) -> Outcome:
        """Cases brought up to date with the rules, which may be others than those that began them."""

        def decide(cases: Cases) -> None:
            self.pacing.renew([cases.cases[id] for id in ids if id in cases.cases], cases, now)

        wanted = WantedCases(ids=frozenset(ids), rules=self.pacing.always)
        return Outcome(Step(memory), Posting(wanted, decide, now))

    def _post(self, heard: Sequence[tuple[Event, Routed]], now: datetime, cases: Cases) -> None:
        for event, routed in heard:
            try:
                self.pacing.hear(event, routed, cases, now)
            except Exception as error:  # as below
                log.exception("pacing_broke", source=self.source, event_id=event.id)
                cases.faults.append(Fault(event.id, None, None, f"otpushd broke: {type(error).__name__}", now))

    def _route(self, event: Event, now: datetime) -> Routed:
        try:
            return self.router.route(event)
        except Exception as error:  # one event that breaks us must not hold up all that came after it, for ever
            log.exception("routing_broke", source=self.source, event_id=event.id)
            return Routed(faults=(Fault(event.id, None, None, f"otpushd broke: {type(error).__name__}", now),))


def _why_not(rule: Rule, event: Event, expose: Sequence[str]) -> str:
    try:
        return why_missed(rule, event, expose) or "did not match"
    except Exception as error:  # that it cannot be explained must not keep the event's messages back
        log.exception("explaining_broke", rule=rule.name, event_id=event.id)
        return f"did not match; why cannot be said: {type(error).__name__}"


def ring_all(pacing: Pacing, now: datetime, cases: Cases) -> None:
    """All that is due by now. What breaks is ended, so that it does not hold up all that comes after it."""
    while (due := cases.next()) is not None and due[0] <= now:
        try:
            pacing.ring(now, cases)
        except Exception as error:
            log.exception("pacing_broke", due=due[0].isoformat())
            pacing.give_up(due[1], cases, f"otpushd broke: {type(error).__name__}", now)
