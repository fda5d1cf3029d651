"""Why something was said or was not, as far as it is known: of an event, a message, a case or a person.

Without titles, texts and addresses, and of content only what may leave the machine. Instants are aware UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from otpushd.model.case import Case
from otpushd.model.event import Event

_CALLED = "this is "
"""So begin remarks on messages that are not the first; written by pacing/say.py."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it was heard at `at`, without what is null and content that may not leave the machine; instants among
    its fields are texts. `met` and `missed` are as in model/heard.py.
    """

    at: datetime
    event: Event
    met: Mapping[str, Sequence[str]]
    missed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer to a message, or that it expired before it was sent."""

    at: datetime
    channel: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    """Why something was said or not, or what was wrong (`fault`). `subject` is the id of what it is about."""

    at: datetime
    subject: str
    rule: str | None
    person: str | None
    what: str
    fault: bool = False

    @property
    def phrase(self) -> str:
        """What it calls a message that is not the first; empty if it calls it nothing."""
        return self.what.removeprefix(_CALLED) if self.what.startswith(_CALLED) else ""


@dataclass(frozen=True, slots=True)
class Message:
    """One notification as it stands, without what it says and where it goes."""

    id: str
    rule: str
    event_id: str
    event_type: str
    dataset: str | None
    person: str
    channel: str
    channels_left: tuple[str, ...]
    priority: str
    created_at: datetime
    expires_at: datetime | None
    state: str
    due_at: datetime
    held: str | None
    case: str | None
    digest: str | None
    detail: str | None
    attempts: tuple[Attempt, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def called(self) -> Note | None:
        """The remark that says what it is, if it is not the first message of its cause."""
        return next((one for one in self.notes if one.phrase), None)

    @property
    def is_reminder(self) -> bool:
        """Whether it says again what was said."""
        return self.called is not None and self.called.phrase.startswith("reminder ")


class Result(StrEnum):
    """What a rule said of an event. A rule that cannot match, by type, dataset or one text, is not tried."""

    MATCHED = "matched"
    FAILED = "did not match"
    ELSEWHERE = "is about other types or datasets"
    NOT_TRIED = "was not tried"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's verdict; `why` there is none if it matched, and then `people` are the ids of whom it meant.

    `today`: what today's rule says, because nothing is kept of it.
    """

    rule: str
    result: Result
    why: str | None = None
    people: tuple[str, ...] = ()
    today: bool = False


@dataclass(frozen=True, slots=True)
class CaseStory:
    """What a rule had going on. `now` is the case as long as it is open, `events` what was collected in it."""

    id: str
    rule: str | None
    now: Case | None
    events: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class EventStory:
    """`kept` is None where no rule was tried on the event, or it is forgotten. `ended` is what ended because of it.

    The messages of its cases are with them.
    """

    id: str
    kept: Kept | None
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[Note, ...] = ()
    messages: tuple[Message, ...] = ()
    cases: tuple[CaseStory, ...] = ()
    ended: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageStory:
    """A message; `carrier` is the digest in which it went out, `carried` what went out in it."""

    message: Message
    event: EventStory | None
    case: CaseStory | None = None
    carrier: Message | None = None
    carried: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonStory:
    """All that concerned somebody since. `known`: there is such a person today."""

    id: str
    known: bool
    since: datetime
    messages: tuple[Message, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetStory:
    """Events in a dataset on which a rule was tried since, as they were heard. `more`: older ones are left out."""

    name: str
    since: datetime
    heard: tuple[Kept, ...]
    more: bool


Story = DatasetStory | EventStory | MessageStory | CaseStory | PersonStory
