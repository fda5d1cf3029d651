"""Silences: what somebody holds back for a while, by whom and why. Not what becomes of a message that is held back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from otpushd.model.delivery import Priority


class Phase(StrEnum):
    """How an instant lies to a silence. One that was lifted is so from then on, also when it had not begun."""

    TO_COME = "to come"
    IN_FORCE = "in force"
    ENDED = "ended"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a silence is about: everything that is named must hold, what is None or empty goes for all.

    `rule`, `dataset` and `type` are globs (glob.py), `person` is an id. Without a dataset no glob of one holds.
    """

    rule: str | None = None
    dataset: str | None = None
    person: str | None = None
    type: str | None = None
    priorities: frozenset[Priority] = frozenset()

    def holds(self, rule: str, dataset: str | None, person: str, event_type: str, priority: Priority) -> bool:
        """Whether a message is meant: of this rule, about this dataset, to this person, from this type of event."""
        return (
            (self.person is None or self.person == person)
            and (not self.priorities or priority in self.priorities)
            and _like(self.rule, rule)
            and _like(self.dataset, dataset)
            and _like(self.type, event_type)
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """From `starts` on and before `ends`, both aware UTC; lifting makes `ends` the moment of that, which may lie before
    `starts`. The last three are None unless it was lifted, `lift_reason` also where none was given.
    """

    id: str
    scope: Scope
    starts: datetime
    ends: datetime
    author: str
    reason: str
    made_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lift_reason: str | None = None

    def silences(
        self, rule: str, dataset: str | None, person: str, event_type: str, priority: Priority, now: datetime
    ) -> bool:
        """Whether it holds such a message back at `now`."""
        return self.starts <= now < self.ends and self.scope.holds(rule, dataset, person, event_type, priority)

    def phase(self, now: datetime) -> Phase:
        """Where it stands at `now`."""
        if self.lifted_at is not None and self.lifted_at <= now:
            return Phase.LIFTED
        if now >= self.ends:
            return Phase.ENDED
        return Phase.IN_FORCE if now >= self.starts else Phase.TO_COME

    @property
    def hold(self) -> str:
        """What stands in the column `held` of a notification that it holds back."""
        return f"silence {self.id}"


def _like(pattern: str | None, name: str | None) -> bool:
    """As glob.py has it. fnmatch remembers patterns itself, so that a silence can be a plain value."""
    if pattern is None:
        return True
    return name is not None and (name == pattern or fnmatchcase(name, pattern))
