"""Examples as rows of their own: what each is linked to, whether or not any dataset holds it."""

from dataclasses import dataclass
from typing import NamedTuple


class ExampleRow(NamedTuple):
    """An example and the datasets that it is linked to. `content` is read of those alone that no session is linked to,
    though a dataset is: it tells who saved them.
    """

    id: int
    datasets: tuple[int, ...]
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Examples:
    """All examples above the asked-for id up to `upto`, in id order; `highest` is the largest id there is."""

    rows: tuple[ExampleRow, ...]
    upto: int
    highest: int


class Counted(NamedTuple):
    """How many distinct examples a dataset holds, in both storages; `dataset` is its id and a number that
    stands for when it was made, None where there is none of that name: one made again is another one.
    """

    dataset: tuple[int, int] | None
    examples: int
