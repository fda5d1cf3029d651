"""An event as a message to one person: words, channels, and the CloudEvents form beside them. Pure."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from otpushd.model.delivery import Notification
from otpushd.model.event import Event, cloud_event
from otpushd.model.people import Person
from otpushd.routing import plain
from otpushd.routing.rule import Rule, Wording
from otpushd.routing.template import MessageTemplate, Rendered, Values

_NO_TEXT = Rendered("")
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said about an event, in words that are the same for everybody where people do not differ.

    `document` is the event as JSON that may leave the machine. Make one with `draft`.
    """

    rule: Rule
    wording: Wording
    event: Event
    document: bytes
    own: Values
    texts: tuple[Rendered | MessageTemplate, ...]


def draft(rule: Rule, wording: Wording, event: Event, document: bytes) -> Draft:
    """What is to be said; a text in which people do not differ is made once for all of them."""
    own = {"name": rule.name, "priority": str(wording.priority)}
    texts = [_for_all(template, event, own) for template in (wording.title, wording.body, wording.link)]
    return Draft(rule, wording, event, document, own, tuple(texts))


def addressed(made: Draft, person: Person, configured: Sequence[str], id: str, at: datetime) -> Notification | str:
    """The message to one person, made at `at`, over the rule's channels or all that are `configured`; or why not."""
    wording, event = made.wording, made.event
    channels = tuple([name for name in wording.channels or configured if person.addresses.get(name)])
    if not channels:
        return f"no address for {', '.join(wording.channels or configured) or 'any channel'}"
    recipient = {
        "id": person.id,
        "name": person.name,
        "session": person.sessions[0] if person.sessions else None,
        "address": person.addresses[channels[0]],
    }
    texts = [one if isinstance(one, Rendered) else one.render(event, made.own, recipient) for one in made.texts]
    for _, error in texts:
        if error is not None:
            return error
    (title, _), (body, _), (link, _) = texts
    return Notification(
        id=id,
        rule=made.rule.name,
        event_id=event.id,
        event_type=event.type,
        dataset=event.dataset,
        person=person.id,
        channels=channels,
        title=title or made.rule.name,
        body=body,
        link=link or None,
        priority=wording.priority,
        created_at=at,
        expires_at=at + wording.expires if wording.expires is not None else None,
        event=made.document,
    )


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
