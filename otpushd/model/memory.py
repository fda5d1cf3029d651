"""What otpushd remembers about one source between polls, and what one page changes in it and says about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.ledger import incarnation
from otpushd.model.record import Record
from otpushd.model.row import DatasetRow, LinkRow
from otpushd.model.structured import StructuredMemory


@dataclass(frozen=True, slots=True)
class Damage:
    """What the sweep found in one dataset and has not told yet: rows that are gone, rows rewritten, one of the
    rewritten examples. `signature` stands for all that it ever found there.
    """

    gone: int = 0
    edited: int = 0
    example: int | None = None
    signature: int = 0

    @property
    def found(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.gone or self.edited)


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """A dataset as last seen, with the number of people's answers counted in it, in either storage.

    `structured`: it has rows in structured storage, so that its classic ones may be migrated away at any time. `past`:
    it was there at the first look; only in such a dataset may a row be history.
    """

    row: DatasetRow
    answers: int = 0
    damage: Damage = Damage()
    structured: bool = False
    past: bool = False


@dataclass(frozen=True, slots=True)
class WaitingLink:
    """A link to a main dataset whose session link, and with it the person, may still be on its way."""

    link: LinkRow
    dataset: DatasetRow
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class SourceMemory:
    """Everything remembered about one source.

    `mark` is the link id up to which every link was taken, `taken` the ids above it that were; `history_to` the link id
    up to which rows were there before otpushd and are counted silently, None before the first look, which is another
    state than a look at an empty table.
    `news_since` (epoch seconds) is set where the source could not be read at first: datasets created after it are news
    although they were there at the first look.
    `recorded_to` is the largest id with a record of its row, `swept` the id up to which this pass of the sweep has
    compared rows with records, `recheck_to` the id up to which it must not rest: ids were given out again there.
    `structured` is what is remembered of structured storage, whose ids are apart.
    `began` tells the reader, until history is read, what the first look cannot have seen: that is news.
    `down_since` is when the present outage began, `outage` its number, `down_told` whether it was announced.
    """

    mark: int = 0
    history_to: int | None = None
    news_since: int | None = None
    datasets: Mapping[int, KnownDataset] = field(default_factory=dict)
    waiting: Mapping[int, WaitingLink] = field(default_factory=dict)
    down_since: datetime | None = None
    down_told: bool = False
    outage: int = 0
    taken: frozenset[int] = frozenset()
    recorded_to: int = 0
    swept: int = 0
    recheck_to: int = 0
    began: str = ""
    structured: StructuredMemory = field(default_factory=StructuredMemory)

    @property
    def history_read(self) -> tuple[int, int]:
        """How much of history was read, of how much, in both storages together; in ids, which have gaps."""
        ends = (self.mark, self.history_to or 0), (self.structured.links.mark, self.structured.history_to or 0)
        return sum(min(pair) for pair in ends), sum(end for _, end in ends)


@dataclass(frozen=True, slots=True)
class Step:
    """What one page leads to: the memory as it is afterwards, what changed in it, and what happened.

    `facts` is what was done, history included, `events` what is announced of it. `changed` are datasets new or counted
    anew, `gone` ids of datasets that are no more, `held` links that wait for their person, `settled` ids of links that
    waited and no longer do, `took` ids that are in the memory's `taken` from now on, `closed` how many no longer,
    `records` what link ids stand for from now on, `structured_records` the same in structured storage.
    """

    memory: SourceMemory
    events: tuple[Event, ...] = ()
    facts: tuple[Fact, ...] = ()
    changed: tuple[KnownDataset, ...] = ()
    gone: tuple[int, ...] = ()
    held: tuple[WaitingLink, ...] = ()
    settled: tuple[int, ...] = ()
    took: tuple[int, ...] = ()
    closed: int = 0
    records: tuple[tuple[int, Record], ...] = ()
    structured_records: tuple[tuple[int, Record], ...] = ()
    structured: bool = False
    """Whether what the store holds of structured storage changed."""
    unreadable: tuple[tuple[str, str], ...] = ()
    """Event id and reason, for rows whose task could not be read."""

    def found(self, before: SourceMemory) -> bool:
        """Whether a page of the sweep found anything, rather than that it only moved on."""
        moved = (self.memory.recheck_to, self.memory.structured.links) != (before.recheck_to, before.structured.links)
        return moved or bool(self.records or self.structured_records or self.events or self.changed)


def incarnations(source: str, memory: SourceMemory) -> dict[str, int]:
    """Those of all main datasets that there are, by name."""
    mains = (one.row for one in memory.datasets.values() if not one.row.session)
    return {row.name: incarnation(source, row) for row in mains}
