"""The numbers of many events in one message: how many, and of each field the smallest, largest, mean, and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from otpushd.model.event import COMMON_FIELDS, CONTENT_FIELDS, Event

MOST_VALUES = 10
_NOT_LISTED = frozenset({"id", "time"})


@dataclass(slots=True)
class Figures:
    """`numbers` holds of each field how many events had one, their sum, smallest and largest; `values` the first ten
    distinct texts, numbers and truths. Bounded, however many events come.
    """

    count: int = 0
    numbers: dict[str, list[float]] = field(default_factory=dict)
    values: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Count one event more."""
        self.count += 1
        for name in COMMON_FIELDS.keys() - _NOT_LISTED:
            self._list(name, event.value(name))
        for name, value in event.data.items():
            if name in CONTENT_FIELDS:
                continue
            if isinstance(value, int | float) and not isinstance(value, bool):
                self._number(name, value)
            for one in value if isinstance(value, list | tuple) else (value,):
                self._list(name, one)

    def fields(self) -> dict[str, Any]:
        """As templates and conditions see them: `count`, FIELD_min, FIELD_max, FIELD_mean, FIELD_list."""
        found: dict[str, Any] = {"count": self.count}
        for name, (count, total, least, most) in self.numbers.items():
            found |= {f"{name}_min": least, f"{name}_max": most, f"{name}_mean": total / count}
        return found | {f"{name}_list": list(values) for name, values in self.values.items()}

    def _number(self, name: str, value: float) -> None:
        known = self.numbers.get(name)
        if known is None:
            self.numbers[name] = [1, value, value, value]
        else:
            known[0], known[1] = known[0] + 1, known[1] + value
            known[2], known[3] = min(known[2], value), max(known[3], value)

    def _list(self, name: str, value: Any) -> None:
        if not isinstance(value, str | int | float | bool):
            return
        known = self.values.setdefault(name, [])
        if len(known) < MOST_VALUES and value not in known:
            known.append(value)


def with_fields(event: Event, more: Mapping[str, Any]) -> Event:
    """The event with further fields, which hide those of its own that are called so."""
    return Event(event.type, event.id, event.source, event.time, event.dataset, {**event.data, **more}, event.content)
