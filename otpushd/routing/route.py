"""One event and the rules to notifications and faults. Pure: the same event gives the same messages and ids."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otpushd.model.delivery import Fault, Notification, notification_id
from otpushd.model.event import Event, cloud_event
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan
from otpushd.model.queue import Order
from otpushd.routing import plain
from otpushd.routing.index import Index
from otpushd.routing.queue_action import order_for
from otpushd.routing.recipients import Directory, resolve
from otpushd.routing.rule import Rule
from otpushd.routing.template import MessageTemplate, Rendered, Values


@dataclass(frozen=True, slots=True)
class Routed:
    """What an event leads to. A fault never keeps the other messages of the event back."""

    notifications: tuple[Notification, ...] = ()
    faults: tuple[Fault, ...] = ()
    orders: tuple[Order, ...] = ()


_NOTHING = Routed()
_NO_TEXT = Rendered("")
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class Router:
    """The rules in force, with whom they reach. `channels` are the configuration's, in its order.

    Without a `plan` no dataset has owners or annotators.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        people: People,
        channels: Sequence[str],
        expose: Sequence[str],
        plan: Plan | None = None,
    ) -> None:
        self._index = Index(rules)
        self._directory = Directory.of(people, plan)
        self._channels = tuple(channels)
        self._expose = tuple(expose)

    def route(self, event: Event) -> Routed:
        """The messages of every rule that matches. Never raises for what an event holds."""
        candidates = self._index.candidates(event)
        matched = [rule for rule in candidates if matches(rule, event)] if candidates else []
        if not matched:
            return _NOTHING
        document = event_json(event, self._expose)
        notifications: list[Notification] = []
        faults: list[Fault] = []
        orders: list[Order] = []
        for rule in matched:
            people, unresolved = resolve(rule.targets, event, self._directory, event.time)
            faults += [_fault(event, rule, None, what) for what in unresolved]
            own = {"name": rule.name, "priority": str(rule.priority)}
            # A text in which people do not differ is made once for all of them.
            texts = [_for_all(template, event, own) for template in (rule.title, rule.body, rule.link)]
            if rule.queue is not None:
                title = texts[0]
                known = title.text if isinstance(title, Rendered) else ""
                order = order_for(rule.name, rule.queue, event, own, known)
                if isinstance(order, Order):
                    orders.append(order)
                else:
                    faults.append(order)
            for person in people:
                result = self._message(rule, event, person, document, own, texts)
                if isinstance(result, Notification):
                    notifications.append(result)
                else:
                    faults.append(result)
        return Routed(tuple(notifications), tuple(faults), tuple(orders))

    def _message(
        self,
        rule: Rule,
        event: Event,
        person: Person,
        document: bytes,
        own: Values,
        texts: Sequence[Rendered | MessageTemplate],
    ) -> Notification | Fault:
        channels = tuple([name for name in rule.channels or self._channels if person.addresses.get(name)])
        if not channels:
            wanted = ", ".join(rule.channels or self._channels) or "any channel"
            return _fault(event, rule, person, f"no address for {wanted}")
        recipient = {
            "id": person.id,
            "name": person.name,
            "session": person.sessions[0] if person.sessions else None,
            "address": person.addresses[channels[0]],
        }
        made = [one if isinstance(one, Rendered) else one.render(event, own, recipient) for one in texts]
        for _, error in made:
            if error is not None:
                return _fault(event, rule, person, error)
        (title, _), (body, _), (link, _) = made
        return Notification(
            id=notification_id(rule.name, event.id, person.id),
            rule=rule.name,
            event_id=event.id,
            event_type=event.type,
            dataset=event.dataset,
            person=person.id,
            channels=channels,
            title=title or rule.name,
            body=body,
            link=link or None,
            priority=rule.priority,
            created_at=event.time,
            expires_at=event.time + rule.expires if rule.expires is not None else None,
            event=document,
        )


def matches(rule: Rule, event: Event) -> bool:
    """Whether an event of the rule's types and datasets passes its `match` and then its `when`."""
    for matcher in rule.matchers:
        if not matcher.holds(event):
            return False
    return rule.condition is None or rule.condition.holds(event).holds


def event_json(event: Event, expose: Sequence[str]) -> bytes:
    """The CloudEvents form as compact UTF-8 JSON; NaN and infinities, which JSON lacks, are null."""
    document = cloud_event(event, expose)
    try:
        text = _ENCODE(document)
    except (ValueError, TypeError, RecursionError):
        ready = {**document, "data": _json_ready(document["data"])}
        text = _ENCODE(ready)
    return text.encode("utf-8", "replace")


def _json_ready(value: Any) -> Any:
    limits = plain.Limits(values=1_000_000, characters=100_000_000, longest=1_000_000)
    try:
        return _finite(plain.plain(value, limits))
    except plain.TooLarge:
        return {}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _for_all(template: MessageTemplate | None, event: Event, rule: Values) -> Rendered | MessageTemplate:
    """The text for everybody, or the template itself where people differ."""
    if template is None:
        return _NO_TEXT
    return template if template.personal else template.render(event, rule, {})


def _fault(event: Event, rule: Rule, person: Person | None, what: str) -> Fault:
    return Fault(event.id, rule.name, person.id if person else None, what, event.time)
