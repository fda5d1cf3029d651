"""Messages and remarks of what `otpushd explain` has found as lines for people. Pure; instants are in the zone given.

Of many reminders of one cause to one person only the first and the last are shown; the rest is counted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from otpushd.model.story import Message, Note
from otpushd.routing.plain import one_line

LONGEST = 500
FIRST, LAST = 1, 2
"""So many reminders are shown at either end."""
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)(?![\w:])")


def messages(some: Sequence[Message], zone: tzinfo) -> Iterator[tuple[datetime, Iterable[str]]]:
    """Messages in their order, each with when it was made; of reminders that are not shown, one line for all of them.

    `some` are as they were made.
    """
    causes: dict[tuple[str, str, str], list[Message]] = {}
    for one in some:
        if one.is_reminder:
            causes.setdefault((one.rule, one.case or one.event_id, one.person), []).append(one)
    lefts = [found[FIRST:-LAST] for found in causes.values()]
    summaries = {left[0].id: _summary(left, zone) for left in lefts if left}
    left_out = {one.id for left in lefts for one in left}
    for one in some:
        if one.id in summaries:
            yield one.created_at, [summaries[one.id]]
        elif one.id not in left_out:
            yield one.created_at, message(one, zone)


def _summary(left: Sequence[Message], zone: tzinfo) -> str:
    first, last, count = left[0], left[-1], len(left)
    states = ", ".join(f"{number} {state}" for state, number in Counter(one.state for one in left).items())
    what = f"{count} more reminder{'s' if count != 1 else ''} of rule {first.rule} to {first.person}"
    return f"… {what}, from {local(first.created_at, zone)} to {local(last.created_at, zone)}: {states}"


def message(one: Message, zone: tzinfo) -> Iterator[str]:
    """One message, what it is called if it is not the first, and all that happened to it."""
    called = one.called
    yield f"notification {one.id}" + (f": {plain(called.phrase)}" if called is not None else "")
    about = f", {one.event_type}" + (f" in {plain(one.dataset)}" if one.dataset is not None else "")
    yield f"  rule {one.rule}, to {one.person}{about}, priority {one.priority}: {_state(one, zone)}"
    happened = [(one.created_at, f"made of event {one.event_id} for {_channels(one)}")]
    happened += [(each.at, note(each, zone, subject=False)) for each in one.notes if each is not called]
    happened += [(each.at, f"{each.channel}: {each.state}, {plain(each.detail)}") for each in one.attempts]
    yield from (f"  {local(at, zone)}  {what}" for at, what in sorted(happened, key=lambda each: each[0]))
    if one.expires_at is not None:
        yield f"  {local(one.expires_at, zone)}  expires"


def notes(some: Iterable[Note], zone: tzinfo, *, subject: bool = False) -> Iterator[str]:
    """A line for each remark, with the id of what it is about if it does not stand with that."""
    return (f"  {local(one.at, zone)}  {note(one, zone, subject=subject)}" for one in some)


def note(one: Note, zone: tzinfo, *, subject: bool) -> str:
    """Whom a remark is about, and what it says."""
    who = [f"rule {one.rule}"] if one.rule is not None else []
    who += [one.person] if one.person is not None else []
    about = f" ({one.subject})" if subject else ""
    fault = "fault: " if one.fault else ""
    what = plain(_INSTANT.sub(lambda found: _as_local(found[0], zone), one.what))
    return f"{', '.join(map(plain, who))}{': ' if who else ''}{fault}{what}{about}"


def local(at: datetime, zone: tzinfo) -> str:
    """To the second, with the zone's name."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def plain(text: str) -> str:
    """In one line that cannot move the cursor."""
    return one_line(text, LONGEST)


def _as_local(text: str, zone: tzinfo) -> str:
    try:
        return local(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):  # only written like one
        return text


def _channels(one: Message) -> str:
    return ", ".join([one.channel, *one.channels_left])


def _state(one: Message, zone: tzinfo) -> str:
    if one.digest is not None:
        return f"{one.state}, in digest {one.digest}"
    if one.state == "held":
        return f"held back until {local(one.due_at, zone)} at least: {plain(one.held or '')}"
    if one.state == "pending":
        return f"pending, next attempt at {local(one.due_at, zone)}"
    return one.state
