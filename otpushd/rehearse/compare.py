"""Two rule sets over the same events: which messages only one of them sends, and which it sends at another time. Pure.

Equal messages cancel out as they come, so that memory is needed for differences only.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from itertools import cycle
from typing import NamedTuple, TypeVar

from otpushd.model.delivery import Fault
from otpushd.model.queue import Order
from otpushd.rehearse.stage import Happened, Sent, Staged, fault_text
from otpushd.rehearse.tally import EXAMPLES, Example, example

MOST_OPEN = 500_000
"""So many differences are held, at a few hundred bytes each, before they are settled among themselves."""
_MOST_TEXTS = 100
"""Of a rule and person: which of them will be examples is known only at the end."""
_Shown = TypeVar("_Shown")
Line = tuple[str, str]
"""Rule and person."""


class Side(IntEnum):
    """Which of the rule sets sends a message."""

    BEFORE = 0
    AFTER = 1


_OTHER = (Side.AFTER, Side.BEFORE)


@dataclass(frozen=True, slots=True)
class Moved:
    """A message at another time."""

    before: datetime
    after: Example


@dataclass(slots=True)
class Change:
    """What becomes of one rule's messages to one person.

    `removed` are sent only before, `added` only after, `moved` at another time, `altered` for the same event, but with
    another text, link, priority or channel. `was` counts messages after, by the rule that sent the same text for the
    same event before; `became` those before, by the rule that sends them after. The rest is as it was.
    """

    before: int = 0
    after: int = 0
    removed: int = 0
    added: int = 0
    moved: int = 0
    altered: int = 0
    was: Counter[str] = field(default_factory=Counter)
    became: Counter[str] = field(default_factory=Counter)
    removed_examples: list[Example] = field(default_factory=list)
    added_examples: list[Example] = field(default_factory=list)
    moved_examples: list[Moved] = field(default_factory=list)
    altered_examples: list[tuple[Example, Example]] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.removed or self.added or self.moved or self.altered or self.was or self.became)


class _Key(NamedTuple):
    """A message, told by hashes: of its event, its title and body, and how it goes. Is hashed itself for each."""

    line: Line
    event: int
    text: int
    way: int
    at: datetime


@dataclass(slots=True)
class Comparison:
    """By (rule, person) what changes; and how many orders by (rule, file), and faults, there are on either side."""

    changes: dict[Line, Change] = field(default_factory=lambda: defaultdict(Change))
    orders: tuple[Counter[Line], Counter[Line]] = field(default_factory=lambda: (Counter(), Counter()))
    faults: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))
    _open: tuple[Counter[_Key], Counter[_Key]] = field(default_factory=lambda: (Counter(), Counter()))
    _texts: tuple[dict[_Key, Example], dict[_Key, Example]] = field(default_factory=lambda: ({}, {}))
    _shown: Counter[tuple[Side, Line]] = field(default_factory=Counter)

    def take(self, side: Side, one: Staged) -> None:
        """Take in what one side does next."""
        match one:
            case Sent():
                self._message(side, one)
            case Order():
                self.orders[side][one.rule, one.queue] += 1
            case Fault():
                self.faults[side][fault_text(one)] += 1

    def _message(self, side: Side, sent: Sent) -> None:
        one = sent.notification
        line = (one.rule, one.person)
        change = self.changes[line]
        if side is Side.BEFORE:
            change.before += 1
        else:
            change.after += 1
        text, way = hash((one.title, one.body)), hash((one.link, one.priority, one.channels))
        key, other = _Key(line, hash(one.event_id), text, way, sent.at), _OTHER[side]
        if key in self._open[other]:
            self._drop(other, key)
            return
        self._open[side][key] += 1
        if self._shown[side, line] < _MOST_TEXTS and key not in self._texts[side]:
            self._shown[side, line] += 1
            self._texts[side][key] = example(one, sent.at)
        if len(self._open[0]) + len(self._open[1]) > MOST_OPEN:
            self.settle()

    def _drop(self, side: Side, key: _Key) -> None:
        self._open[side][key] -= 1
        if not self._open[side][key]:
            del self._open[side][key]
            if self._texts[side].pop(key, None):
                self._shown[side, key.line] -= 1

    def settle(self) -> None:
        """Say of every message that has no equal what became of it: the more alike two are, the sooner they meet."""
        for before, after in self._meet(lambda key: (key.line, key.event, key.text)):
            if before.at == after.at:
                self._altered(before, after)
                continue
            self.changes[after.line].moved += 1
            shown = self._texts[Side.AFTER].get(after)
            _show(self.changes[after.line].moved_examples, Moved(before.at, shown) if shown else None)
        for before, after in self._meet(lambda key: (key.line[1], key.event, key.text)):
            self.changes[after.line].was[before.line[0]] += 1
            self.changes[before.line].became[after.line[0]] += 1
        for before, after in self._meet(lambda key: (key.line, key.event)):
            self._altered(before, after)
        for key, count in self._open[Side.BEFORE].items():
            self.changes[key.line].removed += count
            _show(self.changes[key.line].removed_examples, self._texts[Side.BEFORE].get(key))
        for key, count in self._open[Side.AFTER].items():
            self.changes[key.line].added += count
            _show(self.changes[key.line].added_examples, self._texts[Side.AFTER].get(key))
        for side in Side:
            self._open[side].clear()
            self._texts[side].clear()
        self._shown.clear()

    def _altered(self, before: _Key, after: _Key) -> None:
        self.changes[after.line].altered += 1
        old, new = self._texts[Side.BEFORE].get(before), self._texts[Side.AFTER].get(after)
        _show(self.changes[after.line].altered_examples, (old, new) if old and new else None)

    def _meet(self, alike: Callable[[_Key], Hashable]) -> Iterator[tuple[_Key, _Key]]:
        """Pairs of messages, one from each side, that are alike; they are open no more. Earliest meets earliest."""
        waiting: dict[Hashable, list[_Key]] = {}
        for key in sorted(self._open[Side.BEFORE].elements(), key=lambda key: key.at, reverse=True):
            waiting.setdefault(alike(key), []).append(key)
        for after in sorted(self._open[Side.AFTER].elements(), key=lambda key: key.at):
            if those := waiting.get(alike(after)):
                before = those.pop()
                yield before, after
                for side, key in ((Side.BEFORE, before), (Side.AFTER, after)):
                    self._drop(side, key)


def _show(kept: list[_Shown], one: _Shown | None) -> None:
    if one is not None and len(kept) < EXAMPLES:
        kept.append(one)


def abreast(before: Iterator[Staged], after: Iterator[Staged]) -> Iterator[tuple[Side, Staged]]:
    """Two streams over the same events, event by event: neither is ever more than one event ahead."""
    streams = {Side.BEFORE: before, Side.AFTER: after}
    for side in cycle(Side):
        if not streams:
            return
        if side not in streams:
            continue
        for one in streams[side]:
            yield side, one
            if isinstance(one, Happened):
                break
        else:
            del streams[side]
