"""A monitor of the plan: what is measured over which answers, and when that is too much. It holds no figures.

Shares are fractions of 1, durations timedelta, instants aware UTC. `otpushd.derive.monitors` does the watching.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Measure(StrEnum):
    """What a monitor measures (product.md, section 6)."""

    REJECT_RATE = "reject_rate"
    IGNORE_RATE = "ignore_rate"
    CONFLICT_RATE = "conflict_rate"
    ACCEPT_RATE = "accept_rate"
    MEAN_SCORE = "mean_score"
    LOW_SCORE_SHARE = "low_score_share"
    ANSWERS_PER_HOUR = "answers_per_hour"
    SCORE_DRIFT = "score_drift"
    LABEL_DRIFT = "label_drift"


class By(StrEnum):
    """What a monitor keeps figures apart by, where it is not one for the whole dataset."""

    ANNOTATOR = "annotator"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Drift is measured against the answers of this time: from `start` up to, not including, `end`."""

    start: datetime
    end: datetime


class Previous(StrEnum):
    """Drift is measured against what came before."""

    WINDOW = "previous window"


@dataclass(frozen=True, slots=True)
class Definition:
    """What to watch. `over` is a number of answers or a time; under `at_least` answers a figure says nothing.

    A value above `above` or below `below` triggers; below `clear_below`, or above `clear_above`, it has recovered.
    With `drift` the bound is the test's own, but for `label_drift`. A score below `low` is a low one. `filled` puts in
    what was left out, `faults` tells what cannot be; the plan holds filled definitions without faults only.
    """

    name: str
    measure: Measure
    over: int | timedelta = 200
    at_least: int = 50
    above: float | None = None
    below: float | None = None
    clear_below: float | None = None
    clear_above: float | None = None
    drift: Previous | Baseline | None = None
    by: By | None = None
    low: float = 0.5


@dataclass(frozen=True, slots=True)
class Monitor:
    """A definition, and the globs of the datasets that it watches, each by itself. `where` is its place in the plan."""

    where: tuple[str, int, int]
    datasets: tuple[str, ...]
    definition: Definition

    @property
    def name(self) -> str:
        """As events name it."""
        return self.definition.name


class Fault(NamedTuple):
    """Why a definition cannot be watched: the key that should change, and the words for the plan's author."""

    key: str
    text: str


LEAST_DISTINCT = 0.25
"""Share of a bound by which a figure must come back before it counts as recovered, unless the plan says otherwise."""
SHARES = frozenset(
    {Measure.REJECT_RATE, Measure.IGNORE_RATE, Measure.CONFLICT_RATE, Measure.ACCEPT_RATE, Measure.LOW_SCORE_SHARE}
)
DRIFTS = frozenset({Measure.SCORE_DRIFT, Measure.LABEL_DRIFT})
USUAL_ABOVE: Mapping[Measure, float] = MappingProxyType(
    {Measure.IGNORE_RATE: 0.1, Measure.CONFLICT_RATE: 0.2, Measure.REJECT_RATE: 0.2, Measure.LABEL_DRIFT: 0.25}
)
USUAL_BELOW: Mapping[Measure, float] = MappingProxyType({Measure.ACCEPT_RATE: 0.1})
"""The field's usual thresholds (product.md, section 6; prodigy.md, section 4); of label shares, those of PSI."""
_SHORTEST = timedelta(minutes=1)


def filled(definition: Definition) -> Definition:
    """The definition with the usual bounds where none was given, and with bounds to clear at, a quarter further in."""
    found = definition
    if found.measure in DRIFTS and found.drift is None:
        found = replace(found, drift=Previous.WINDOW)
    if found.above is None and found.below is None and (found.drift is None or found.measure is Measure.LABEL_DRIFT):
        found = replace(found, above=USUAL_ABOVE.get(found.measure), below=USUAL_BELOW.get(found.measure))
    if found.above is not None and found.clear_below is None:
        found = replace(found, clear_below=found.above - LEAST_DISTINCT * abs(found.above))
    if found.below is not None and found.clear_above is None:
        further = abs(found.below)
        if found.measure in SHARES:
            further = min(further, 1 - found.below)
        found = replace(found, clear_above=found.below + LEAST_DISTINCT * further)
    return found


def faults(definition: Definition) -> tuple[Fault, ...]:
    """Why a `filled` definition cannot be watched; empty where it can."""
    return (*_window_faults(definition), *_bound_faults(definition), *_drift_faults(definition))


def _window_faults(told: Definition) -> Iterator[Fault]:
    if told.at_least < 1:
        yield Fault("at_least", "must be at least 1")
    if isinstance(told.over, timedelta):
        if told.over < _SHORTEST:
            yield Fault("over", "must be at least a minute")
        return
    if told.over < 1:
        yield Fault("over", "must be at least one answer")
    elif told.measure is Measure.ANSWERS_PER_HOUR:
        yield Fault("over", "`answers_per_hour` is counted over a time: write one in `over`, such as 24h")
    elif told.at_least > told.over:
        text = f"`at_least: {told.at_least}` is more than the {told.over} answers of `over`: it would never trigger"
        yield Fault("at_least", text)


def _bound_faults(told: Definition) -> Iterator[Fault]:
    above, below = told.above, told.below
    if told.drift is None and above is None and below is None:
        yield Fault("measure", f"`{told.measure}` has no usual bound; add `above` or `below`")
    if told.clear_below is not None and (above is None or told.clear_below > above):
        text = "is more than `above`: it would recover before it triggers"
        yield Fault("clear_below", f"`clear_below` {text if above is not None else 'goes with `above`'}")
    if told.clear_above is not None and (below is None or told.clear_above < below):
        text = "is less than `below`: it would recover before it triggers"
        yield Fault("clear_above", f"`clear_above` {text if below is not None else 'goes with `below`'}")
    if above is not None and below is not None and below >= above:
        yield Fault("below", "`below` is not less than `above`: every value would trigger")


def _drift_faults(told: Definition) -> Iterator[Fault]:
    measure, bound = told.measure, "above" if told.above is not None else "below"
    if measure is Measure.LABEL_DRIFT:
        if told.by is By.LABEL:
            yield Fault("by", "`label_drift` looks at all labels together; leave `by: label` out")
        if told.below is not None:
            yield Fault("below", "`label_drift` says how far two windows are apart; it takes `above`, or no bound")
    elif told.drift is not None:
        if measure is Measure.ANSWERS_PER_HOUR:
            yield Fault("drift", "`answers_per_hour` has no `drift`; give it `above` or `below`")
        elif told.above is not None or told.below is not None:
            what = f"leave `{bound}` out" if measure in DRIFTS else f"leave `{bound}` or `drift` out"
            yield Fault(bound, f"drift is told by a test with a bound of its own; {what}")
    if isinstance(told.drift, Baseline) and told.drift.start >= told.drift.end:
        yield Fault("drift", "the baseline ends before it begins")
