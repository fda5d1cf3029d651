"""What is to be said to whom, and what became of saying it. Outcomes are a closed set."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """States of a notification, as users see them (product.md, section 6); those that this version can reach."""

    HELD = "held"
    PENDING = "pending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    FAILED = "failed"
    EXPIRED = "expired"
    RESOLVED = "resolved"
    DEAD = "dead"


DIGEST = "digest"
"""The name under which several messages go out as one; no rule may have it."""
QUIET = "quiet hours"
RATE = "rate"
"""Why a message is held back that would arrive in them."""


class Priority(StrEnum):
    """How urgent a message is; the operator's document template says what the push service makes of it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one person, as the rules decided it. `channels` are tried in this order, none twice.

    `event` is the CloudEvents form as JSON, already cut down to what may leave the machine. Instants are aware UTC.
    """

    id: str
    rule: str
    event_id: str
    event_type: str
    dataset: str | None
    person: str
    channels: tuple[str, ...]
    title: str
    body: str
    link: str | None
    priority: Priority
    created_at: datetime
    expires_at: datetime | None
    event: bytes


def notification_id(rule: str, event: str, person: str, step: str = "") -> str:
    """`otpushd-` and 40 hex digits of SHA-256: the same message has the same id after a restart, a retry or a replay.

    At most 80 characters and never a timestamp, as OpenText advises (EASY DuplicateSubmission, opentext.md section 4).
    """
    parts = json.dumps([rule, event, person, step], separators=(",", ":"))
    return "otpushd-" + hashlib.sha256(parts.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one event alone: a template that failed, a recipient nobody knows. Never content."""

    event_id: str
    rule: str | None
    person: str | None
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """Why something was said or not: `subject` is the id of an event, a case or a notification. Never content."""

    subject: str
    rule: str | None
    person: str | None
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person as one channel reaches them; what document templates see as `recipient`."""

    address: str
    id: str
    name: str
    session: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A notification ready for a channel: everything a document template may use."""

    id: str
    title: str
    body: str
    link: str | None
    priority: Priority
    expires_at: datetime | None
    rule: str
    event: Mapping[str, Any]
    recipient: Recipient


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway took it. It says nothing about a phone."""

    detail: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not taken, as far as we know; try at `at`. `hold` asks to leave the whole channel alone until then.

    `unanswered` is true where the request may have been taken and only the answer is missing, `broken` where the
    gateway failed by itself; both are counted, because each is repeated once only before it is taken more slowly.
    """

    at: datetime
    detail: str
    hold: bool = False
    unanswered: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and no usable answer even to the one repeat: it may or may not have been taken. The end."""

    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """This channel will never take it. The next channel is tried; without one the notification is dead."""

    detail: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Its time had passed before it was sent. The end."""

    detail: str


@dataclass(frozen=True, slots=True)
class Held:
    """Not sent: `detail` is why its person is to be left alone, until then at least. It counts as no attempt."""

    until: datetime
    detail: str


Outcome = Accepted | TryAgain | Unknown | Failed | Expired | Held
