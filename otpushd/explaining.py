"""Why something was said or was not: what is kept of an event, a message, a case or a person, put together to a story.

Reads the store beside a daemon or without one. Today's rules are asked only about what no rule was tried on then, and
what they say is marked as such.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from otpushd.check import check
from otpushd.config.load import find_store
from otpushd.files.duration import parse_duration, parse_instant
from otpushd.files.problem import Severity
from otpushd.model.delivery import DIGEST
from otpushd.model.event import CONTENT_FIELDS, Event
from otpushd.model.glob import fits
from otpushd.model.people import People
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
    Story,
    Verdict,
)
from otpushd.routing.rule import Rule
from otpushd.routing.why_not import why_not
from otpushd.store import explaining as store
from otpushd.store import silence as silences
from otpushd.store.beside import NotReadable, reading
from otpushd.store.explaining import COLLECTED
from otpushd.store.heard import kept as kept_event
from otpushd.store.heard import newest
from otpushd.store.opening import Database

SHORTEST = 8
"""So much of an id has to be given."""
MOST_HEARD = 200
"""So many events of a dataset are shown."""
DAY = timedelta(days=1)
NOT_THEN = "it has been added or changed since"
NOT_KEPT = "it looks at content, which is not kept"
_HOLD = "silence "


class Refused(Exception):
    """Nothing can be explained; `reasons` says why, a line each."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Today:
    """What the files say now, as far as they can be read. `problems` is how many keep them from being read whole."""

    rules: tuple[Rule, ...] = ()
    people: People = field(default_factory=People)
    expose: tuple[str, ...] = ()
    zone: tzinfo = UTC
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained; `since` is a duration or an instant. With `type`, a glob, or `example`, of some dataset
    what fits them.
    """

    what: str
    since: str | None = None
    type: str | None = None
    example: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether only a dataset can be meant."""
        return self.type is not None or self.example is not None

    def wants(self, event: Event) -> bool:
        """Whether an event belongs to what is asked of a dataset."""
        return (
            event.dataset == self.what
            and (self.type is None or fits(event.type, self.type))
            and (self.example is None or event.data.get("example") == self.example)
        )


@dataclass(frozen=True, slots=True)
class Explained:
    """The story, with the silences that it names; None where nothing is kept. `several` ids begin like that."""

    story: Story | None
    silences: tuple[Silence, ...] = ()
    several: tuple[str, ...] = ()


def today(path: Path, environ: Mapping[str, str]) -> Today:
    """What the configuration, the people and the rules say now; less where they are wrong. Runs no rule tests."""
    checked = check(path, environ, unreadable_secret=Severity.WARNING)
    errors = sum(one.severity is Severity.ERROR for one in checked.problems)
    rules = tuple([rule for file in checked.rule_files for rule in file.rules])
    known, config = checked.known, checked.config
    zone = UTC if config is None else config.settings.timezone
    return Today(rules, known.people or People(), known.expose, zone, errors)


def explain(path: Path, environ: Mapping[str, str], asked: Asked, now: Today, at: datetime) -> Explained:
    """Explain a person (by id or session), an event, a message or a case (each by its id, or 8 and more characters that
    only it begins with), or a dataset, in this order; a person and a dataset since a duration before `at`, or an
    instant, a day unless said.

    Raises Refused where the store cannot be read, or `since` is neither.
    """
    location, problems = find_store(path, environ)
    if location is None:
        raise Refused(*map(str, problems))
    since = _since(asked.since, at, now.zone)
    try:
        with reading(location.url, location.secrets, "explain") as database:
            found = Explained(None) if asked.narrows else _explained(database, asked.what, since, now)
            story = None if found.story or found.several else _of_dataset(database, asked, since)
            return found if story is None else Explained(story)
    except NotReadable as error:
        raise Refused(str(error)) from None


def _explained(database: Database, what: str, since: datetime, now: Today) -> Explained:
    person = now.people.named(what)
    if person is not None:
        return _with_silences(database, _of_person(database, person.id, since, known=True))
    ids = store.ids_like(database, what, whole=True) if what else []
    if not ids and len(what) >= SHORTEST:
        ids = store.ids_like(database, what, whole=False)
    if len(ids) > 1:
        return Explained(None, several=tuple(ids))
    story = _of_id(database, ids[0], now) if ids else _of_trace(database, what, now)
    if story is None and what:
        found = _of_person(database, what, since, known=False)
        story = found if found.messages or found.notes else None
    return Explained(None) if story is None else _with_silences(database, story)


def _of_dataset(database: Database, asked: Asked, since: datetime) -> DatasetStory | None:
    found = newest(database, since, asked.wants, MOST_HEARD + 1)
    more = len(found) > MOST_HEARD
    return DatasetStory(asked.what, since, tuple(found[more:]), more) if found else None


def _of_id(database: Database, id: str, now: Today) -> Story:
    found = store.messages(database, "id", id)
    if found:
        return _of_message(database, found[0], now)
    if store.is_event(database, id) or store.ended_by(database, id):
        return _of_event(database, id, now)
    return _of_case(database, id)


