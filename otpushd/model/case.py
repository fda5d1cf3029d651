"""What a rule has going on: a group of events that is still gathering, or something told that may not be over yet."""

from dataclasses import dataclass, field
from datetime import datetime

from otpushd.model.delivery import Notification, State
from otpushd.model.event import Event
from otpushd.model.figures import Figures

CLOSE = "close"
REMIND = "remind"
SAID = "said"
"""Among what is over: that the first is, was said."""


@dataclass(slots=True)
class Case:
    """One thing of one rule (or mute) and key, begun by `trigger`, the first event.

    `due` has when what is to happen: CLOSE, REMIND, or the name of an escalation's step. It is told at `told_at`, None
    while it gathers; `people` are the ids of those meant so far, in order. `waits` are the listeners that may end it or
    a part of it, with what they are found by; those that have heard already are `over`. `rest` has by listener what the
    ends of the further events of a group are found by. `document` is the trigger as CloudEvents JSON, already cut down
    to what may leave the machine.
    """

    id: str
    rule: str
    key: str
    trigger: Event
    document: bytes
    opened_at: datetime
    figures: Figures = field(default_factory=Figures)
    people: list[str] = field(default_factory=list)
    told_at: datetime | None = None
    due: dict[str, datetime] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)
    over: list[str] = field(default_factory=list)
    rest: dict[str, list[str]] = field(default_factory=dict)
    reminded: int = 0

    @property
    def next_at(self) -> datetime | None:
        """When it next has something to do."""
        return min(self.due.values(), default=None)

    @property
    def found_by(self) -> list[tuple[str, str]]:
        """The pairs of listener and join under which it waits."""
        rest = [(listener, join) for listener, joins in self.rest.items() for join in joins if join]
        return list(dict.fromkeys([*self.waits.items(), *rest]))

    @property
    def gathers(self) -> bool:
        """Whether further events of its key belong to it."""
        return CLOSE in self.due


@dataclass(slots=True)
class Letter:
    """A notification and where it stands. `held` says why it is held back until `due_at`; `case` is whose it is,
    `digest` in which other notification it goes out. `claimed`: it is being sent just now.

    One that expired or was resolved while it was held back keeps `held` until that ends, so that it can be counted.
    """

    notification: Notification
    state: State
    due_at: datetime
    held: str | None = None
    case: str | None = None
    digest: str | None = None
    claimed: bool = False


@dataclass(slots=True)
class Repeated:
    """When a message of some rule, key and person was last sent, after how many without a rest, and how many since then
    were not sent again.
    """

    at: datetime
    turn: int = 0
    suppressed: int = 0
