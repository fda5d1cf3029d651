"""When a range of ids is closed although they become visible out of order: once all who could bring one have ended.

Pure. An id above the closed mark may come at any time; at or below it there is no further one (polling.md, method D).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

UNBOUNDED = 2**63 - 1
PREPARED = "-1/"
"""How pg_locks begins the virtual transaction of a prepared one; what follows is no longer its session's number."""


@dataclass(frozen=True, slots=True)
class Barrier:
    """`upto` was the largest visible id; `writers` were there after it was read, and could bring one at or below it."""

    upto: int
    writers: frozenset[str]

    @property
    def passed(self) -> bool:
        """Whether a snapshot taken from now on shows every id up to `upto` that there will ever be."""
        return not self.writers

    def narrowed(self, present: Collection[str]) -> "Barrier":
        """With those writers only that are still among the `present`.

        A writer that prepares its transaction goes on under another name, so everything prepared counts as open.
        """
        if self.passed:
            return self
        return Barrier(
            self.upto, frozenset([one for one in present if one in self.writers or one.startswith(PREPARED)])
        )


@dataclass(slots=True)
class Closing:
    """How far the ids are closed, from one read to the next. A read calls `before`, takes its snapshot, calls `after`,
    then `ask`, in this order: a commit becomes visible before its locks are let go, and whoever begins to write after
    the largest id was read is given higher ones.
    """

    closed: int = 0
    barrier: Barrier | None = None

    @property
    def waits(self) -> bool:
        """Whether `before` has to know who is there."""
        return self.barrier is not None and not self.barrier.passed

    def before(self, present: Collection[str]) -> None:
        """Before a snapshot is taken; `present` are the writers that are there now, if `waits`."""
        if self.barrier is not None:
            self.barrier = self.barrier.narrowed(present)

    def after(self, mark: int, highest: int, settled: int = 0) -> int:
        """After it: up to where it is complete. `highest` is its largest id, `mark` and `settled` are known as closed.

        It falls with the ids: those above the largest may be given out again.
        """
        passed = 0
        if self.barrier is not None and self.barrier.passed:
            passed, self.barrier = self.barrier.upto, None
        self.closed = min(max(self.closed, mark, passed, settled), highest)
        return self.closed

    def asks(self, highest: int) -> bool:
        """Whether `ask` has to know who is there."""
        return self.barrier is None and highest > self.closed

    def ask(self, highest: int, present: Collection[str]) -> None:
        """After `highest` was read; `present` are the writers that are there now, if it `asks`."""
        if self.asks(highest):
            self.barrier = Barrier(highest, frozenset(present))


def untaken(mark: int, taken: Collection[int]) -> Iterator[tuple[int, int]]:
    """The ranges of ids above `mark` that hold none of `taken`, both ends included, in order; the last has no end."""
    low = mark + 1
    for number in sorted(taken):
        if number > low:
            yield low, number - 1
        low = max(low, number + 1)
    yield low, UNBOUNDED
