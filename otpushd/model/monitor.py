"""A monitor of the plan: what is measured over which answers, and when that is too much. It holds no figures.

Shares are fractions of 1, durations timedelta, instants aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class Measure(StrEnum):
    """What a monitor can measure."""

    REJECT_RATE = "reject_rate"
    IGNORE_RATE = "ignore_rate"
    CONFLICT_RATE = "conflict_rate"
    ACCEPT_RATE = "accept_rate"
    MEAN_SCORE = "mean_score"
    LOW_SCORE_SHARE = "low_score_share"
    ANSWERS_PER_HOUR = "answers_per_hour"
    SCORE_DRIFT = "score_drift"
    LABEL_DRIFT = "label_drift"

    @property
    def is_share(self) -> bool:
        """Whether its values lie from 0 to 1."""
        return self.endswith(("_rate", "_share"))

    @property
    def is_drift(self) -> bool:
        """Whether it compares a window with a baseline, so that it needs no bound."""
        return self.endswith("_drift")


class By(StrEnum):
    """What a figure is split by, beside the dataset."""

    ANNOTATOR = "annotator"
    LABEL = "label"


USUAL_BOUNDS: Mapping[Measure, float] = MappingProxyType(
    {Measure.IGNORE_RATE: 0.1, Measure.CONFLICT_RATE: 0.2, Measure.REJECT_RATE: 0.2}
)
"""Above which share a measure triggers unless the plan says otherwise (product.md, section 6)."""
USUAL_LEAST = 50
USUAL_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class LastAnswers:
    """The window of the last so many answers."""

    count: int


@dataclass(frozen=True, slots=True)
class LastTime:
    """The window of the answers of the last `length`."""

    length: timedelta


Window = LastAnswers | LastTime


@dataclass(frozen=True, slots=True)
class Above:
    """Triggers above `bound`, recovers below `clear`, which is not more than `bound`."""

    bound: float
    clear: float


@dataclass(frozen=True, slots=True)
class Below:
    """Triggers below `bound`, recovers above `clear`, which is not less than `bound`."""

    bound: float
    clear: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Triggers where the window differs from a baseline: the answers from `start` to before `end`, else the window
    before. `above` bounds the drift measures' own statistic; None leaves that to the test.
    """

    start: datetime | None = None
    end: datetime | None = None
    above: Above | None = None


Trigger = Above | Below | Drift


@dataclass(frozen=True, slots=True)
class Monitor:
    """`datasets` are globs, of which one must match. Below `at_least` answers a figure says nothing."""

    name: str
    where: tuple[str, int, int]
    datasets: tuple[str, ...]
    measure: Measure
    over: Window
    at_least: int
    trigger: Trigger
    by: By | None = None
