"""How many answers there were, and how often each label (by its number) occurred in them."""

from collections.abc import Iterable


class Cell:
    """A part of a window: the labels that occurred in it."""

    __slots__ = ("answers", "counts")

    def __init__(self, answers: int = 0, counts: dict[int, int] | None = None) -> None:
        self.answers = answers
        self.counts = {} if counts is None else counts

    def add(self, labels: Iterable[int]) -> None:
        """Count one answer."""
        self.answers += 1
        for label in labels:
            self.counts[label] = self.counts.get(label, 0) + 1


class Tally:
    """The sum of cells: a count of each of so many labels."""

    __slots__ = ("answers", "counts")

    def __init__(self, labels: int) -> None:
        self.answers = 0
        self.counts = [0] * labels

    def add(self, cell: Cell, sign: int = 1) -> None:
        """Take a cell in, or out again with -1."""
        self.answers += sign * cell.answers
        for label, count in cell.counts.items():
            self.counts[label] += sign * count
