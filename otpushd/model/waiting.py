"""Answers that wait for review: one for each, and what is asked about all those of a dataset."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Wait(NamedTuple):
    """One answer that waits. `dataset` is its incarnation, `place` stands for the dataset that it is to be reviewed in
    (model/ledger.py, number_of). Instants are microseconds since 1970: `at` is when it was decided, as far as is
    known, `seen` when it was found; for what was there before it waited for anybody, both are the same.
    """

    dataset: int
    example: int
    place: int
    input: int
    at: int
    seen: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many answers of a dataset wait, since when the oldest does, and the oldest of those seen after each instant
    that was asked about.
    """

    count: int = 0
    oldest: int | None = None
    after: Mapping[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backlog:
    """A piece of what was there before a dataset's answers waited for anybody: those examples with numbers above
    `after`, None for all, up to `upto`. Those wait that nobody answered in `reviews`, None where there is no such
    dataset. With the first piece, what waited until then is forgotten.
    """

    dataset: int
    place: int
    reviews: int | None
    after: int | None
    upto: int


@dataclass(slots=True)
class Waits:
    """The working copy. `added` wait from now on, by place and input; `reviewed` are places and inputs of which nothing
    waits any more; `backlog` is to be counted; `loaded` is what the store said of all that wait in a dataset.
    """

    added: dict[tuple[int, int], list[Wait]] = field(default_factory=dict)
    reviewed: list[tuple[int, int]] = field(default_factory=list)
    backlog: list[Backlog] = field(default_factory=list)
    loaded: dict[int, Waiting] = field(default_factory=dict)

    @property
    def are_changed(self) -> bool:
        """Whether there is anything to be saved."""
        return bool(self.added or self.reviewed or self.backlog)

    def add(self, one: Wait) -> None:
        """An answer waits from now on."""
        self.added.setdefault((one.place, one.input), []).append(one)

    def review(self, place: int, number: int) -> None:
        """Of that input nothing waits any more."""
        self.added.pop((place, number), None)
        self.reviewed.append((place, number))

    def within(self, dataset: int, after: Iterable[int]) -> Waiting:
        """What waits in a dataset: what was loaded of it, or else what this copy itself was told."""
        if dataset in self.loaded:
            return self.loaded[dataset]
        mine = [one for waits in self.added.values() for one in waits if one.dataset == dataset]
        oldest = min((one.at for one in mine), default=None)
        since = {cut: min((one.at for one in mine if one.seen > cut), default=None) for cut in after}
        return Waiting(len(mine), oldest, since)

    def forget(self, dataset: int) -> None:
        """The dataset is no more."""
        left = {key: [one for one in waits if one.dataset != dataset] for key, waits in self.added.items()}
        self.added = {key: waits for key, waits in left.items() if waits}
