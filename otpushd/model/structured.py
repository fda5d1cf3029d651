"""One page of structured storage, and how far its tables were taken. The sibling of `Page` in row.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from otpushd.model.row import LinkRow


@dataclass(frozen=True, slots=True)
class Seen:
    """Which ids of a table are dealt with: every one up to `mark`, and those in `taken`, all of them above it."""

    mark: int = 0
    taken: frozenset[int] = frozenset()

    def __contains__(self, number: int) -> bool:
        return number <= self.mark or number in self.taken

    def moved(self, mark: int, more: Iterable[int], highest: int) -> "Seen":
        """With `more` ids, and a new mark. Ids above the `highest` there is are free to be given out again."""
        mark = min(mark, highest)
        return Seen(mark, frozenset([number for number in self.taken.union(more) if mark < number <= highest]))


@dataclass(frozen=True, slots=True)
class StructuredPage:
    """One short, complete, consistent look at the structured tables.

    `links` are new, in the order of their ids. `corrections` are links that were taken before and point to a newer
    example now, in the order of the examples. `sessions` maps the example ids of both to the session datasets they are
    linked to, in the order in which they were. `links_seen` and `examples_seen` hold once this page is taken, and have
    to be remembered with what it led to. `unlinked` are examples that nothing points to yet: to be asked about again.
    `highest` is the largest link id there is. `flagged` are the datasets that Prodigy calls structured.
    """

    links_seen: Seen
    examples_seen: Seen
    highest: int
    links: tuple[LinkRow, ...] = ()
    corrections: tuple[LinkRow, ...] = ()
    sessions: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unlinked: tuple[int, ...] = ()
    flagged: frozenset[int] = frozenset()
    last: bool = True
    """Whether no further row was there to read."""
    notes: tuple[str, ...] = ()
