"""What `otpushd explain` has found as lines for people. Pure; instants are in the configuration's timezone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from otpushd.cli.silence_text import words
from otpushd.explaining import SHORTEST, Explained
from otpushd.model.event import CONTENT_FIELDS
from otpushd.model.silence import Silence
from otpushd.model.story import (
    CaseStory,
    EventStory,
    Kept,
    Message,
    MessageStory,
    Note,
    PersonStory,
    Result,
    Verdict,
)
from otpushd.routing.plain import one_line, shown

LONGEST = 500
TODAY = " (by today's rules)"
OPEN, OVER = "still open", "over"


def not_found(what: str, found: Explained) -> Iterator[str]:
    """Why there is nothing to show, in sentences."""
    if found.several:
        yield f"several ids begin with {shown(what)}, write more of the one that is meant:"
        yield from found.several
        return
    yield f"nothing is known of {shown(what)}: no person is called so, and nothing that is kept has this id."
    if len(what) < SHORTEST:
        yield f"Of an id at least {SHORTEST} characters are needed."
    yield "Kept is as long as `retention` says: every message, every event that was handed in, and of the others"
    yield "those on which a rule was tried; no rule is about the types, datasets or texts of the rest."


def lines(found: Explained, zone: tzinfo) -> Iterator[str]:
    """All of it."""
    match found.story:
        case EventStory() as story:
            yield from _event(story, zone)
        case MessageStory() as story:
            yield from _message_story(story, zone)
        case CaseStory() as story:
            yield from _case(story, zone)
        case PersonStory() as story:
            yield from _person(story, zone)
    yield from (_silence(one, zone) for one in found.silences)


def _event(story: EventStory, zone: tzinfo) -> Iterator[str]:
    yield from _head(story, zone)
    if story.kept is not None:
        yield "rules"
        yield from _verdicts(story.verdicts)
    yield from _titled("notes", _notes(story.notes, zone))
    yield from _titled("it ended", _notes(story.ended, zone, subject=True))
    for case in story.cases:
        yield from _case(case, zone)
    for message in story.messages:
        yield from _message(message, zone)
    if not story.messages and not any(case.messages for case in story.cases):
        yield "no message was made of it" if not _is_going_on(story) else "no message has been made of it yet"


def _head(story: EventStory, zone: tzinfo) -> Iterator[str]:
    kept = story.kept
    if kept is None:
        yield f"event {story.id}"
        yield "  nothing is kept of the event itself: no rule was tried on it, or it is older than `retention`"
        return
    event = kept.event
    about = f" in {_plain(event.dataset)}" if event.dataset is not None else ""
    yield f"event {story.id}: {_plain(event.type)}{about}"
    yield f"  time {_at(event.time, zone)}, source {_plain(event.source)}, heard {_at(kept.at, zone)}"
    yield from (f"  {_plain(name)}: {shown(value)}" for name, value in _fields(kept))


def _fields(kept: Kept) -> Iterator[tuple[str, object]]:
    """What the event has; of its content what may leave the machine comes last."""
    data = kept.event.data
    yield from ((name, data[name]) for name in data if name not in CONTENT_FIELDS)
    yield from ((name, data[name]) for name in sorted(CONTENT_FIELDS & data.keys()))


def _verdicts(verdicts: Sequence[Verdict]) -> Iterator[str]:
    elsewhere = [one.rule for one in verdicts if one.result is Result.ELSEWHERE]
    for one in verdicts:
        label = TODAY if one.today else ""
        if one.result is Result.MATCHED:
            yield f"  {one.rule}: matched, meant {', '.join(one.people) or 'nobody'}"
        elif one.result is not Result.ELSEWHERE:
            yield f"  {one.rule}: {one.result.value}: {_plain(one.why or '')}{label}"
    if elsewhere:
        are = "is about other types or datasets" if len(elsewhere) == 1 else "are about other types or datasets"
        yield f"  {_plain(', '.join(elsewhere))} {are}{TODAY}"
    if not verdicts:
        yield "  there are none"


def _case(story: CaseStory, zone: tzinfo) -> Iterator[str]:
    rule = f" of rule {story.rule}" if story.rule is not None else ""
    yield f"case {story.id}{rule}: {OPEN if story.now is not None else OVER}"
    if story.now is not None:
        now = story.now
        told = "told nobody yet" if now.told_at is None else f"told {_at(now.told_at, zone)}"
        yield f"  opened {_at(now.opened_at, zone)}, {told}, people: {', '.join(now.people) or 'nobody'}"
        yield from (
            f"  next: {what} at {_at(at, zone)}" for what, at in sorted(now.due.items(), key=lambda one: one[1])
        )
        yield from (f"  waits for {_plain(name)}" for name in sorted(now.waits))
    if story.events:
        first, last = story.events[0], story.events[-1]
        yield f"  collected {len(story.events)} events from {_at(first.at, zone)} to {_at(last.at, zone)}"
        yield f"  the first is {first.subject}"
    yield from _notes(story.notes, zone)
    for message in story.messages:
        yield from _message(message, zone)


def _message_story(story: MessageStory, zone: tzinfo) -> Iterator[str]:
    yield from _message(story.message, zone)
    if story.carrier is not None:
        yield "it went out in"
        yield from _message(story.carrier, zone)
    if story.carried:
        yield "in it went out"
        yield from (f"  {one.id}: rule {one.rule}, of event {one.event_id}, {one.state}" for one in story.carried)
    if story.case is not None:
        yield from _case(_without_messages(story.case), zone)
    if story.event is not None:
        yield from _head(story.event, zone)
        if story.event.kept is not None:
            yield "rules"
            yield from _verdicts(story.event.verdicts)
        yield from _titled("notes", _notes(story.event.notes, zone))


def _message(one: Message, zone: tzinfo) -> Iterator[str]:
    yield f"notification {one.id}"
    about = f", {one.event_type}" + (f" in {_plain(one.dataset)}" if one.dataset is not None else "")
    yield f"  rule {one.rule}, to {one.person}{about}, priority {one.priority}: {_state(one, zone)}"
    happened = [(one.created_at, f"made of event {one.event_id} for {_channels(one)}")]
    happened += [(note.at, _note(note, subject=False)) for note in one.notes]
    happened += [(each.at, f"{each.channel}: {each.state}, {_plain(each.detail)}") for each in one.attempts]
    yield from (f"  {_at(at, zone)}  {what}" for at, what in sorted(happened, key=lambda each: each[0]))
    if one.expires_at is not None:
        yield f"  {_at(one.expires_at, zone)}  expires"


def _channels(one: Message) -> str:
    return ", ".join([one.channel, *one.channels_left])


def _state(one: Message, zone: tzinfo) -> str:
    if one.digest is not None:
        return f"{one.state}, in digest {one.digest}"
    if one.state == "held":
        return f"held back until {_at(one.due_at, zone)} at least: {_plain(one.held or '')}"
    if one.state == "pending":
        return f"pending, next attempt at {_at(one.due_at, zone)}"
    return one.state


def _person(story: PersonStory, zone: tzinfo) -> Iterator[str]:
    today = "" if story.known else " (nobody of that name today)"
    yield f"person {_plain(story.id)}{today}, since {_at(story.since, zone)}"
    ids = {one.id for one in story.messages}
    happened = [(one.created_at, list(_message(one, zone))) for one in story.messages]
    happened += [(one.at, list(_notes([one], zone, subject=True))) for one in story.notes if one.subject not in ids]
    for _, some in sorted(happened, key=lambda one: one[0]):
        yield from some
    if not happened:
        yield "nothing was made for them, held back or left out"


def _notes(notes: Iterable[Note], zone: tzinfo, *, subject: bool = False) -> Iterator[str]:
    return (f"  {_at(one.at, zone)}  {_note(one, subject=subject)}" for one in notes)


def _note(one: Note, *, subject: bool) -> str:
    who = [f"rule {one.rule}"] if one.rule is not None else []
    who += [one.person] if one.person is not None else []
    about = f" ({one.subject})" if subject else ""
    fault = "fault: " if one.fault else ""
    return f"{', '.join(map(_plain, who))}{': ' if who else ''}{fault}{_plain(one.what)}{about}"


def _titled(title: str, some: Iterable[str]) -> Iterator[str]:
    found = list(some)
    yield from [title, *found] if found else []


def _silence(one: Silence, zone: tzinfo) -> str:
    return f"silence {one.id}: {words(one.scope)}; until {_at(one.ends, zone)}; by {one.author}: {one.reason}"


def _is_going_on(story: EventStory) -> bool:
    return any(case.now is not None for case in story.cases)


def _without_messages(case: CaseStory) -> CaseStory:
    return CaseStory(case.id, case.rule, case.now, case.events, case.notes)


def _at(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def _plain(text: str) -> str:
    return one_line(text, LONGEST)
