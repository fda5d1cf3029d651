"""What has to be announced: told from what Prodigy has committed and from when the daemon read it, never from otpushd.

A row is what was once inserted as a link to a main dataset. It stays the same row when it is edited and when a backup
that holds it is restored; another insertion is another row, even with equal content and an id that was given before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Identity(NamedTuple):
    """All that anybody can see of a row. `content` is the task as canonical JSON, None where it is none; `decided` is
    when its answer was given.
    """

    dataset: int
    name: str
    created: int
    link: int
    example: int
    input_hash: int | None
    task_hash: int | None
    decided: float | None
    content: str | None

    @property
    def key(self) -> tuple[object, ...]:
        """What an edit leaves as it is: rows of which it is the same may be one row."""
        return self._replace(name="", content=None)

    @property
    def trait(self) -> "Trait":
        """What an event tells of it."""
        return Trait(self.name, self.example, self.content)


class Trait(NamedTuple):
    """What an event tells of its row."""

    dataset: str | None
    example: int | None
    content: str | None


@dataclass(eq=False)
class Row:
    """One insertion, with everything that it ever looked like. `owed`: it was read, or stood there at the end. `low`:
    its id was chosen by hand, or a backup brought it back, below others, so that only the sweep can find it.
    """

    versions: list[Identity]
    low: bool = False
    history: bool = False
    owed: bool = False


@dataclass
class Read:
    """One read of the source: the rows there were, up to which id it took them as known, and which above that.

    `commits` is how many there had been in Prodigy's database.
    """

    rows: frozenset[Row]
    numbers: Mapping[Row, int]
    mark: int
    taken: frozenset[int]
    commits: int

    def fresh(self) -> set[Row]:
        """The rows that a reader who only looks above its mark has to see."""
        return {row for row in self.rows if self.numbers[row] > self.mark and self.numbers[row] not in self.taken}


@dataclass
class Oracle:
    """Every row that there ever was, and those that are there now by their link's id."""

    now: dict[int, Row] = field(default_factory=dict)
    ever: list[Row] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    commits: int = 0
    begun: bool = False
    """Whether the baseline is taken."""

    def see(
        self,
        found: Mapping[int, Identity],
        *,
        restored: Mapping[int, Row] | None = None,
        edited: bool = False,
        low: bool = False,
    ) -> None:
        """After each commit in Prodigy's database: what stands there. `restored` are a backup's rows."""
        before, self.now, self.commits = self.now, {}, self.commits + 1
        there = set(before.values())
        for number, identity in found.items():
            row = (before if restored is None else restored).get(number)
            if row is not None and edited and identity not in row.versions:
                row.versions.append(identity)
            if row is None or identity not in row.versions:
                row = Row([identity], low)
                self.ever.append(row)
            row.low = row.low or (restored is not None and row not in there)
            self.now[number] = row

    def read(self, mark: int, taken: Iterable[int]) -> None:
        """The daemon has read a page."""
        numbers = {row: number for number, row in self.now.items()}
        self.reads.append(Read(frozenset(numbers), numbers, mark, frozenset(taken), self.commits))

    def polled(self, *, news_since: int | None, begun: bool) -> None:
        """A run of the poll has ended well, or ended otherwise and yet left a baseline (`begun`)."""
        if begun and not self.begun and self.reads:
            self.begun = True
            for row in self.reads[0].rows:
                row.history = news_since is None or row.versions[-1].created < news_since

    def took(self, *, waits: bool) -> None:
        """That run ended well. It has seen what stood there at each of its reads; below its mark, where it has to look
        again, only if nobody wrote meanwhile and no older row with such an id `waits` for its person.
        """
        if self.reads:
            standing = self.reads[0].rows.intersection(*(read.rows for read in self.reads))
            fresh = set[Row]().union(*(read.fresh() for read in self.reads))
            quiet = self.commits == self.reads[0].commits and not waits
            for row in standing:
                again = not row.low and self.reads[0].numbers[row] not in self.reads[0].taken
                row.owed = row.owed or row in fresh or (quiet and again)

    def settled(self) -> None:
        """The daemon has had all the time it needs: what stands there now it must have seen."""
        for row in self.now.values():
            row.owed = True

    def verdict(self, announced: Iterable[Trait]) -> list[str]:
        """What is wrong with what was announced, each event as the trait it told; empty if all is well."""
        told: dict[Trait, int] = defaultdict(int)
        for trait in announced:
            told[trait] += 1
        wrong = []
        groups = _alike(self.ever)
        looks = Counter(key for rows in groups for key in {row.versions[0].key for row in rows})
        for rows in groups:
            traits = {version.trait for row in rows for version in row.versions}
            count = sum(told.pop(trait, 0) for trait in traits)
            least, most = _least(rows, looks), sum(not row.history for row in rows)
            if not least <= count <= most:
                owed = f"{least} to {most}" if least < most else str(most)
                wrong.append(f"{count} events instead of {owed} for {[row.versions for row in rows]}")
        wrong += [f"{count} events for a row that never was: {trait}" for trait, count in told.items()]
        return wrong


def _least(rows: list[Row], looks: Mapping[tuple[object, ...], int]) -> int:
    """How many events there must be. Rows that differ in nothing that an edit would leave as it is count as one, and as
    none where a row of a dataset with another name `looks` the same: that dataset may have been renamed.
    """
    history = {row.versions[0].key for row in rows if row.history}
    owed = {row.versions[0].key for row in rows if row.owed} - history
    return sum(looks[key] == 1 for key in owed)


def _alike(rows: Iterable[Row]) -> list[list[Row]]:
    """Groups of rows that events cannot tell apart."""
    groups: dict[Trait, list[Row]] = {}
    for row in rows:
        traits = {version.trait for version in row.versions}
        joined = [row]
        for group in {id(groups[trait]): groups[trait] for trait in traits if trait in groups}.values():
            joined += group
        for trait in {version.trait for each in joined for version in each.versions}:
            groups[trait] = joined
    return list({id(group): group for group in groups.values()}.values())
