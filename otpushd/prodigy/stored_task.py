"""Tasks as they are stored, read by their ids. `requeued.py` makes lines for a file of them."""

from collections.abc import Mapping
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


MOST_TASKS = 200
