"""A row of pauses, all alike or each longer than the one before: how often something may be, or is, said again."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Intervals:
    """`first`, then each `factor` times the one before, never more than `longest`. A factor of 1: all alike."""

    first: timedelta
    factor: float = 1.0
    longest: timedelta | None = None

    def after(self, number: int) -> timedelta:
        """The pause after so many pauses before it, counted from 0; never more than a hundred years."""
        most = min(self.longest or _LONGEST, _LONGEST)
        try:
            grown = self.first.total_seconds() * self.factor**number
        except OverflowError:
            return most
        return min(timedelta(seconds=grown), most) if grown < _LONGEST.total_seconds() else most


_LONGEST = timedelta(days=36_500)
