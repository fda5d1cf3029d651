"""A mean or a rate against what came before it: drift, told by ADWIN over about twice the window.

The window gives the past its length: what is older than two of them is forgotten even while nothing changes. A drift
has recovered when a further change brings the mean back by a quarter of the bound's distance, or when a whole window
has gone by without a change: by then the new level is what came before.
"""

from datetime import datetime, timedelta

from otpushd.derive.monitors.adwin import EVERY, Adwin
from otpushd.derive.monitors.crossing import Crossing
from otpushd.derive.monitors.packing import Section, floats, ints
from otpushd.derive.monitors.reach import Reach
from otpushd.derive.monitors.reading import Observation, reading
from otpushd.derive.monitors.trail import Trail
from otpushd.derive.monitors.window import EPOCH
from otpushd.model.monitor import LEAST_DISTINCT, Definition


class Adaptive:
    """The working memory of one such drift. Its clock counts values, or seconds, as the window is told.

    `_changed` is when the mean last changed, `_since` the first value after that.
    """

    __slots__ = (
        "_adwin", "_at_least", "_before", "_bound", "_changed", "_over", "_reach", "_read", "_seen", "_since", "_trail",
    )  # fmt: skip

    def __init__(self, definition: Definition) -> None:
        self._read = reading(definition)
        self._over = definition.over
        self._at_least = definition.at_least
        self._adwin = Adwin()
        self._reach = Reach()
        self._trail = Trail()
        self._seen, self._changed, self._since = 0, 0, 0
        self._before, self._bound = 0.0, 0.0

    def take(self, seen: Observation, now: datetime) -> bool:
        """Count an answer. Every 32nd is a moment to judge."""
        value = self._read(seen)
        if value is None:
            return False
        self._seen += 1
        self._reach.add(value)
        self._adwin.add(value, self._seen if isinstance(self._over, int) else _seconds(min(seen.instant, now)))
        self._trail.add(self._seen, value, seen.example, 0)
        return self._seen % EVERY == 0

    def tick(self, now: datetime) -> bool:
        """Let time pass. Whether there is anything to judge."""
        return isinstance(self._over, timedelta)

    def due(self, side: int) -> datetime | None:
        """When a drift will be the new level."""
        if side and isinstance(self._over, timedelta):
            return EPOCH + timedelta(seconds=self._changed + 1) + self._over
        return None

    def judge(self, side: int, now: datetime) -> Crossing | None:
        """Where the mean has gone from `side`; None where it has stayed. What came before a change is forgotten."""
        adwin = self._adwin
        if isinstance(self._over, int):
            adwin.keep(2 * self._over)
        else:
            adwin.keep(None, _seconds(now - 2 * self._over))
        adwin.reach = self._reach.length
        cut = adwin.shrink() if adwin.width >= self._at_least else None
        if cut is None:
            return self._back(adwin.total / adwin.width) if side and self._is_settled(now) else None
        adwin.keep(cut.newer)
        self._changed = self._seen if isinstance(self._over, int) else _seconds(now)
        if side:
            clear = self._before + (1 - LEAST_DISTINCT) * (self._bound - self._before)
            return self._back(cut.after) if side * (cut.after - clear) < 0 else None
        found = 1 if cut.after > cut.before else -1
        self._before, self._bound = cut.before, cut.before + found * cut.epsilon
        self._since = self._seen - cut.newer + 1
        return Crossing(found, cut.after, self._bound, cut.before)

    def examples(self, side: int) -> tuple[int, ...]:
        """Those after the change that are on that side of what came before, the most extreme first."""
        return self._trail.named(self._since, lambda value: side * (value - self._before))

    def pack(self) -> list[Section]:
        """As sections."""
        return [
            ints((self._seen, self._changed, self._since)),
            floats((self._before, self._bound)),
            self._reach.pack(),
            *self._adwin.pack(),
            *self._trail.pack(),
        ]

    def unpack(self, sections: list[Section]) -> None:
        """From `sections`, which it takes away."""
        self._seen, self._changed, self._since = sections.pop(0)
        self._before, self._bound = sections.pop(0)
        self._reach.unpack(sections.pop(0))
        self._adwin.unpack(sections)
        self._trail.unpack(sections)

    def _back(self, value: float) -> Crossing:
        return Crossing(0, value, self._bound, self._before)

    def _is_settled(self, now: datetime) -> bool:
        if isinstance(self._over, int):
            return self._seen - self._changed >= self._over
        return _seconds(now) - self._changed >= self._over.total_seconds()


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
