"""What was held back for somebody and may go now: one message as itself, several as one digest.

What expired or was resolved meanwhile is left out and counted; where nothing else is left, nothing is said.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from otpushd.model.case import Letter
from otpushd.model.cases import Cases
from otpushd.model.delivery import DIGEST, Notification, Priority, State, notification_id
from otpushd.pacing.admit import Hindrance, own_hindrance, quiet_hours, spend, too_many
from otpushd.routing.route import Rulebook

MOST_TITLES = 10
EXPIRED, RESOLVED = "expired", "was resolved"
_URGENCY = list(Priority)


def release(book: Rulebook, cases: Cases, person: str, now: datetime) -> None:
    """Let go of what is due for somebody, or hold it back further."""
    living, over, quiet = list[Letter](), list[Letter](), list[tuple[Letter, Hindrance]]()
    for letter in cases.held_for(person, now):
        expires = letter.notification.expires_at
        if hindrance := own_hindrance(book, cases, letter.notification, now):
            _hold(cases, [letter], hindrance)
        elif letter.state is not State.HELD or (expires is not None and expires <= now):
            over.append(letter)
        elif hindrance := quiet_hours(book, letter.notification, now):
            quiet.append((letter, hindrance))
        else:
            living.append(letter)
    if quiet:  # what is critical passes, and takes nothing else along
        _hold(cases, [*(letter for letter, _ in quiet), *(() if living else over)], quiet[0][1])
        over = over if living else []
    if not living:
        _leave_out(cases, over, now)
        return
    out = _alone(living[0], over) if len(living) == 1 else _digest(living, over, now)
    hindrance = too_many(book, cases, out, now)
    if hindrance is not None:
        _hold(cases, [*living, *over], hindrance)
        return
    _leave_out(cases, over, now)
    spend(book, cases, out, now)
    if len(living) == 1:
        letter = living[0]
        letter.notification, letter.state, letter.held, letter.due_at = out, State.PENDING, None, now
        cases.write(letter)
        return
    cases.write(Letter(out, State.PENDING, now))
    for letter in living:
        letter.held, letter.digest = None, out.id
        cases.write(letter)
        cases.remark(letter.notification.id, letter.notification.rule, person, f"goes out in {out.id}", now)


def _hold(cases: Cases, letters: Sequence[Letter], hindrance: Hindrance) -> None:
    for letter in letters:
        letter.held, letter.due_at = hindrance
        cases.write(letter)


def _leave_out(cases: Cases, over: Sequence[Letter], now: datetime) -> None:
    for letter in over:
        one = letter.notification
        if letter.state is State.HELD:
            letter.state = State.EXPIRED
            cases.remark(one.id, one.rule, one.person, "expired while it was held back", now)
        letter.held = None
        cases.write(letter)


def _alone(letter: Letter, over: Sequence[Letter]) -> Notification:
    """The one message that is left, which says also how many are not."""
    one = letter.notification
    return replace(one, body="\n".join(filter(None, [one.body, *_gone(_counted(over))]))) if over else one


def _counted(over: Sequence[Letter]) -> Counter[str]:
    return Counter(RESOLVED if letter.state is State.RESOLVED else EXPIRED for letter in over)


def _digest(living: Sequence[Letter], over: Sequence[Letter], now: datetime) -> Notification:
    """One message for several: what each of them is called, and how many are missing because they are over."""
    messages = [letter.notification for letter in living]
    gone = _counted(over)
    first = max(messages, key=lambda one: _URGENCY.index(one.priority))
    channels = tuple(dict.fromkeys(name for one in (first, *messages) for name in one.channels))
    ends = [one.expires_at for one in messages]
    number = notification_id(DIGEST, messages[0].id, first.person, f"{len(messages)} {now.isoformat()}")
    document = {
        "specversion": "1.0",
        "id": number,
        "source": "otpushd",
        "type": "otpushd.digest",
        "time": now.isoformat().replace("+00:00", "Z"),
        "data": {
            "count": len(messages),
            "expired": gone[EXPIRED],
            "resolved": gone[RESOLVED],
            "messages": [{"rule": one.rule, "title": one.title} for one in messages],
        },
    }
    return replace(
        first,
        id=number,
        rule=DIGEST,
        event_id=number,
        event_type="otpushd.digest",
        dataset=None,
        channels=channels,
        title=f"{len(messages)} messages held back for you",
        body="\n".join([*_titles(messages), *_gone(gone)]),
        link=None,
        created_at=now,
        expires_at=None if None in ends else max(end for end in ends if end is not None),
        event=json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def _titles(messages: Sequence[Notification]) -> list[str]:
    counts = Counter(one.title for one in messages)
    shown = [title if count == 1 else f"{title} ({count} times)" for title, count in counts.items()]
    if len(shown) > MOST_TITLES:
        return [*shown[:MOST_TITLES], f"and {len(shown) - MOST_TITLES} more"]
    return shown


def _gone(gone: Counter[str]) -> list[str]:
    """How many are not among them, and why."""
    known = [(what, gone[what]) for what in (EXPIRED, RESOLVED) if gone[what]]
    parts = [f"{count} {what if count == 1 else what.replace('was ', 'were ')}" for what, count in known]
    return [f"Meanwhile {' and '.join(parts)}."] if parts else []
