"""One monitor's watches on one dataset: one for all of it, or one for each annotator or label, at most 200.

Of more than 200, the one that has not had an answer for longest is forgotten: a team of that size or a label set of
that size needs monitors of its own, and a daemon's memory must not hang on what names come by.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from otpushd.derive.monitors.reading import Observation, keys_of
from otpushd.derive.monitors.watch import Change, Watch, thaw
from otpushd.model.monitor import Definition

MOST_KEYS = 200


class Kept(NamedTuple):
    """One key's memory as a page leaves it: one row of the store.

    `due` is when to `tick` it at the latest, None where time alone changes nothing. `used` orders keys by their last
    answer.
    """

    memory: bytes
    due: datetime | None
    used: int


class Panel:
    """The mutable working set of one page, or of several in turn. `kept` is what is stored of it, by key.

    It belongs to one loop. After a commit that failed it is to be thrown away, and made again from what is stored.
    """

    __slots__ = ("_definition", "_gone", "_last", "_memories", "_thawed", "_touched", "_used")

    def __init__(self, definition: Definition, kept: Mapping[str, Kept]) -> None:
        self._definition = definition
        oldest_first = sorted(kept.items(), key=lambda pair: pair[1].used)
        self._memories: dict[str, bytes | None] = {key: one.memory for key, one in oldest_first}
        self._used = {key: one.used for key, one in oldest_first}
        self._last = oldest_first[-1][1].used if oldest_first else 0
        self._thawed: dict[str, Watch] = {}
        self._touched: set[str] = set()
        self._gone: set[str] = set()

    def take(self, seen: Observation, now: datetime, *, history: bool = False) -> list[tuple[str, Change]]:
        """One more answer, and what it changed under which key. Answers come in the order of rows."""
        found = []
        for key in keys_of(self._definition, seen):
            self._last += 1
            self._memories[key] = self._memories.pop(key, None)
            self._used[key] = self._last
            change = self._watch(key).take(seen, now, history=history)
            if change is not None:
                found.append((key, change))
            if len(self._memories) > MOST_KEYS:
                self._forget(next(iter(self._memories)))
        return found

    def tick(self, now: datetime, keys: Collection[str]) -> list[tuple[str, Change]]:
        """Time has passed for the keys that are due, and what that changed under which key."""
        found = []
        for key in keys:
            change = self._watch(key).tick(now) if key in self._memories else None
            if change is not None:
                found.append((key, change))
        return found

    def frozen(self) -> tuple[dict[str, Kept], tuple[str, ...]]:
        """What is to be stored, of what was touched since last asked, and the keys whose rows are to be deleted."""
        kept = {key: self._freeze(key) for key in self._memories if key in self._touched}
        gone = tuple(self._gone)
        self._touched, self._gone = set(), set()
        return kept, gone

    def _freeze(self, key: str) -> Kept:
        watch = self._thawed[key]
        return Kept(watch.freeze(self._definition), watch.due(), self._used[key])

    def _watch(self, key: str) -> Watch:
        self._touched.add(key)
        watch = self._thawed.get(key)
        if watch is None:
            watch = self._thawed[key] = thaw(self._definition, self._memories[key])
            self._gone.discard(key)
        return watch

    def _forget(self, key: str) -> None:
        del self._memories[key], self._used[key]
        self._thawed.pop(key, None)
        self._touched.discard(key)
        self._gone.add(key)
