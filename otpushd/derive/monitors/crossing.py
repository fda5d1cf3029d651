"""What a figure says when it has crossed its bound: the answer to `judge` of all four figures."""

from typing import NamedTuple


class Crossing(NamedTuple):
    """A figure is on another side now: 1 beyond its upper bound, -1 beyond its lower one, 0 back where it should be.

    `value` is None where the window has run empty, `bound` where the plan has lost it, `baseline` where there is none.
    """

    side: int
    value: float | None
    bound: float | None
    baseline: float | None = None
