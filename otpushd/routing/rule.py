"""A rule ready for use: what a rule file said, checked and compiled. It holds no state."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from otpushd.model.delivery import Priority
from otpushd.model.event import Event
from otpushd.model.intervals import Intervals
from otpushd.routing.condition import Condition, Verdict
from otpushd.routing.fields import Path
from otpushd.routing.match import Matcher
from otpushd.routing.queue_action import QueueAction
from otpushd.routing.recipients import Target
from otpushd.routing.template import MessageTemplate


class Pairing(Protocol):
    """A condition over two events."""

    def holds(self, event: Event, trigger: Event) -> Verdict:
        """Whether the later `event` is what `trigger` waits for."""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Which later event ends something that an earlier one, the trigger, began: `until`, `resolve`.

    `joins` are pairs of paths, into the event and into the trigger, whose values must be equal for it to hold: they
    find what waits without trying all. `condition` is None where that is all; then nothing equals nothing. `about` are
    the fields of the trigger that it looks at.
    """

    on: frozenset[str]
    joins: tuple[tuple[Path, Path], ...] = ()
    condition: Pairing | None = None
    about: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Collect:
    """Many events, one message: `wait` runs from the last event, `max_wait` from the first."""

    wait: timedelta
    max_wait: timedelta
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Wording:
    """What a message says and how it goes, everything inherited already."""

    channels: tuple[str, ...]
    priority: Priority
    title: MessageTemplate | None
    body: MessageTemplate | None
    link: MessageTemplate | None
    expires: timedelta | None


@dataclass(frozen=True, slots=True)
class Escalation:
    """One step: `after` so long without the counterpart, tell `targets`. `until` is None where nothing stops it."""

    after: timedelta
    until: Counterpart | None
    targets: tuple[Target, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class Resolve:
    """The closing message, when the counterpart comes. It has all fields of that event, then those of the trigger.

    `own` are the fields of its types: they are that event's also where it has no value.
    """

    counterpart: Counterpart
    wording: Wording
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """`on` are whole type names. `datasets` are globs, empty for any. `channels` are tried in order, empty for all.
    A rule has `targets`, and then a `title`, or a `queue`, or both.

    `key` are the fields that make two messages the same; empty: each event is its own. `until` ends a cause silently,
    `resolve` with a message. `keeps_task`: what waits has to know the whole task of its trigger.
    `place` is `file:line:column` of the rule's name.
    """

    name: str
    place: str
    on: frozenset[str]
    datasets: tuple[str, ...]
    matchers: tuple[Matcher, ...]
    condition: Condition | None
    targets: tuple[Target, ...]
    channels: tuple[str, ...]
    priority: Priority
    title: MessageTemplate | None
    body: MessageTemplate | None
    link: MessageTemplate | None
    expires: timedelta | None
    queue: QueueAction | None = None
    key: tuple[Path, ...] = ()
    collect: Collect | None = None
    repeat: Intervals | None = None
    remind_every: Intervals | None = None
    until: Counterpart | None = None
    escalate: tuple[Escalation, ...] = ()
    resolve: Resolve | None = None
    keeps_task: bool = False

    @property
    def remembers(self) -> bool:
        """Whether what it does depends on more than one event, or on when."""
        return bool(self.targets) and any(
            (self.collect, self.repeat, self.remind_every, self.until, self.escalate, self.resolve)
        )

    @property
    def wording(self) -> Wording:
        """That of its message."""
        return Wording(self.channels, self.priority, self.title, self.body, self.link, self.expires)


@dataclass(frozen=True, slots=True)
class Mute:
    """While something is open, rules are held back: `rules` are globs of their names. `name` is unique."""

    name: str
    place: str
    rules: tuple[str, ...]
    on: frozenset[str]
    datasets: tuple[str, ...]
    matchers: tuple[Matcher, ...]
    condition: Condition | None
    until: Counterpart

    @property
    def id(self) -> str:
        """Under what it is remembered; no rule can be called so."""
        return f"mute {self.name}"
