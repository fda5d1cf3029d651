"""Label shares of the latest window against those of the window before it, or of a fixed time: drift, told by the PSI.

A window is twenty cells; the index is looked at whenever a cell is over. Counted are labels, so that an answer with two
counts twice; one without any counts as having none. The first 50 different labels have a count of their own, the
others share one: of a longer list of labels, those that come up while the first windows fill may look like drift.
"""

import json
from array import array
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from otpushd.derive.monitors.crossing import Crossing
from otpushd.derive.monitors.packing import Section, ints
from otpushd.derive.monitors.reading import Observation
from otpushd.derive.monitors.stability import critical, gain, stability_index
from otpushd.derive.monitors.tally import Cell, Tally
from otpushd.derive.monitors.trail import Trail
from otpushd.derive.monitors.window import EPOCH
from otpushd.model.monitor import Baseline, Definition

CELLS = 20
MOST_LABELS = 50
LONGEST_LABEL = 64
_NONE = ("",)


class Shares:
    """The working memory of one such drift: cells of two windows, of one beside a baseline, the last of them open; the
    sums of each window (`_now`, `_before`), and at which cell it is since the beginning (`_edge`).
    """

    __slots__ = (
        "_base", "_before", "_begins", "_cells", "_definition", "_edge", "_ends", "_kept", "_labels", "_now", "_step",
        "_trail",
    )  # fmt: skip

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._step = -(-definition.over // CELLS) if isinstance(definition.over, int) else definition.over / CELLS
        self._base = definition.drift if isinstance(definition.drift, Baseline) else None
        self._kept = CELLS if self._base else 2 * CELLS
        self._cells: deque[Cell] = deque([Cell()])
        self._labels: dict[str, int] = {}
        self._now, self._before = Tally(MOST_LABELS + 1), Tally(MOST_LABELS + 1)
        self._edge = 0
        self._begins = self._ends = EPOCH
        self._trail = Trail()

    def take(self, seen: Observation, now: datetime) -> bool:
        """Count an answer. Whether a cell is over, so that there is something to judge."""
        found = self._numbers(seen.labels or _NONE)
        if self._base is not None and seen.instant < self._base.end:
            if seen.instant >= self._base.start:
                self._before.add(Cell(1, dict.fromkeys(found, 1)))
            return False
        is_over = self.tick(now)
        back = 0
        if isinstance(self._step, timedelta) and seen.instant < self._begins:
            back = self._edge - (seen.instant - EPOCH) // self._step
        if back > self._kept:
            return is_over
        self._count(found, back)
        for number in found:
            self._trail.add(self._edge - back, number, seen.example, self._edge - CELLS)
        if isinstance(self._step, int) and self._cells[-1].answers == self._step:
            self._roll()
            return True
        return is_over

    def tick(self, now: datetime) -> bool:
        """Let time pass. Whether a cell is over, so that there is something to judge."""
        if isinstance(self._step, int):
            return False
        if self._begins <= now < self._ends:
            return False
        edge = (now - EPOCH) // self._step
        passed = edge - self._edge
        if passed <= 0:
            # The clock was set back: by less than two windows it catches up, else there is no use in waiting for it.
            self._edge = edge if passed < -2 * CELLS else self._edge
            self._place(self._step)
            return False
        for _ in range(min(passed, 2 * CELLS + 1)):
            self._roll()
        self._edge = edge
        self._place(self._step)
        return True

    def due(self, side: int) -> datetime | None:
        """When the open cell is over, as long as there is anything in the window."""
        if isinstance(self._step, int) or not (self._cells[-1].answers or self._now.answers or side):
            return None
        return EPOCH + self._step * (self._edge + 1)

    def judge(self, side: int, now: datetime) -> Crossing | None:
        """Whether the shares have gone apart or have come together again; None where neither."""
        told, latest, before = self._definition, self._now, self._before
        if side and not latest.answers:
            return Crossing(0, None, told.above)
        if latest.answers < told.at_least or before.answers < told.at_least:
            return None
        value, categories = stability_index(before.counts, latest.counts)
        above = told.above or 0.0
        bound = max(above, critical(before.answers, latest.answers, categories))
        if not side:
            return Crossing(1, value, bound) if value > bound else None
        clear = bound if told.clear_below is None or not above else bound * told.clear_below / above
        return Crossing(0, value, bound) if value < clear else None

    def examples(self, side: int) -> tuple[int, ...]:
        """Those with labels that have become more frequent, those first that make the most of the index."""
        latest, before = self._now, self._before
        after, total = sum(latest.counts), sum(before.counts)
        weights = {
            number: gain(one or 0.5, other or 0.5, total, after)
            for number, (one, other) in enumerate(zip(before.counts, latest.counts, strict=True))
            if other * total > one * after
        }
        return self._trail.named(self._edge - CELLS, lambda one: weights.get(int(one), 0.0))

    def pack(self) -> list[Section]:
        """As sections. The sums of windows are told by their cells; a fixed time's are not."""
        return [
            ints((self._edge, self._before.answers)),
            ints(self._before.counts if self._base else ()),
            array("B", json.dumps(list(self._labels), ensure_ascii=False).encode("utf-8", "surrogatepass")),
            ints([number for cell in self._cells for number in (cell.answers, len(cell.counts))]),
            ints([number for cell in self._cells for pair in cell.counts.items() for number in pair]),
            *self._trail.pack(),
        ]

    def unpack(self, sections: list[Section]) -> None:
        """From `sections`, which it takes away."""
        (edge, answers), base, labels, lengths, flat = sections[:5]
        del sections[:5]
        known = json.loads(labels.tobytes().decode("utf-8", "surrogatepass"))
        self._labels = {label: number for number, label in enumerate(known)}
        pairs = zip(flat[::2], flat[1::2], strict=True)
        cells = [Cell(count, dict(islice(pairs, of))) for count, of in zip(lengths[::2], lengths[1::2], strict=True)]
        for cell in cells[:-1]:
            self._cells[-1] = cell
            self._roll()
        self._cells[-1] = cells[-1]
        if self._base is not None:
            self._before.answers, self._before.counts = answers, list(base)
        self._edge = edge
        self._trail.unpack(sections)

    def _place(self, step: timedelta) -> None:
        self._begins = EPOCH + step * self._edge
        self._ends = self._begins + step

    def _numbers(self, labels: Iterable[str]) -> list[int]:
        """The labels' counts, each once: the last is for all that have none of their own."""
        known, found = self._labels, dict[int, None]()
        for label in labels:
            short = label[:LONGEST_LABEL]
            number = known.get(short)
            if number is None:
                number = MOST_LABELS
                if len(known) < MOST_LABELS:
                    number = known[short] = len(known)
            found[number] = None
        return list(found)

    def _count(self, found: list[int], back: int) -> None:
        """Count labels in the cell so far `back`; before the first answers came, there are none."""
        cells = self._cells
        while len(cells) <= back:
            cells.appendleft(Cell())
        cell = cells[-1 - back]
        cell.add(found)
        if back:
            (self._now if back <= CELLS else self._before).add(Cell(1, dict.fromkeys(found, 1)))

    def _roll(self) -> None:
        """The open cell is over: it joins the window, whose oldest cell goes over to the window before."""
        cells = self._cells
        self._now.add(cells[-1])
        if len(cells) > CELLS:
            self._now.add(cells[-1 - CELLS], -1)
            if self._base is None:
                self._before.add(cells[-1 - CELLS])
        if len(cells) > self._kept:
            gone = cells.popleft()
            if self._base is None:
                self._before.add(gone, -1)
        cells.append(Cell())
        self._edge += 1
