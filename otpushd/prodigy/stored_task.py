"""Tasks as they are stored, read by their ids. `requeued.py` makes lines for a file of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class StoredTask(NamedTuple):
    """A row of the examples. `content` is None where it is larger than a row may be."""

    place: int
    input_hash: int | None
    task_hash: int | None
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What was found of the first `looked` places that were asked for; what lacks among them is in no row any more."""

    found: Mapping[int, StoredTask]
    looked: int

    @classmethod
    def upto(cls, places: Sequence[int], found: Mapping[int, StoredTask], stop: int | None) -> "Stored":
        """What was found before the place `stop`, None where all were looked at."""
        looked = len(places) if stop is None else places.index(stop)
        return cls({place: found[place] for place in places[:looked] if place in found}, looked)


MOST_TASKS = 200


def first_of(places: Sequence[int], *some: int | None) -> int | None:
    """The one of some places that comes first; None where there is none."""
    return min((place for place in some if place is not None), key=places.index, default=None)
