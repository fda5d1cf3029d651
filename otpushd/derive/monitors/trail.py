"""The examples behind a figure: the newest ones that were worth a note, at most 500 of them."""

from collections import deque
from collections.abc import Callable

from otpushd.derive.monitors.packing import Section, floats, ints

MOST = 500


class Trail:
    """Where (a place in the window), how much (a value) and which example, in three queues of equal length."""

    __slots__ = ("examples", "places", "values")

    def __init__(self) -> None:
        self.places: deque[int] = deque(maxlen=MOST)
        self.values: deque[float] = deque(maxlen=MOST)
        self.examples: deque[int] = deque(maxlen=MOST)

    def add(self, place: int, value: float, example: int | None, since: int) -> None:
        """Take note of an example, if it has an id, and forget those at places before `since`."""
        places = self.places
        while places and places[0] < since:
            places.popleft()
            self.values.popleft()
            self.examples.popleft()
        if example is not None:
            places.append(place)
            self.values.append(value)
            self.examples.append(example)

    def named(self, since: int, weight: Callable[[float], float]) -> tuple[int, ...]:
        """Distinct examples at places from `since` on whose values have a weight over 0: the heaviest, then the newest
        first.
        """
        found = [
            (-heavy, -number, example)
            for number, (place, value, example) in enumerate(zip(self.places, self.values, self.examples, strict=True))
            if place >= since and (heavy := weight(value)) > 0
        ]
        return tuple(dict.fromkeys([example for _, _, example in sorted(found)]))

    def pack(self) -> list[Section]:
        """As sections."""
        return [ints(self.places), floats(self.values), ints(self.examples)]

    def unpack(self, sections: list[Section]) -> None:
        """From the first three of `sections`, which it takes away."""
        places, values, examples = sections[:3]
        del sections[:3]
        self.places.extend(places)
        self.values.extend(values)
        self.examples.extend(examples)
