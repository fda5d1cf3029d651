"""Which links show another example than when they were taken: corrections, told from saves. Pure.

A correction is a new example that takes over the links of an older one, so no new link tells of it. What is looked at
are the examples that are new: one whose link was taken before is a correction, one whose link is new is an answer, and
that link is read as such. So no new link may be taken while there are new examples that were not looked at.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from otpushd.model.row import LinkRow
from otpushd.model.structured import Seen

WALK_ROWS = 1_000
"""So many new examples are looked at in one page at most: two lookups in an index each, and nothing is unpacked."""
LINK_ROWS = 500
CORRECTED_ROWS = 100
"""Each example's are read by themselves, and all while a lock is held."""


@dataclass(frozen=True, slots=True)
class Walk:
    """New examples in the order of their ids. `links` are theirs that were taken before, each with its example.

    `stop` is the first example that was not dealt with, None where all were. `newer` is as in StructuredPage.
    """

    examples: tuple[int, ...] = ()
    links: tuple[tuple[int, int], ...] = ()
    unlinked: tuple[int, ...] = ()
    stop: int | None = None
    newer: frozenset[int] = frozenset()

    @property
    def dealt_with(self) -> tuple[int, ...]:
        """The examples before the one at which it stopped."""
        return self.examples if self.stop is None else tuple([one for one in self.examples if one < self.stop])

    def until(self, mark: int) -> "Walk":
        """Only the examples up to `mark`."""
        beyond = next((one for one in self.examples if one > mark), None)
        if beyond is None or (self.stop is not None and self.stop <= beyond):
            return self
        kept = tuple([(example, link) for example, link in self.links if example < beyond])
        return replace(self, links=kept, stop=beyond)

    def again(self, asked: Collection[int]) -> tuple[int, ...]:
        """The examples to ask about again: those without a link, and those `asked` about that it did not get to.

        Only the latest of those without one: a correction is a few rows, and many are an import between its commits.
        """
        left = () if self.stop is None else [one for one in asked if one >= self.stop]
        return tuple(sorted({*sorted({*self.unlinked}.intersection(self.dealt_with))[-LINK_ROWS:], *left}))


def walk(rows: Iterable[tuple[int, int | None, int | None]], links: Seen) -> Walk:
    """From an example, one of its links, and if it has none the example that took its place, in the order of the
    examples; `links` are those taken.

    It stops where there would be more links than a page may have, but not within an example.
    """
    examples: dict[int, None] = {}
    taken: list[tuple[int, int]] = []
    unlinked: list[int] = []
    newer: set[int] = set()
    for example, link, taken_over in rows:
        if len(taken) >= CORRECTED_ROWS and example not in examples:
            return Walk((*examples, example), tuple(taken), tuple(unlinked), example, frozenset(newer))
        examples[example] = None
        if taken_over is not None:
            newer.add(taken_over)
        elif link is None:
            unlinked.append(example)
        elif link in links:
            taken.append((example, link))
    return Walk(tuple(examples), tuple(taken), tuple(unlinked), newer=frozenset(newer))


def read_so_far(walked: Walk, rows: Collection[LinkRow]) -> tuple[Walk, tuple[LinkRow, ...]]:
    """The walk as far as its links were read, and the `rows` of examples of which none is missing."""
    there = {row.id for row in rows}
    missing = next((example for example, link in walked.links if link not in there), None)
    if missing is None:
        return walked, tuple(rows)
    return replace(walked, stop=missing), tuple([row for row in rows if row.example_id < missing])
