"""Where panels lie between pages: in the notes of their dataset's ledger.

One note a monitor lists its keys and when they are due, one part a key holds its memory, so that a page loads those
that it touches, not all 200. A panel is opened once a page and put back when the ledger is saved.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from otpushd.derive.monitors.panel import Panel
from otpushd.derive.monitors.reading import keys_of
from otpushd.derive.monitors.watch import shape_of
from otpushd.model.ledger import PART, Ledger, Touch
from otpushd.model.monitor import Definition, Monitor
from otpushd.model.plan import Plan

WHOSE = "monitor"


@dataclass(frozen=True, slots=True)
class Panels:
    """The panels on the incarnation `dataset`, each with the definition that it is of."""

    dataset: int
    panels: tuple[tuple[Definition, Panel], ...]

    def put_back(self, ledger: Ledger) -> None:
        """Note what was touched since last asked."""
        for definition, panel in self.panels:
            kept = panel.frozen()
            name = definition.name
            for key, memory in kept.memories.items():
                ledger.put(self.dataset, PART, about_of(name, key), memory)
            _forget(ledger, self.dataset, name, kept.gone)
            note = json.dumps([name, shape_of(definition), list(kept.due.items())], separators=(",", ":")).encode()
            listed = note if kept.due else None
            if listed != ledger.note(self.dataset, WHOSE, about_of(name)):
                ledger.put(self.dataset, WHOSE, about_of(name), listed)


def panels_of(ledger: Ledger, dataset: int, monitors: Iterable[Monitor]) -> Sequence[tuple[Definition, Panel]]:
    """The panels of the monitors on a dataset, open until the ledger is thrown away. It is always asked for all."""
    place = (dataset, WHOSE, "")
    opened = ledger.opened.get(place)
    if not isinstance(opened, Panels):
        found = [(one.definition, _panel(ledger, dataset, one.definition)) for one in monitors]
        ledger.opened[place] = opened = Panels(dataset, tuple(found))
    return opened.panels


def _panel(ledger: Ledger, dataset: int, definition: Definition) -> Panel:
    """A definition that changed what its memory hangs on starts anew. The parts that are asked for must be loaded."""
    _, shape, keys = _listed(ledger.note(dataset, WHOSE, about_of(definition.name)))
    if shape != shape_of(definition):
        _forget(ledger, dataset, definition.name, keys)
        keys = {}
    return Panel(definition, keys, lambda key: ledger.note(dataset, PART, about_of(definition.name, key)))


def parts(rows: Iterable[Touch], plan: Plan) -> Iterator[tuple[int, str]]:
    """What is to be loaded for rows: the parts of the panels' keys under which they count."""
    watched: dict[tuple[int, str], set[tuple[str | None, tuple[str, ...]]]] = {}
    for row in rows:
        if plan.monitors_for(row.name):
            watched.setdefault((row.dataset, row.name), set()).add((row.person, tuple(row.labels)))
    for (dataset, name), kinds in watched.items():
        for monitor in plan.monitors_for(name):
            definition = monitor.definition
            for key in {key for kind in kinds for key in keys_of(definition, *kind)}:
                yield dataset, about_of(definition.name, key)


def clear(ledger: Ledger, plan: Plan) -> None:
    """Forget what is kept of monitors that are no more, or no longer watch a dataset, of all datasets loaded."""
    for (dataset, whose, about), note in list(ledger.notes.items()):
        if whose != WHOSE:
            continue
        name, _, keys = _listed(note)
        watching = plan.monitors_for(ledger.tallies[dataset].name) if dataset in ledger.tallies else ()
        if name not in {one.name for one in watching}:
            _forget(ledger, dataset, name, keys)
            ledger.put(dataset, WHOSE, about, None)


@lru_cache(10_000)
def about_of(name: str, key: str | None = None) -> str:
    """What a note is about: a monitor, or one of its keys. Names and keys may be longer than what is indexed."""
    return blake2b(ascii((name, key)).encode(), digest_size=16).hexdigest()


def _forget(ledger: Ledger, dataset: int, name: str, keys: Iterable[str]) -> None:
    for key in keys:
        ledger.put(dataset, PART, about_of(name, key), None)


def _listed(note: bytes | None) -> tuple[str, int | None, dict[str, int | None]]:
    """A monitor's name, the shape of its definition, and its keys with when they are due."""
    if note is None:
        return "", None, {}
    name, shape, keys = json.loads(note)
    return name, shape, dict(keys)
