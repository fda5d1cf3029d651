"""The outbox: notifications to be sent. Claimed with a lease in one statement, settled only by whoever still holds it.

There is no state "sending": a claim puts off `due_at` to the end of its lease, so that one whose holder did not live to
settle it simply becomes due again, or is taken back (presence.py).
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import peewee

from otpushd.model.case import Letter
from otpushd.model.delivery import (
    DIGEST,
    Accepted,
    Expired,
    Failed,
    Held,
    Notification,
    Outcome,
    Priority,
    State,
    TryAgain,
    Unknown,
)
from otpushd.model.instants import from_micros, to_micros
from otpushd.store.sql import many, marks, rows

MESSAGE = """id, rule, event_id, event_type, dataset, person, channel, channels_left, title, body, link, priority,
  event, created_at, expires_at"""
ADD = f"""
INSERT INTO notification (
  {MESSAGE}, claims, attempts, unanswered, broken, state, due_at, channel_since, held, case_id, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""  # noqa: S608 - a list of columns
CLAIM = f"""
WITH first AS MATERIALIZED (
  SELECT id FROM notification WHERE state = 'pending' AND channel = ? AND due_at <= ? ORDER BY due_at LIMIT ?
  /* FOR UPDATE SKIP LOCKED */)
UPDATE notification SET claimed_by = ?, due_at = ?, claims = claims + 1, attempts = attempts + 1
WHERE id IN (SELECT id FROM first)
RETURNING {MESSAGE}, claims, attempts, unanswered, broken, channel_since
"""  # noqa: S608 - a list of columns
STANDS = "id = ? AND claims = ? AND claimed_by IS NOT NULL AND state = 'pending'"
CARRIER_STANDS = (
    STANDS.replace("id =", "carrier.id =").replace("AND c", "AND carrier.c").replace("AND s", "AND carrier.s")
)
JOURNAL = f"""
INSERT INTO transition (notification, claim, at, channel, state, detail)
SELECT id, claims, ?, channel, ?, ? FROM notification WHERE {STANDS} /* FOR UPDATE */
ON CONFLICT (notification, claim) DO NOTHING
"""  # noqa: S608 - a condition
SETTLE = f"""
UPDATE notification SET state = ?, due_at = ?, detail = ?, channel = ?, channels_left = ?, attempts = ?,
  unanswered = ?, broken = ?, channel_since = ?, held = ?, claimed_by = NULL
WHERE {STANDS}
"""  # noqa: S608 - a condition
CARRY = f"""
UPDATE notification SET state = ?, detail = ?
WHERE digest = ? AND state = 'held' AND EXISTS (SELECT 1 FROM notification AS carrier WHERE {CARRIER_STANDS})
"""  # noqa: S608 - a condition
ENDS = frozenset({State.ACCEPTED, State.UNKNOWN, State.EXPIRED, State.DEAD})
"""Then what went out in a digest has come to the same end."""
DISOWN = """
UPDATE notification SET claimed_by = NULL, due_at = channel_since
WHERE state = 'pending' AND claimed_by = ? AND id NOT IN ({known})
RETURNING id
"""
NEXT = """
SELECT channel, due_at FROM notification WHERE state = 'pending' AND channel > ? ORDER BY channel, due_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A notification that is ours to send until the lease ends. `number` grows with every claim and fences settling.

    `attempts` counts tries on this channel, this one included; `unanswered` and `broken` the earlier ones of that kind;
    `since` is when this channel's turn began.
    """

    notification: Notification
    channel: str
    number: int
    attempts: int
    unanswered: int
    broken: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claim at `at`: an outcome of sending it, or why it was not sent."""

    claim: Claim
    outcome: Outcome
    at: datetime

    @property
    def state(self) -> State:
        """The state that the journal records; after `failed` the notification itself is pending on its next channel."""
        match self.outcome:
            case Accepted():
                return State.ACCEPTED
            case TryAgain():
                return State.PENDING
            case Unknown():
                return State.UNKNOWN
            case Expired():
                return State.EXPIRED
            case Failed():
                return State.FAILED if self.claim.notification.channels[1:] else State.DEAD
            case Held():  # a digest waits by itself: one among others would be a digest of digests
                return State.PENDING if self.claim.notification.rule == DIGEST else State.HELD


def add(database: peewee.Database, notifications: Iterable[Notification]) -> None:
    """Put notifications into the outbox, due at once; those that are there already stay as they are."""
    due = ((one, to_micros(one.created_at)) for one in notifications)
    many(database, ADD, [(*_row(one), State.PENDING.value, at, at, None, None, None) for one, at in due])


def add_letters(database: peewee.Database, letters: Iterable[Letter]) -> None:
    """The same with where each stands. Opens no transaction."""
    many(database, ADD, [(*_row(one.notification), *_standing(one)) for one in letters])


def claim(
    database: peewee.Database, channel: str, holder: str, now: datetime, lease_until: datetime, limit: int
) -> list[Claim]:
    """Claim up to `limit` notifications that are due on `channel`. One statement, committed when it returns."""
    values = (channel, to_micros(now), limit, holder, to_micros(lease_until))
    return [_claim(row) for row in rows(database, CLAIM, values)]


def settle(database: peewee.Database, settlements: Sequence[Settlement]) -> None:
    """Record outcomes, all in one commit, each only if its claim still stands."""
    with database.atomic():
        many(database, JOURNAL, [_journal(one) for one in settlements])
        ended = [one for one in settlements if one.claim.notification.rule == DIGEST and one.state in ENDS]
        many(database, CARRY, [(one.state.value, one.outcome.detail, _fence(one)[0], *_fence(one)) for one in ended])
        many(database, SETTLE, [(*_turn(one), *_fence(one)) for one in settlements])


def disown(database: peewee.Database, holder: str, known: Collection[str]) -> int:
    """Give up the holder's own claims but the `known` ones, and say how many there were.

    Of a claim whose answer was lost with the connection to the store nobody knows whether it was made.
    """
    return len(rows(database, DISOWN.format(known=marks(len(known)) or "''"), (holder, *known)))


def next_due(database: peewee.Database) -> dict[str, datetime]:
    """For each channel with something pending, when the earliest of it is to be tried; one look into the index each."""
    earliest: dict[str, datetime] = {}
    channel = ""
    while found := rows(database, NEXT, (channel,)):
        channel, due = found[0]
        earliest[channel] = from_micros(due)
    return earliest


def _row(one: Notification) -> tuple[object, ...]:
    channel, *left = one.channels
    created = to_micros(one.created_at)
    return (
        *(one.id, one.rule, one.event_id, one.event_type, one.dataset, one.person, channel, json.dumps(left)),
        *(one.title, one.body, one.link, one.priority.value, one.event, created, to_micros(one.expires_at)),
    )


def _standing(one: Letter) -> tuple[object, ...]:
    due = to_micros(one.due_at)
    return one.state.value, due, due, one.held, one.case, one.digest


def message_of(row: Sequence[Any]) -> Notification:
    """The notification of a row that begins with the columns of MESSAGE."""
    number, rule, event_id, event_type, dataset, person, channel, left, title, body, link, priority, event, *rest = row
    created, expires = rest[:2]
    return Notification(
        id=number,
        rule=rule,
        event_id=event_id,
        event_type=event_type,
        dataset=dataset,
        person=person,
        channels=(channel, *json.loads(left)),
        title=title,
        body=body,
        link=link,
        priority=Priority(priority),
        created_at=from_micros(created),
        expires_at=from_micros(expires),
        event=bytes(event),
    )


def _claim(row: tuple[Any, ...]) -> Claim:
    notification, (claims, attempts, unanswered, broken, since) = message_of(row), row[15:]
    return Claim(notification, notification.channels[0], claims, attempts, unanswered, broken, from_micros(since))


class _Turn(NamedTuple):
    """The columns that SETTLE writes, in its order."""

    state: str
    due_at: int
    detail: str
    channel: str
    channels_left: str
    attempts: int
    unanswered: int
    broken: int
    channel_since: int
    held: str | None


def _turn(one: Settlement) -> _Turn:
    claim, outcome, at = one.claim, one.outcome, to_micros(one.at)
    channel, *left = claim.notification.channels
    if one.state is State.FAILED:
        channel, *left = left
        return _Turn(State.PENDING.value, at, outcome.detail, channel, json.dumps(left), 0, 0, 0, at, None)
    if isinstance(outcome, Held):  # its turn begins when it may go, so that it is not given up for having waited
        due, attempts = to_micros(outcome.until), claim.attempts - 1
        held = outcome.detail if one.state is State.HELD else None
        counts = (attempts, claim.unanswered, claim.broken, due, held)
        return _Turn(one.state.value, due, outcome.detail, channel, json.dumps(left), *counts)
    due, unanswered, broken = at, claim.unanswered, claim.broken
    if isinstance(outcome, TryAgain):
        due, unanswered, broken = to_micros(outcome.at), unanswered + outcome.unanswered, broken + outcome.broken
    tried = (claim.attempts, unanswered, broken, to_micros(claim.since), None)
    return _Turn(one.state.value, due, outcome.detail, channel, json.dumps(left), *tried)


def _journal(one: Settlement) -> tuple[object, ...]:
    return to_micros(one.at), one.state.value, one.outcome.detail, *_fence(one)


def _fence(one: Settlement) -> tuple[str, int]:
    return one.claim.notification.id, one.claim.number
