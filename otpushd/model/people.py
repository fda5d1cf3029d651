"""Who may get a message: people, their addresses by channel, and groups of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient. `sessions` are the names by which Prodigy knows the person, `addresses` those of each channel."""

    id: str
    name: str
    sessions: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """Everyone, by id, and the groups, as tuples of ids."""

    people: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def named(self, name: str) -> Person | None:
        """The person with this id, or whom Prodigy knows by this session name or annotator id; None if nobody."""
        if name in self.people:
            return self.people[name]
        return next((person for person in self.people.values() if name in person.sessions), None)
