"""The last so many answers, or those of the last so long, as sums. Their memory does not grow with traffic.

By count: exact up to 1,000 answers, above that in steps of a thousandth. By time: in cells of a 240th of the window
(six minutes of a day), forgotten when all of a cell is too old: up to a 240th of the window late, never early.
"""

from array import array
from collections import deque
from datetime import UTC, datetime, timedelta

from otpushd.derive.monitors.packing import Section, floats, ints

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEPS = 1000
CELLS = 240


class CountWindow:
    """The last `over` values: how many there are (`n`), their `total` and, if asked for, the total of their `squares`.

    `place` numbers the step that a value goes to; those from `since` on are in the window.
    """

    __slots__ = (
        "_open",
        "_open_squares",
        "_open_total",
        "_squared",
        "_squares",
        "_step",
        "_sums",
        "_whole",
        "n",
        "place",
        "squares",
        "total",
    )

    def __init__(self, over: int, *, squared: bool = False) -> None:
        self._step = -(-over // STEPS)
        self._whole = -(-over // self._step)
        self._squared = squared
        self._sums: deque[float] = deque()
        self._squares: deque[float] = deque()
        self._open, self._open_total, self._open_squares = 0, 0.0, 0.0
        self.n, self.total, self.squares, self.place = 0, 0.0, 0.0, 0

    @property
    def since(self) -> int:
        """The first step that is still in the window."""
        return self.place - len(self._sums)

    def add(self, value: float, instant: datetime, now: datetime) -> int | None:
        """Take a value in, whenever it is from, and tell its place."""
        place = self.place
        self.n += 1
        self.total += value
        self._open_total += value
        if self._squared:
            self.squares += value * value
            self._open_squares += value * value
        self._open += 1
        if self._open == self._step:
            self._close()
        return place

    def _close(self) -> None:
        self._sums.append(self._open_total)
        if self._squared:
            self._squares.append(self._open_squares)
        self.place += 1
        self._open, self._open_total, self._open_squares = 0, 0.0, 0.0
        if len(self._sums) > self._whole:
            self.n -= self._step
            self.total -= self._sums.popleft()
            if self._squared:
                self.squares -= self._squares.popleft()

    def forget(self, now: datetime) -> bool:
        """Nothing: time does not change it."""
        return False

    def due(self, warm: datetime = EPOCH) -> datetime | None:
        """Never."""
        return None

    def pack(self) -> list[Section]:
        """As sections. The totals go along, so that sums are the same to the last bit whenever they were packed."""
        return [
            ints((self.n, self.place, self._open)),
            floats((self.total, self.squares, self._open_total, self._open_squares)),
            _small(self._sums),
            floats(self._squares),
        ]

    def unpack(self, sections: list[Section]) -> None:
        """From the first four of `sections`, which it takes away."""
        numbers, totals, sums, squares = sections[:4]
        del sections[:4]
        self.n, self.place, self._open = (int(number) for number in numbers)
        self.total, self.squares, self._open_total, self._open_squares = totals
        self._sums.extend(sums)
        self._squares.extend(squares)


class TimeWindow:
    """The values of the last `over`, told by their instants; the same figures as a `CountWindow` has."""

    __slots__ = ("_cell", "_cells", "_edge", "_edge_begins", "_edge_ends", "n", "squares", "total")

    def __init__(self, over: timedelta) -> None:
        self._cell = over / CELLS
        self._cells: deque[list[float]] = deque()
        """(place, n, total, squares) in order of places, without those that are empty."""
        self._edge = 0
        self._edge_begins = self._edge_ends = EPOCH
        self.n, self.total, self.squares = 0, 0.0, 0.0

    @property
    def since(self) -> int:
        """The first cell that is still in the window."""
        return self._edge - CELLS

    def add(self, value: float, instant: datetime, now: datetime) -> int | None:
        """Take a value in and tell its place. None: it is from before the window. Nothing is later than now."""
        self.forget(now)
        place = self._edge
        if instant < self._edge_begins:
            place = (instant - EPOCH) // self._cell
            if place < self.since:
                return None
        cells = self._cells
        if not cells or cells[-1][0] < place:
            cells.append([place, 1, value, value * value])
        else:
            at = len(cells) - 1
            while at >= 0 and cells[at][0] > place:
                at -= 1
            if at < 0 or cells[at][0] < place:
                cells.insert(at + 1, [place, 1, value, value * value])
            else:
                cell = cells[at]
                cell[1] += 1
                cell[2] += value
                cell[3] += value * value
        self.n += 1
        self.total += value
        self.squares += value * value
        return place

    def forget(self, now: datetime) -> bool:
        """Drop what lies too far back, and what lies a window ahead because the clock was set back. Whether any did."""
        if self._edge_begins <= now < self._edge_ends:
            return False
        edge = self._edge = (now - EPOCH) // self._cell
        self._edge_begins = EPOCH + self._cell * edge
        self._edge_ends = self._edge_begins + self._cell
        cells = self._cells
        dropped = False
        while cells and cells[0][0] < edge - CELLS:
            self._drop(cells.popleft())
            dropped = True
        while cells and cells[-1][0] > edge + CELLS:
            self._drop(cells.pop())
            dropped = True
        return dropped

    def _drop(self, cell: list[float]) -> None:
        self.n -= int(cell[1])
        self.total, self.squares = (self.total - cell[2], self.squares - cell[3]) if self._cells else (0.0, 0.0)

    def due(self, warm: datetime = EPOCH) -> datetime | None:
        """When the oldest cell is forgotten, but not before all is `warm`; None where nothing is left to wait for."""
        ready = (warm - EPOCH) // self._cell + 1
        if self._cells:
            return EPOCH + self._cell * max(int(self._cells[0][0]) + CELLS + 1, ready)
        return EPOCH + self._cell * ready if ready > self._edge and warm > EPOCH else None

    def pack(self) -> list[Section]:
        """As sections, with the totals to the last bit."""
        whole = [int(number) for cell in self._cells for number in cell[:2]]
        sums = [number for cell in self._cells for number in cell[2:]]
        return [ints((self._edge, *whole)), floats((self.total, self.squares, *sums))]

    def unpack(self, sections: list[Section]) -> None:
        """From the first two of `sections`, which it takes away."""
        (edge, *whole), (self.total, self.squares, *sums) = sections[:2]
        del sections[:2]
        self._edge = int(edge)
        rows = zip(whole[::2], whole[1::2], sums[::2], sums[1::2], strict=True)
        self._cells.extend([int(place), int(n), total, squares] for place, n, total, squares in rows)
        self.n = sum(int(cell[1]) for cell in self._cells)


Window = CountWindow | TimeWindow


def window_over(over: int | timedelta, *, squared: bool = False) -> Window:
    """An empty window of so many answers or of so long; `squared`: it is asked for `squares`."""
    return TimeWindow(over) if isinstance(over, timedelta) else CountWindow(over, squared=squared)


_BITS = frozenset({0.0, 1.0})


def _small(values: deque[float]) -> Section:
    """Shares are sums of ones, for which a byte each will do."""
    return array("B", map(int, values)) if _BITS.issuperset(values) else floats(values)
