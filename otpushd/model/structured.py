"""One page of structured storage, and what is remembered of it. The siblings of `Page` and `SourceMemory`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

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
    `newer` are examples that have taken the place of others which nothing points to any more: corrections of what had
    not been taken, so that no link tells of them.
    `highest` is the largest link id there is, `highest_example` the largest example id. `flagged` are the datasets that
    Prodigy calls structured. `below` is the row with the largest id at or below the
    asked-for one, or None, as in `Page`, and so are `news`.
    """

    links_seen: Seen
    examples_seen: Seen
    highest: int
    highest_example: int
    links: tuple[LinkRow, ...] = ()
    corrections: tuple[LinkRow, ...] = ()
    sessions: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unlinked: tuple[int, ...] = ()
    newer: frozenset[int] = frozenset()
    flagged: frozenset[int] = frozenset()
    last: bool = True
    """Whether no further row was there to read."""
    notes: tuple[str, ...] = ()
    below: LinkRow | None = None
    news: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class StructuredMemory:
    """What is remembered of one source's structured storage; see SourceMemory, which is the same for classic storage.

    What had links up to `history_to` and examples up to `history_examples` was there before otpushd; `history_to` is
    None before the first look and 0 where there were no such tables then. `unlinked` are examples to ask about again,
    each with the moment it was first seen; `newer` are those of the pages before that were not the last. They and the
    ids taken above a mark are forgotten when the daemon ends: by the records it is told what was taken, and the sweep
    finds what was not.
    """

    links: Seen = Seen()
    examples: Seen = Seen()
    history_to: int | None = None
    history_examples: int = 0
    recorded_to: int = 0
    swept: int = 0
    unlinked: Mapping[int, datetime] = field(default_factory=dict)
    newer: frozenset[int] = frozenset()

    @property
    def untouched(self) -> bool:
        """Whether no link was taken, and what there is was there before otpushd: nothing of it can be a correction."""
        return not self.links.mark and not self.links.taken and self.history_to != 0

    @property
    def durable(self) -> tuple[int | None, ...]:
        """What the store holds of it."""
        history = (self.history_to, self.history_examples)
        return (self.links.mark, self.examples.mark, *history, self.recorded_to, self.swept)
