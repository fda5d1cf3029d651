"""Who may get a message: people, their addresses by channel, what they wish, and groups of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from otpushd.model.glob import glob
from otpushd.model.quiet import Quiet
from otpushd.model.rate import Rate
from otpushd.model.rotation import Rotation

Group = tuple[str, ...] | Rotation
"""Ids of all who are in it, or of whom one at a time is."""


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient. `sessions` are the names by which Prodigy knows the person, `addresses` those of each channel.

    `zone` is where the person's clocks are read; `opt_out` are globs of the names of rules that the person does not
    want.
    """

    id: str
    name: str
    sessions: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    quiet: Quiet | None = None
    rates: tuple[Rate, ...] = ()
    opt_out: frozenset[str] = frozenset()

    def opted_out(self, rule: str) -> bool:
        """Whether the person does not want a rule's messages."""
        return any(glob(pattern)(rule) for pattern in self.opt_out)


@dataclass(frozen=True, slots=True)
class People:
    """Everyone, by id, and the groups."""

    people: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)

    def named(self, name: str) -> Person | None:
        """The person with this id, or whom Prodigy knows by this session name or annotator id; None if nobody."""
        if name in self.people:
            return self.people[name]
        return next((person for person in self.people.values() if name in person.sessions), None)

    def members(self, name: str, at: datetime) -> tuple[str, ...] | None:
        """The ids of those in a group at the aware instant; None if there is no such group."""
        group = self.groups.get(name)
        return (group.on_call(at),) if isinstance(group, Rotation) else group

    def ever(self, name: str) -> tuple[str, ...]:
        """The ids of everyone who is in a group at any time; none where there is no such group."""
        group = self.groups.get(name, ())
        return group.everybody if isinstance(group, Rotation) else group
