"""`monitor.triggered` and `monitor.recovered`: what a change of a monitor is to rules."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from otpushd.derive.monitors.watch import Change, Turn
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.monitor import By, Definition, Measure

_FIGURE: Mapping[str, Field] = MappingProxyType(
    {
        "monitor": Field(Kind.STRING),
        "measure": Field(Kind.STRING, tuple(Measure)),
        "value": Field(Kind.NUMBER),
        "bound": Field(Kind.NUMBER),
        "baseline": Field(Kind.NUMBER),
        "examples": Field(Kind.INTEGERS),
        "annotator": Field(Kind.STRING),
        "label": Field(Kind.STRING),
    }
)
TRIGGERED = EventType("monitor.triggered", _FIGURE)
RECOVERED = EventType("monitor.recovered", _FIGURE)
TYPES = (TRIGGERED, RECOVERED)


def event_of(
    source: str, dataset: str, number: int, definition: Definition, key: str, change: Change, now: datetime
) -> Event:
    """The event of a change under `key`, which is its `annotator` or its `label` where the monitor goes by that.
    `number` is the dataset's incarnation.

    Shares are fractions of 1; numbers have six significant digits. `examples` are ids, the most telling first, empty on
    recovery. The id is the same whenever the same answers lead to the same change.
    """
    kind = TRIGGERED if change.turn is Turn.TRIGGERED else RECOVERED
    data = {
        "monitor": definition.name,
        "measure": definition.measure.value,
        "value": _rounded(change.value),
        "bound": _rounded(change.bound),
        "baseline": _rounded(change.baseline),
        "examples": list(change.examples),
        "annotator": key if definition.by is By.ANNOTATOR else None,
        "label": key if definition.by is By.LABEL else None,
    }
    identity = event_id(kind.name, number, definition.name, key, change.serial, change.revision)
    return Event(kind.name, identity, source, now, dataset, data)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
