"""Rows of Prodigy's tables as plain values, and one page of them. `prodigy/` reads them, `detect/` finds a meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from otpushd.model.structured import StructuredPage  # it is made of these rows


class DatasetRow(NamedTuple):
    """A row of `dataset`. `created` is epoch seconds; `session` tells a session dataset from a main one."""

    id: int
    name: str
    created: int
    session: bool
    bare: bool
    """Whether `meta` is empty: with a time for a name it marks an import (prodigy.md, section 2)."""


class Structured(NamedTuple):
    """What a row of structured storage (Prodigy 2) says beside its content.

    `session` is the session that the link itself names. `superseded`: a newer example has taken this one's place.
    `corrects`: this example has taken an older one's place, as far as it can be told.
    """

    session: str | None
    superseded: bool
    corrects: bool


class LinkRow(NamedTuple):
    """A row of `link` with the example it points to: one answer, where the dataset is a main one.

    `content` is the stored task, undecoded; None for links to session datasets, for a missing example, and where
    `size` (bytes) exceeds what one row may cost.
    """

    id: int
    example_id: int
    dataset_id: int
    input_hash: int | None
    task_hash: int | None
    content: bytes | None
    size: int
    structured: Structured | None = None
    """None for classic storage. Both number their links and their examples by themselves."""


@dataclass(frozen=True, slots=True)
class Page:
    """One short, complete, consistent look at a source.

    `links` are in id order, lie above the asked-for id, and are none of those taken already. `datasets` is None where
    nothing changed since the `fingerprint` that the reader was given. `sessions` maps an example id to the session
    datasets it is linked to, for the examples in `links` and those asked about; where one of them has several links to
    the same main dataset, `firsts` maps both to the first of these. `highest` is the largest link id there
    is, 0 in an empty table. `mark` is the link id up to which no link is left to come once this page is taken: on a
    database where ids become visible out of order, `links` may lie above it. `notes` are standing facts about the
    source that its operator should hear once, without values from the database. `below` are the row with the largest
    id up to the largest that was taken, and before it, where that is another, the last of a main dataset, unless it is
    far below: to be compared with what was taken there. Empty where there is none, or nothing can have changed since
    the `fingerprint` that the reader was given. `state` differs after every commit of anybody; None where that cannot
    be told. `structured` is the same look at structured storage, None where there is none or nobody asked.
    `news` are ids of `links` that the first look cannot have seen, as far as that can be told by `began`, which the
    first look itself gives, to be kept until history is read.
    """

    links: tuple[LinkRow, ...]
    datasets: tuple[DatasetRow, ...] | None
    fingerprint: tuple[int, ...]
    sessions: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    highest: int = 0
    last: bool = True
    """Whether no further link was there to read."""
    mark: int = field(kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    below: tuple[LinkRow, ...] = field(default=(), kw_only=True)
    state: tuple[int, ...] | None = field(default=None, kw_only=True)
    structured: "StructuredPage | None" = field(default=None, kw_only=True)
    firsts: Mapping[tuple[int, int], int] = field(default_factory=dict, kw_only=True)
    news: frozenset[int] = field(default=frozenset(), kw_only=True)
    began: str = field(default="", kw_only=True)

    @property
    def whole(self) -> bool:
        """Whether no further link was there to read, in either storage."""
        return self.last and (self.structured is None or self.structured.last)


@dataclass(frozen=True, slots=True)
class Reread:
    """Links that were read before, as they are now: all with an id above the asked-for one up to `upto`, in id order.

    `changed` says that the datasets are no longer those of the `fingerprint` that the reader was given.
    """

    links: tuple[LinkRow, ...]
    upto: int
    changed: bool
