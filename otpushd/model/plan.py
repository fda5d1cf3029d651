"""The plan: what Prodigy's database does not know. Targets, deadlines, rosters, and which dataset each of them is for.

All instants are aware UTC; owners and annotators are ids of people; datasets are globs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from types import MappingProxyType

from otpushd.model.calendar import WorkingTime
from otpushd.model.glob_index import GlobIndex
from otpushd.model.monitor import Monitor
from otpushd.model.task_schema import TaskSchema

Where = tuple[str, int, int]
"""File, line and column of a key."""

_MOST_NAMES = 100_000
_TWO = 2


@dataclass(frozen=True, slots=True)
class AnswerTarget:
    """So many answers."""

    answers: int

    @property
    def size(self) -> int:
        """How much there is to do."""
        return self.answers


@dataclass(frozen=True, slots=True)
class InputTarget:
    """So many inputs, each answered by so many different people."""

    annotations_per_input: int
    inputs: int

    @property
    def size(self) -> int:
        """How much there is to do: whole inputs."""
        return self.inputs


Target = AnswerTarget | InputTarget


def needed(target: Target, percent: float) -> int:
    """The least whole number that is so many percent of the target; 33.3 means exactly that, no binary neighbour."""
    return ceil(Fraction(str(percent)) * target.size / 100)


@dataclass(frozen=True, slots=True)
class Review:
    """Answers are to be reviewed in `dataset`, `within` so much working time; `remind` is so long before that."""

    dataset: str
    within: timedelta
    remind: tuple[timedelta, ...]
    hours: WorkingTime


@dataclass(frozen=True, slots=True)
class ExpectedImport:
    """So many rows are to be there by then."""

    rows: int
    by: datetime


@dataclass(frozen=True, slots=True)
class Idle:
    """After so much working time without an answer a person of the roster is idle, a dataset stalled; None: never."""

    annotators: timedelta | None
    dataset: timedelta | None
    hours: WorkingTime


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What holds for each dataset that `pattern` is the first to match; with `total`, for all of them together.

    `milestones` are percentages, ascending; `remind` is descending. `assigned_to` is a dotted path below meta or task.
    """

    pattern: str
    where: Where
    owners: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    target: Target | None = None
    total: bool = False
    milestones: tuple[float, ...] = ()
    deadline: datetime | None = None
    remind: tuple[timedelta, ...] = ()
    review: Review | None = None
    assigned_to: str | None = None
    schema: TaskSchema | None = None
    expect_import: ExpectedImport | None = None
    idle: Idle | None = None

    @property
    def enough_people(self) -> int:
        """So many different people must have answered an input before they can be said to differ."""
        return max(_TWO, self.target.annotations_per_input) if isinstance(self.target, InputTarget) else _TWO


@dataclass(frozen=True, slots=True)
class ProjectMilestone:
    """A date of the wider project by which all `datasets` must be done."""

    name: str
    where: Where
    at: datetime
    datasets: tuple[str, ...]
    owners: tuple[str, ...] = ()
    remind: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What the plan says of one dataset. `reviews` are the entries whose answers are reviewed in it."""

    entry: PlanEntry | None = None
    monitors: tuple[Monitor, ...] = ()
    milestones: tuple[ProjectMilestone, ...] = ()
    reviews: tuple[PlanEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything in plan.yaml, in its order. Ask it for a dataset by name, as often as you like.

    The first answer for a name tries only the globs that begin as it does; it is remembered, of 100,000 names at most,
    and from then on costs a dict lookup, whatever the plan's size. Give rows to it one by one, or names: both are fine.
    A dataset in which others are reviewed is matched by its exact name only, never by a glob, in the whole plan.
    `known_as` has the names by which Prodigy knows people, by their ids.
    """

    entries: tuple[PlanEntry, ...] = ()
    milestones: tuple[ProjectMilestone, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    calendars: Mapping[str, WorkingTime] = field(default_factory=lambda: MappingProxyType({}))
    known_as: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    review_datasets: frozenset[str] = field(init=False)
    _find: "_Finder" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        find = _Finder(self.entries, self.milestones, self.monitors)
        object.__setattr__(self, "review_datasets", frozenset(find.reviewed))  # frozen for everybody else
        object.__setattr__(self, "_find", find)

    def lookup(self, dataset: str) -> Planned:
        """All that the plan says of a dataset, at once."""
        return self._find.planned(dataset)

    def entry_for(self, dataset: str) -> PlanEntry | None:
        """The entry that holds for a dataset: the first that matches."""
        return self._find.planned(dataset).entry

    def monitors_for(self, dataset: str) -> tuple[Monitor, ...]:
        """The monitors that watch a dataset."""
        return self._find.planned(dataset).monitors

    def milestones_for(self, dataset: str) -> tuple[ProjectMilestone, ...]:
        """The project's milestones by which a dataset must be done."""
        return self._find.planned(dataset).milestones

    def reviewing(self, dataset: str) -> tuple[PlanEntry, ...]:
        """The entries whose answers are reviewed in a dataset; empty for one that is no dataset of reviews."""
        return self._find.reviewed.get(dataset, ())

    def milestone(self, name: str) -> ProjectMilestone | None:
        """The project's milestone of that name."""
        return self._find.by_name.get(name)

    def owners_of(self, name: str) -> tuple[str, ...]:
        """Who answers for what an event calls its dataset: a milestone of the project, else a dataset."""
        found = self.milestone(name) or self.entry_for(name)
        return () if found is None else found.owners

    def annotators_of(self, name: str) -> tuple[str, ...]:
        """Who is expected to annotate a dataset."""
        entry = self.entry_for(name)
        return () if entry is None else entry.annotators

    def names_of(self, person: str) -> tuple[str, ...]:
        """The names by which Prodigy may know a person, the likeliest first; an id is one."""
        return tuple(dict.fromkeys((*self.known_as.get(person, ()), person)))


class _Finder:
    """What a plan's names and globs lead to. Mutable only in what it remembers."""

    def __init__(
        self,
        entries: tuple[PlanEntry, ...],
        milestones: tuple[ProjectMilestone, ...],
        monitors: tuple[Monitor, ...],
    ) -> None:
        self.reviewed: dict[str, tuple[PlanEntry, ...]] = {}
        for entry in entries:
            if entry.review is not None:
                self.reviewed[entry.review.dataset] = (*self.reviewed.get(entry.review.dataset, ()), entry)
        self.by_name = {one.name: one for one in milestones}
        self._entries = GlobIndex((entry.pattern, entry) for entry in entries)
        self._milestones = GlobIndex((pattern, one) for one in milestones for pattern in one.datasets)
        self._monitors = GlobIndex((pattern, one) for one in monitors for pattern in one.datasets)
        self._known: dict[str, Planned] = {}

    def planned(self, name: str) -> Planned:
        """What holds for the dataset of that name."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= _MOST_NAMES:
                self._known.clear()
            exactly = name in self.reviewed
            known = self._known[name] = Planned(
                entry=next(iter(self._entries.matching(name, exactly=exactly)), None),
                monitors=tuple(dict.fromkeys(self._monitors.matching(name, exactly=exactly))),
                milestones=tuple(dict.fromkeys(self._milestones.matching(name, exactly=exactly))),
                reviews=self.reviewed.get(name, ()),
            )
        return known
