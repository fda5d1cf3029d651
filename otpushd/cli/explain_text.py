"""What `otpushd explain` has found as lines for people. Pure; instants are in the configuration's timezone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from otpushd.cli.explain_dataset import dataset
from otpushd.cli.explain_message import local, message, messages, notes, plain
from otpushd.cli.silence_text import words
from otpushd.explaining import SHORTEST, Asked, Explained
from otpushd.model.event import CONTENT_FIELDS
from otpushd.model.silence import Silence
from otpushd.model.story import (
    CaseStory,
    DatasetStory,
    EventStory,
    Kept,
    Message,
    MessageStory,
    PersonStory,
    Result,
    Verdict,
)
from otpushd.routing.plain import shown

TODAY = " (by today's rules)"
OPEN, OVER = "still open", "over"


def not_found(asked: Asked, found: Explained) -> Iterator[str]:
    """Why there is nothing to show, in sentences."""
    what = shown(asked.what)
    if found.several:
        yield f"several ids begin with {what}, write more of the one that is meant:"
        yield from found.several
        return
    if asked.narrows:
        yield f"no event of dataset {what} that fits was heard since then."
    else:
        yield f"nothing is known of {what}: no person is called so, nothing that is kept has this id, and of no dataset"
        yield "of this name an event was heard since then (see `--since`)."
        if len(asked.what) < SHORTEST:
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
        case DatasetStory() as story:
            yield from dataset(story, zone)
    yield from (_silence(one, zone) for one in found.silences)


def _event(story: EventStory, zone: tzinfo) -> Iterator[str]:
    yield from _head(story, zone)
    if story.kept is not None:
        yield "rules"
        yield from _verdicts(story.verdicts)
    yield from _titled("notes", notes(story.notes, zone))
    yield from _titled("it ended", notes(story.ended, zone, subject=True))
    for case in story.cases:
        yield from _case(case, zone)
    yield from _blocks(story.messages, zone)
    if not story.messages and not any(case.messages for case in story.cases):
        yield "no message was made of it" if not _is_going_on(story) else "no message has been made of it yet"


def _head(story: EventStory, zone: tzinfo) -> Iterator[str]:
    kept = story.kept
    if kept is None:
        yield f"event {story.id}"
        yield "  nothing is kept of the event itself: no rule was tried on it, or it is older than `retention`"
        return
    event = kept.event
    about = f" in {plain(event.dataset)}" if event.dataset is not None else ""
    yield f"event {story.id}: {plain(event.type)}{about}"
    yield f"  time {local(event.time, zone)}, source {plain(event.source)}, heard {local(kept.at, zone)}"
    yield from (f"  {plain(name)}: {shown(value)}" for name, value in _fields(kept))


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
            yield f"  {one.rule}: {one.result.value}: {plain(one.why or '')}{label}"
    if elsewhere:
        are = "is about other types or datasets" if len(elsewhere) == 1 else "are about other types or datasets"
        yield f"  {plain(', '.join(elsewhere))} {are}{TODAY}"
    if not verdicts:
        yield "  there are none"


def _case(story: CaseStory, zone: tzinfo) -> Iterator[str]:
    rule = f" of rule {story.rule}" if story.rule is not None else ""
    yield f"case {story.id}{rule}: {OPEN if story.now is not None else OVER}"
    if story.now is not None:
        now = story.now
        told = "told nobody yet" if now.told_at is None else f"told {local(now.told_at, zone)}"
        yield f"  opened {local(now.opened_at, zone)}, {told}, people: {', '.join(now.people) or 'nobody'}"
        yield from (
            f"  next: {what} at {local(at, zone)}" for what, at in sorted(now.due.items(), key=lambda one: one[1])
        )
        yield from (f"  waits for {plain(name)}" for name in sorted(now.waits))
    if story.events:
        first, last = story.events[0], story.events[-1]
        yield f"  collected {len(story.events)} events from {local(first.at, zone)} to {local(last.at, zone)}"
        yield f"  the first is {first.subject}"
    yield from notes(story.notes, zone)
    yield from _blocks(story.messages, zone)


def _message_story(story: MessageStory, zone: tzinfo) -> Iterator[str]:
    yield from message(story.message, zone)
    if story.carrier is not None:
        yield "it went out in"
        yield from message(story.carrier, zone)
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
        yield from _titled("notes", notes(story.event.notes, zone))


def _person(story: PersonStory, zone: tzinfo) -> Iterator[str]:
    today = "" if story.known else " (nobody of that name today)"
    yield f"person {plain(story.id)}{today}, since {local(story.since, zone)}"
    ids = {one.id for one in story.messages}
    happened = list(messages(story.messages, zone))
    happened += [(one.at, notes([one], zone, subject=True)) for one in story.notes if one.subject not in ids]
    for _, some in sorted(happened, key=lambda one: one[0]):
        yield from some
    if not happened:
        yield "nothing was made for them, held back or left out"


def _blocks(some: Sequence[Message], zone: tzinfo) -> Iterator[str]:
    return (line for _, block in messages(some, zone) for line in block)


def _titled(title: str, some: Iterable[str]) -> Iterator[str]:
    found = list(some)
    yield from [title, *found] if found else []


def _silence(one: Silence, zone: tzinfo) -> str:
    return f"silence {one.id}: {words(one.scope)}; until {local(one.ends, zone)}; by {one.author}: {one.reason}"


def _is_going_on(story: EventStory) -> bool:
    return any(case.now is not None for case in story.cases)


def _without_messages(case: CaseStory) -> CaseStory:
    return CaseStory(case.id, case.rule, case.now, case.events, case.notes)
