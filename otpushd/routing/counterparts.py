"""Which later event ends an earlier one where a rule names only its type: the same source, dataset and thing."""

from collections.abc import Mapping
from typing import Any

from otpushd.model.event import Event
from otpushd.model.joining import alike
from otpushd.routing.fields import Path, follow
from otpushd.routing.pairing import CompiledPairing
from otpushd.routing.rule import Counterpart

_COMMON = ("source", "dataset")
_MONITOR = ("monitor", "annotator", "label")
_MODEL = ("model", "metric")
SAME: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("monitor.triggered", "monitor.recovered"): _MONITOR,
    ("monitor.recovered", "monitor.triggered"): _MONITOR,
    ("input.disagreement", "input.settled"): ("input_hash",),
    ("input.settled", "input.disagreement"): ("input_hash",),
    ("annotator.idle", "answer.saved"): ("annotator",),
    ("model.drift", "model.drift"): _MODEL,
    ("model.errors", "model.errors"): _MODEL,
    ("model.low_confidence", "model.low_confidence"): _MODEL,
    ("relabel.completed", "relabel.completed"): ("queue",),
}
"""(trigger's type, counterpart's type): the fields, of both, that say that they are about the same thing."""


def counterpart(on: frozenset[str], trigger_types: frozenset[str], pairing: CompiledPairing | None) -> Counterpart:
    """What `until` or `resolve` with types `on` waits for, in a rule on `trigger_types`.

    With a condition that alone counts. Without one the events are of the same source and dataset, and equal in every
    field that each pair of types has in SAME: with several types a field that not all pairs share tells nothing.
    """
    if pairing is not None:
        return Counterpart(on, pairing.joins, pairing, pairing.about)
    shared = [SAME.get((trigger, later), ()) for trigger in sorted(trigger_types) for later in sorted(on)]
    names = [name for name in (shared[0] if shared else ()) if all(name in other for other in shared)]
    about = (*_COMMON, *names)
    return Counterpart(on, tuple(((name,), (name,)) for name in about), about=frozenset(about))


def matches_joins(counterpart: Counterpart, event: Event, trigger: Event) -> bool:
    """Whether an event is the counterpart of the trigger where there is no condition: null is equal to null."""
    if event.type not in counterpart.on:
        return False
    return all(alike(_value(event, ours), _value(trigger, theirs)) for ours, theirs in counterpart.joins)


def _value(event: Event, path: Path) -> Any:
    return follow(event.value(str(path[0])), path[1:])
