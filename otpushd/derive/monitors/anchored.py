"""A mean or a rate against the same figure in a fixed time: drift from a baseline, by the bound that ADWIN uses.

The baseline is made of the answers of its own time as they come by, so it stands once history was counted. The test is
the one of `adwin.epsilon` with the baseline for the older part and the window for the newer.
"""

from datetime import datetime

from otpushd.derive.monitors.adwin import SHORTEST, epsilon
from otpushd.derive.monitors.crossing import Crossing
from otpushd.derive.monitors.packing import Section, floats
from otpushd.derive.monitors.reach import Reach
from otpushd.derive.monitors.reading import Observation, reading
from otpushd.derive.monitors.trail import Trail
from otpushd.derive.monitors.window import TimeWindow, window_over
from otpushd.model.monitor import LEAST_DISTINCT, Baseline, Definition


class Anchored:
    """The working memory of one such drift: what the baseline came to (`_base` answers), and the window."""

    __slots__ = (
        "_at_least",
        "_base",
        "_base_squares",
        "_base_total",
        "_baseline",
        "_reach",
        "_read",
        "_trail",
        "_window",
    )

    def __init__(self, definition: Definition, baseline: Baseline) -> None:
        self._read = reading(definition)
        self._baseline = baseline
        self._at_least = max(definition.at_least, SHORTEST)
        self._window = window_over(definition.over, squared=True)
        self._trail = Trail()
        self._reach = Reach()
        self._base, self._base_total, self._base_squares = 0, 0.0, 0.0

    def take(self, seen: Observation, now: datetime) -> bool:
        """Count an answer. Whether there is anything to judge."""
        value = self._read(seen)
        if value is None or seen.instant < self._baseline.start:
            return self.tick(now)
        self._reach.add(value)
        if seen.instant < self._baseline.end:
            self._base += 1
            self._base_total += value
            self._base_squares += value * value
            return True
        place = self._window.add(value, seen.instant, now)
        if place is not None:
            self._trail.add(place, value, seen.example, self._window.since)
        return True

    def tick(self, now: datetime) -> bool:
        """Let time pass. Whether there is anything to judge."""
        self._window.forget(now)
        return isinstance(self._window, TimeWindow)

    def due(self, side: int) -> datetime | None:
        """The earliest moment at which time alone may change anything."""
        return self._window.due()

    def judge(self, side: int, now: datetime) -> Crossing | None:
        """Where the mean has gone from `side`; None where it has stayed."""
        count, base = self._window.n, self._base
        if base < self._at_least:
            return None
        before = self._base_total / base
        if count < self._at_least:
            return Crossing(0, None, None, before) if side and not count else None
        after, bound = self._window.total / count, self._epsilon()
        apart = after - before
        if not side:
            found = 1 if apart > 0 else -1
            return Crossing(found, after, before + found * bound, before) if abs(apart) > bound else None
        if side * apart < bound * (1 - LEAST_DISTINCT):
            return Crossing(0, after, before + side * bound, before)
        return None

    def examples(self, side: int) -> tuple[int, ...]:
        """Those of the window that are on that side of the baseline, the most extreme first."""
        before = self._base_total / self._base
        return self._trail.named(self._window.since, lambda value: side * (value - before))

    def pack(self) -> list[Section]:
        """As sections."""
        return [
            floats((self._base, self._base_total, self._base_squares)),
            self._reach.pack(),
            *self._window.pack(),
            *self._trail.pack(),
        ]

    def unpack(self, sections: list[Section]) -> None:
        """From `sections`, which it takes away."""
        base, self._base_total, self._base_squares = sections.pop(0)
        self._base = int(base)
        self._reach.unpack(sections.pop(0))
        self._window.unpack(sections)
        self._trail.unpack(sections)

    def _epsilon(self) -> float:
        whole = self._base + self._window.n
        middle = (self._base_total + self._window.total) / whole
        variance = (self._base_squares + self._window.squares) / whole - middle * middle
        return epsilon(self._base, self._window.n, variance, reach=self._reach.length)
