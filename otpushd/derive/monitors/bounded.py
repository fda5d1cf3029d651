"""A figure over a window against fixed bounds: rates, mean score, share of low scores, answers an hour."""

from collections.abc import Callable
from datetime import datetime, timedelta

from otpushd.derive.monitors.crossing import Crossing
from otpushd.derive.monitors.packing import Section, ints
from otpushd.derive.monitors.reading import Observation, reading
from otpushd.derive.monitors.trail import Trail
from otpushd.derive.monitors.window import EPOCH, TimeWindow, window_over
from otpushd.model.monitor import SHARES, Definition, Measure

_MICROSECOND = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


class Bounded:
    """The working memory of one such figure.

    Answers an hour (`_hours` long is their window, 0 for other measures) are too few only where a whole window has
    passed since `_begun`, when answers began to come: before that few mean nothing.
    """

    __slots__ = ("_begun", "_definition", "_hours", "_noted", "_read", "_seen", "_trail", "_window")

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._read = reading(definition)
        self._window = window_over(definition.over)
        hourly = definition.measure is Measure.ANSWERS_PER_HOUR and isinstance(definition.over, timedelta)
        self._hours = definition.over / _HOUR if hourly and isinstance(definition.over, timedelta) else 0.0
        self._trail = Trail()
        self._noted = _noted(definition)
        self._seen, self._begun = 0, EPOCH

    def take(self, seen: Observation, now: datetime) -> bool:
        """Count an answer. Whether there is anything to judge."""
        value = self._read(seen)
        if value is None:
            return self.tick(now)
        window = self._window
        place = window.add(value, seen.instant, now)
        if place is not None and self._noted(value):
            self._trail.add(place, value, seen.example, window.since)
        if window.n == 1:
            self._begun = min(seen.instant, now)
        self._seen += 1
        return True

    def tick(self, now: datetime) -> bool:
        """Let time pass. Whether there is anything to judge."""
        self._window.forget(now)
        return isinstance(self._window, TimeWindow) and self._seen > 0

    def due(self, side: int) -> datetime | None:
        """The earliest moment at which time alone may change anything."""
        if self._hours and isinstance(self._definition.over, timedelta) and not side and self._seen:
            return self._window.due(self._begun + self._definition.over)
        return self._window.due()

    def judge(self, side: int, now: datetime) -> Crossing | None:
        """Where the figure has gone from `side`; None where it has stayed."""
        window, told = self._window, self._definition
        count = window.n
        if self._hours:
            if self._seen < told.at_least:
                return None
            value = count / self._hours
        elif count < told.at_least:
            return Crossing(0, None, self._bound(side)) if side and not count else None
        else:
            value = window.total / count
        if not side:
            if told.above is not None and value > told.above:
                return Crossing(1, value, told.above)
            if told.below is not None and value < told.below and self._is_warm(now):
                return Crossing(-1, value, told.below)
            return None
        clear = told.clear_below if side > 0 else told.clear_above
        if clear is None or (value < clear if side > 0 else value > clear):
            return Crossing(0, value, self._bound(side))
        return None

    def examples(self, side: int) -> tuple[int, ...]:
        """Those that pull the figure to that side, the most extreme first."""
        bound = self._bound(side) or 0.0
        if self._hours:
            return self._trail.named(self._window.since, lambda value: side)
        if self._definition.measure in SHARES:
            return self._trail.named(self._window.since, lambda value: value if side > 0 else 1 - value)
        return self._trail.named(self._window.since, lambda value: side * (value - bound))

    def pack(self) -> list[Section]:
        """As sections."""
        begun = (self._begun - EPOCH) // _MICROSECOND
        return [ints((self._seen, begun)), *self._window.pack(), *self._trail.pack()]

    def unpack(self, sections: list[Section]) -> None:
        """From `sections`, which it takes away."""
        self._seen, begun = sections.pop(0)
        self._begun = EPOCH + timedelta(microseconds=begun)
        self._window.unpack(sections)
        self._trail.unpack(sections)

    def _bound(self, side: int) -> float | None:
        return self._definition.above if side > 0 else self._definition.below

    def _is_warm(self, now: datetime) -> bool:
        over = self._definition.over
        return not self._hours or not isinstance(over, timedelta) or now - self._begun >= over


def _noted(definition: Definition) -> Callable[[float], bool]:
    """Which values may one day have to be named: the rejected ones where rejects trigger, what drags a mean down."""
    above, below = definition.above, definition.below
    if definition.measure is Measure.ANSWERS_PER_HOUR:
        return lambda value: above is not None
    if definition.measure in SHARES:
        notable = {1.0} if below is None else {0.0} if above is None else {0.0, 1.0}
        return notable.__contains__
    return lambda value: (above is not None and value > above) or (below is not None and value < below)