def _of_trace(database: Database, id: str, now: Today) -> Story | None:
    """What is only named in what is kept of others: a group that is over, an event that only ended something."""
    if not id:
        return None
    if store.collected(database, id):
        return _of_case(database, id)
    return _of_event(database, id, now) if store.ended_by(database, id) else None


def _of_event(database: Database, id: str, now: Today) -> EventStory:
    kept, notes, messages = (
        kept_event(database, id),
        store.notes(database, id),
        store.messages(database, "event_id", id),
    )
    named = [one.what.removeprefix(COLLECTED) for one in notes if one.what.startswith(COLLECTED)]
    named += [one.case for one in messages if one.case is not None]
    cases = tuple([_of_case(database, case) for case in dict.fromkeys(named)])
    theirs = {one.id for case in cases for one in case.messages}
    verdicts = tuple(_verdicts(kept, now)) if kept is not None else ()
    own = tuple([one for one in messages if one.id not in theirs])
    return EventStory(id, kept, verdicts, tuple(notes), own, cases, tuple(store.ended_by(database, id)))


def _of_case(database: Database, id: str) -> CaseStory:
    now, events, notes = store.open_case(database, id), store.collected(database, id), store.notes(database, id)
    messages = {one.id: one for one in store.messages(database, "case_id", id)}
    rule = next((one.rule for one in (*([now] if now else ()), *events, *messages.values(), *notes)), None)
    if events:  # a group that opens nothing leaves its id in no message; they are about its first event
        about = store.messages(database, "event_id", events[0].subject)
        messages |= {one.id: one for one in about if one.rule == rule and one.case in (None, id)}
    return CaseStory(id, rule, now, tuple(events), tuple(notes), tuple(messages.values()))


def _of_message(database: Database, one: Message, now: Today) -> MessageStory:
    carrier = store.messages(database, "id", one.digest) if one.digest is not None else []
    carried = store.messages(database, "digest", one.id) if one.rule == DIGEST else []
    if one.rule == DIGEST:
        return MessageStory(one, None, carried=tuple(carried))
    event = _of_event(database, one.event_id, now)
    case = next((case for case in event.cases if one.id in {each.id for each in case.messages}), None)
    return MessageStory(one, event, case, carrier[0] if carrier else None)


def _of_person(database: Database, person: str, since: datetime, *, known: bool) -> PersonStory:
    messages, notes = store.messages_to(database, person, since), store.notes_to(database, person, since)
    return PersonStory(person, known, since, tuple(messages), tuple(notes))


def _verdicts(kept: Kept, now: Today) -> Iterator[Verdict]:
    for rule, people in kept.met.items():
        yield Verdict(rule, Result.MATCHED, people=tuple(people))
    for rule, why in kept.missed.items():
        yield Verdict(rule, Result.FAILED, why)
    data = {name: value for name, value in kept.event.data.items() if name not in CONTENT_FIELDS}
    event = replace(kept.event, data=data)
    for one in now.rules:
        if one.name not in kept.met and one.name not in kept.missed:
            yield _verdict_today(one, event, now.expose)


def _verdict_today(rule: Rule, event: Event, expose: Sequence[str]) -> Verdict:
    why = why_not(rule, event, expose) or ""
    if why.startswith(("on: ", "datasets: ")):
        return Verdict(rule.name, Result.ELSEWHERE, why, today=True)
    field = next((one.field.split(".")[0] for one in rule.matchers if not one.holds(event)), None)
    if field is None:
        why = NOT_THEN
    elif field in CONTENT_FIELDS:
        why = NOT_KEPT
    return Verdict(rule.name, Result.NOT_TRIED, why, today=True)


def _with_silences(database: Database, story: Story) -> Explained:
    names = dict.fromkeys(_holds(story))
    found = [silences.find(database, name) for name in names]
    return Explained(story, tuple([one for one in found if one is not None]))


def _holds(story: Story) -> Iterator[str]:
    """The ids of the silences that a story names."""
    for one in _messages_in(story):
        texts = [one.held or "", *(note.what.removeprefix("held back: ") for note in one.notes)]
        yield from (text.removeprefix(_HOLD) for text in texts if text.startswith(_HOLD))


def _messages_in(story: Story) -> Iterable[Message]:
    match story:
        case DatasetStory():
            return []
        case MessageStory():
            return [story.message]
        case EventStory():
            return [*story.messages, *(one for case in story.cases for one in case.messages)]
        case _:
            return story.messages


def _since(text: str | None, at: datetime, zone: tzinfo) -> datetime:
    """A duration before `at`, or an instant. Raises Refused."""
    if text is None:
        return at - DAY
    try:
        return at - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        return parse_instant(text, zone)
    except ValueError:
        raise Refused(f"--since: {text!r} is neither a duration, such as 2h or 7d, nor an instant") from None
