"""From the least to the largest value that occurs: what a bound on means has to reckon with. At least from 0 to 1."""

from otpushd.derive.monitors.packing import Section, floats

TURN = 5000


class Reach:
    """Extremes of the last 5,000 to 10,000 values, so that one stray value does not blunt a test for ever."""

    __slots__ = ("_count", "_high", "_high_before", "_low", "_low_before")

    def __init__(self) -> None:
        self._count, self._low, self._high, self._low_before, self._high_before = 0, 0.0, 1.0, 0.0, 1.0

    @property
    def length(self) -> float:
        """From the least to the largest."""
        return max(self._high, self._high_before) - min(self._low, self._low_before)

    def add(self, value: float) -> None:
        """Take a value in."""
        if value < self._low:
            self._low = value
        elif value > self._high:
            self._high = value
        self._count += 1
        if self._count == TURN:
            self._low_before, self._high_before = self._low, self._high
            self._count, self._low, self._high = 0, 0.0, 1.0

    def pack(self) -> Section:
        """As one section."""
        return floats((self._count, self._low, self._high, self._low_before, self._high_before))

    def unpack(self, section: Section) -> None:
        """From that section."""
        self._count, self._low, self._high, self._low_before, self._high_before = section
