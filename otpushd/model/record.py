"""What a link id stood for when its row was taken: ids are given out again, so a row is known by what it is."""

from typing import NamedTuple

GONE = 0
"""As `Record.dataset`: the row was found to be gone."""


class Record(NamedTuple):
    """16 bytes about one link. `row` (63 bits, never 0) stands for everything that makes it this row and no other
    (detect/identity.py), `content` (32 bits) for the stored task as it was, `dataset` (32 bits) for the dataset it
    belonged to. `former`, kept apart, are the `row`s that this id stood for before: a restored backup may bring them
    back.
    """

    row: int
    content: int
    dataset: int
    former: frozenset[int] = frozenset()
