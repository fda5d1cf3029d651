"""One monitor on one dataset, or on one person's or label's part of it: on which side of its bound it stands.

A page of answers thaws it from bytes once, lets it take its answers, and freezes it at the end. Between the two it is a
mutable working set that belongs to whoever thawed it: what is not frozen was never seen, so a commit that fails is
undone by throwing the watch away. Bytes are at most 80 kB, whatever the traffic; of usual windows, 1 to 10 kB.
"""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from otpushd.derive.monitors.adaptive import Adaptive
from otpushd.derive.monitors.anchored import Anchored
from otpushd.derive.monitors.bounded import Bounded
from otpushd.derive.monitors.packing import ints, pack, unpack
from otpushd.derive.monitors.reading import Observation
from otpushd.derive.monitors.shares import Shares
from otpushd.model.monitor import Baseline, Definition, Measure

Figure = Bounded | Adaptive | Anchored | Shares


class Turn(StrEnum):
    """What became of a monitor."""

    TRIGGERED = "triggered"
    RECOVERED = "recovered"


class Change(NamedTuple):
    """A monitor crossed its bound, or came back; see `Crossing`.

    `examples` are the ids of at most 500 examples behind a trigger, the most telling first. `serial` is that of the
    last answer before the change, `revision` numbers the triggers of one memory: a recovery has its trigger's.
    """

    turn: Turn
    value: float | None
    bound: float | None
    baseline: float | None
    examples: tuple[int, ...]
    serial: int
    revision: int


class Watch:
    """A figure and its `side`: 1 while it is beyond its upper bound, -1 beyond its lower one, else 0.

    It is awake once there was an answer that is no history: time alone makes no news of what was there before us.
    """

    __slots__ = ("_awake", "_figure", "_revision", "_serial", "side")

    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        self.side, self._revision, self._serial, self._awake = 0, 0, 0, False

    def take(self, seen: Observation, now: datetime, *, history: bool = False) -> Change | None:
        """One more answer, in the order of rows. History is counted and says nothing: what it has come to is judged
        with the first answer after it.
        """
        figure = self._figure
        self._serial = seen.serial
        has_news = figure.take(seen, now)
        if history:
            if has_news:
                figure.judge(self.side, now)  # what came before a change in history is forgotten like any other
            return None
        is_first, self._awake = not self._awake, True
        return self._judge(now) if has_news or is_first else None

    def tick(self, now: datetime) -> Change | None:
        """Time has passed without an answer."""
        return self._judge(now) if self._awake and self._figure.tick(now) else None

    def due(self) -> datetime | None:
        """The earliest moment at which a `tick` may change anything; None where time alone never does."""
        return self._figure.due(self.side) if self._awake else None

    def freeze(self, definition: Definition) -> bytes:
        """As bytes, for `thaw` with the same definition. The watch can go on."""
        head = ints((self.side, self._revision, self._serial, self._awake))
        return pack(shape_of(definition), [head, *self._figure.pack()])

    def _judge(self, now: datetime) -> Change | None:
        crossing = self._figure.judge(self.side, now)
        if crossing is None:
            return None
        self.side = side = crossing.side
        self._revision += 1 if side else 0
        turn, examples = (Turn.TRIGGERED, self._figure.examples(side)) if side else (Turn.RECOVERED, ())
        return Change(turn, crossing.value, crossing.bound, crossing.baseline, examples, self._serial, self._revision)


def thaw(definition: Definition, memory: bytes | None) -> Watch:
    """The watch of a `filled` definition without `faults`, from `memory` or from nothing.

    Memory of another version, measure, window or way of drift means nothing any more: then it starts from nothing.
    Bounds may change, and what was measured stays.
    """
    figure = _figure(definition)
    watch = Watch(figure)
    sections = unpack(shape_of(definition), memory) if memory else None
    if sections is None:
        return watch
    try:
        watch.side, watch._revision, watch._serial, awake = sections.pop(0)
        watch._awake = bool(awake)
        figure.unpack(sections)
    except (ValueError, IndexError):
        return Watch(_figure(definition))
    return watch


def _figure(definition: Definition) -> Figure:
    if definition.measure is Measure.LABEL_DRIFT:
        return Shares(definition)
    if isinstance(definition.drift, Baseline):
        return Anchored(definition, definition.drift)
    return Bounded(definition) if definition.drift is None else Adaptive(definition)


@lru_cache(1000)
def shape_of(definition: Definition) -> int:
    """What the memory's meaning hangs on, as 32 bits."""
    return crc32(repr((definition.measure, definition.over, definition.drift, definition.low, definition.by)).encode())
