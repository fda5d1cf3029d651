"""One event and the rules to messages, matches and faults. Pure: the same event gives the same messages and ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otpushd.model.delivery import Fault, Notification, Remark, notification_id
from otpushd.model.event import Event
from otpushd.model.glob import glob
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan
from otpushd.model.queue import Order
from otpushd.model.rate import Rate
from otpushd.routing.index import Index
from otpushd.routing.message import addressed, draft, event_json
from otpushd.routing.queue_action import order_for
from otpushd.routing.recipients import Directory, resolve
from otpushd.routing.rule import Mute, Rule
from otpushd.routing.template import Rendered


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that remembers has matched: what it does depends on more than this event.

    `people` are whom it means. `document` is the event as JSON that may leave the machine.
    """

    rule: Rule
    people: tuple[Person, ...]
    document: bytes


@dataclass(frozen=True, slots=True)
class Routed:
    """What an event leads to. A fault never keeps the other messages of the event back.

    `met` are the names of the rules that match, with the ids of whom they mean; `missed` those that were tried and do
    not match.
    """

    notifications: tuple[Notification, ...] = ()
    faults: tuple[Fault, ...] = ()
    orders: tuple[Order, ...] = ()
    matches: tuple[Match, ...] = ()
    remarks: tuple[Remark, ...] = ()
    met: tuple[tuple[str, tuple[str, ...]], ...] = ()
    missed: tuple[Rule, ...] = ()


_NOTHING = Routed()


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules and mutes in force, with whom they reach. `muted_by` has the ids of the mutes that may hold a rule
    back. `channels` are the configuration's, in its order; `rates` say how often one may be used for one person.
    """

    rules: Mapping[str, Rule]
    mutes: tuple[Mute, ...]
    muted_by: Mapping[str, tuple[str, ...]]
    directory: Directory
    channels: tuple[str, ...]
    rates: Mapping[str, tuple[Rate, ...]]
    expose: tuple[str, ...]


class Router:
    """Finds the rules in force that an event matches, and makes the messages of those that remember nothing.

    Without a `plan` no dataset has owners or annotators.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        people: People,
        channels: Sequence[str],
        expose: Sequence[str],
        plan: Plan | None = None,
        mutes: Sequence[Mute] = (),
        rates: Mapping[str, tuple[Rate, ...]] | None = None,
    ) -> None:
        self._index = Index(rules)
        self.book = Rulebook(
            rules={rule.name: rule for rule in rules},
            mutes=tuple(mutes),
            muted_by={rule.name: found for rule in rules if (found := _muting(rule.name, mutes))},
            directory=Directory.of(people, plan),
            channels=tuple(channels),
            rates=rates or {},
            expose=tuple(expose),
        )

    def route(self, event: Event) -> Routed:
        """The messages of every rule that matches, or the match. Never raises for what an event holds."""
        candidates = self._index.candidates(event)
        if not candidates:
            return _NOTHING
        matched, missed = list[Rule](), list[Rule]()
        for rule in candidates:
            (matched if matches(rule, event) else missed).append(rule)
        if not matched:
            return Routed(missed=tuple(missed))
        document = event_json(event, self.book.expose)
        notifications: list[Notification] = []
        faults: list[Fault] = []
        orders: list[Order] = []
        remembered: list[Match] = []
        remarks: list[Remark] = []
        met: list[tuple[str, tuple[str, ...]]] = []
        for rule in matched:
            people, unresolved = resolve(rule.targets, event, self.book.directory, event.time)
            met.append((rule.name, tuple([person.id for person in people])))
            faults += [_fault(event, rule, None, what) for what in unresolved]
            made = draft(rule, rule.wording, event, document)
            if rule.queue is not None:
                title = made.texts[0]
                order = order_for(
                    rule.name, rule.queue, event, made.own, title.text if isinstance(title, Rendered) else ""
                )
                (orders if isinstance(order, Order) else faults).append(order)  # type: ignore[arg-type]
            if rule.remembers:
                remembered.append(Match(rule, tuple(people), document))
                continue
            for person in people:
                if person.opted_out(rule.name):
                    remarks.append(Remark(event.id, rule.name, person.id, "has opted out of this rule", event.time))
                    continue
                id = notification_id(rule.name, event.id, person.id)
                one = addressed(made, person, self.book.channels, id, event.time)
                if isinstance(one, Notification):
                    notifications.append(one)
                else:
                    faults.append(_fault(event, rule, person, one))
        return Routed(
            *(tuple(notifications), tuple(faults), tuple(orders), tuple(remembered), tuple(remarks)),
            *(tuple(met), tuple(missed)),
        )


def matches(rule: Rule | Mute, event: Event) -> bool:
    """Whether an event of the rule's types and datasets passes its `match` and then its `when`."""
    for matcher in rule.matchers:
        if not matcher.holds(event):
            return False
    return rule.condition is None or rule.condition.holds(event).holds


def _muting(rule: str, mutes: Sequence[Mute]) -> tuple[str, ...]:
    return tuple(mute.id for mute in mutes if any(glob(pattern)(rule) for pattern in mute.rules))


def _fault(event: Event, rule: Rule, person: Person | None, what: str) -> Fault:
    return Fault(event.id, rule.name, person.id if person else None, what, event.time)


NO_RULES = Router((), People(), (), ()).book
"""Where nothing remembers, and nobody wishes to be left alone."""
