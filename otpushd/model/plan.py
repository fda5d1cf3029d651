"""The plan: what Prodigy's database does not know. Targets, deadlines, rosters, and which dataset each of them is for.

All instants are aware UTC; owners and annotators are ids of people; datasets are globs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from types import MappingProxyType

from otpushd.model.calendar import WorkingTime
from otpushd.model.glob import glob, is_glob
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
class Plan:
    """Everything in plan.yaml, in its order. What has been looked up by a name is remembered, 100,000 names at most.

    A dataset in which others are reviewed is matched by its exact name only, never by a glob, in the whole plan.
    """

    entries: tuple[PlanEntry, ...] = ()
    milestones: tuple[ProjectMilestone, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    calendars: Mapping[str, WorkingTime] = field(default_factory=lambda: MappingProxyType({}))
    review_datasets: frozenset[str] = field(init=False)
    _find: "_Finder" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        reviews = frozenset(entry.review.dataset for entry in self.entries if entry.review is not None)
        object.__setattr__(self, "review_datasets", reviews)  # the dataclass is frozen for everybody else
        object.__setattr__(self, "_find", _Finder(self))

    def entry_for(self, dataset: str) -> PlanEntry | None:
        """The entry that holds for a dataset: the first that matches."""
        return self._find.found(dataset).entry

    def monitors_for(self, dataset: str) -> tuple[Monitor, ...]:
        """The monitors that watch a dataset."""
        return self._find.found(dataset).monitors

    def milestones_for(self, dataset: str) -> tuple[ProjectMilestone, ...]:
        """The project's milestones by which a dataset must be done."""
        return self._find.found(dataset).milestones

    def reviewing(self, dataset: str) -> tuple[PlanEntry, ...]:
        """The entries whose answers are reviewed in a dataset."""
        return tuple(entry for entry in self.entries if entry.review is not None and entry.review.dataset == dataset)


@dataclass(frozen=True, slots=True)
class _Found:
    entry: PlanEntry | None
    monitors: tuple[Monitor, ...]
    milestones: tuple[ProjectMilestone, ...]


class _Finder:
    """Looks names up. Exact names cost the same however many there are; globs are tried once for a name."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        numbered = list(enumerate(plan.entries))
        self._exact = {entry.pattern: number for number, entry in numbered}
        self._globs = [(number, glob(entry.pattern)) for number, entry in numbered if is_glob(entry.pattern)]
        self._monitors = [(one, _any(one.datasets)) for one in plan.monitors]
        self._milestones = [(one, _any(one.datasets)) for one in plan.milestones]
        self._known: dict[str, _Found] = {}

    def found(self, name: str) -> _Found:
        """What holds for the dataset of that name."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= _MOST_NAMES:
                self._known.clear()
            exact = name in self._plan.review_datasets
            known = self._known[name] = _Found(
                self._entry(name, exact),
                tuple(one for one, matches in self._monitors if (name in one.datasets if exact else matches(name))),
                tuple(one for one, matches in self._milestones if (name in one.datasets if exact else matches(name))),
            )
        return known

    def _entry(self, name: str, exact: bool) -> PlanEntry | None:
        number = self._exact.get(name, len(self._plan.entries))
        if not exact:
            number = next((other for other, matches in self._globs if other < number and matches(name)), number)
        return self._plan.entries[number] if number < len(self._plan.entries) else None


def _any(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    tests = [glob(pattern) for pattern in patterns]
    return lambda name: any(matches(name) for matches in tests)
