"""One monitor's watches on one dataset: one for all of it, or one for each annotator or label, at most 200.

Of more than 200, the one that has not had an answer for longest is forgotten: a team of that size or a label set of
that size needs monitors of its own, and a daemon's memory must not hang on what names come by.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from otpushd.derive.monitors.reading import Observation, keys_of
from otpushd.derive.monitors.watch import Change, Watch, thaw
from otpushd.model.instants import to_micros
from otpushd.model.monitor import Definition

MOST_KEYS = 200


class Kept(NamedTuple):
    """What is to be stored of a panel: all its keys, the one unused for longest first, each with when to `tick` it at
    the latest (microseconds since 1970; None where time alone changes nothing); the memories of those that were
    touched; and the keys whose memories are to be deleted.
    """

    due: Mapping[str, int | None]
    memories: Mapping[str, bytes]
    gone: tuple[str, ...]


class Panel:
    """The mutable working set of one page, or of several in turn, made of what is stored: `due` as in `Kept`, and
    `memory`, which is asked for each key that is touched.

    It belongs to one loop. After a commit that failed it is to be thrown away, and made again from what is stored.
    """

    __slots__ = ("_definition", "_due", "_gone", "_memory", "_moved", "_stored", "_touched", "_watches")

    def __init__(
        self, definition: Definition, due: Mapping[str, int | None], memory: Callable[[str], bytes | None]
    ) -> None:
        self._definition = definition
        self._due = dict(due)
        self._memory = memory
        self._stored = set(due)
        self._watches: dict[str, Watch] = {}
        self._moved: dict[str, Watch] = {}
        self._touched: set[str] = set()
        self._gone: set[str] = set()

    def take(self, seen: Observation, now: datetime, *, history: bool = False) -> list[tuple[str, Change]]:
        """One more answer, and what it changed under which key. Answers come in the order of rows."""
        if self._definition.by is None:
            change = self._watch("").take(seen, now, history=history)
            return [("", change)] if change is not None else []
        found = []
        due = self._due
        for key in keys_of(self._definition, seen.annotator, seen.labels):
            due[key] = due.pop(key, None)
            change = self._watch(key).take(seen, now, history=history)
            if change is not None:
                found.append((key, change))
            if len(due) > MOST_KEYS:
                self._forget(next(iter(due)))
        return found

    def tick(self, now: datetime) -> list[tuple[str, Change]]:
        """Time has passed for the keys that are due, and what that changed under which key."""
        self._settle()
        moment = to_micros(now)
        found = []
        for key in [key for key, due in self._due.items() if due is not None and due <= moment]:
            change = self._watch(key).tick(now)
            if change is not None:
                found.append((key, change))
        return found

    def due(self) -> int | None:
        """When to `tick` at the latest, in microseconds since 1970; None where time alone changes nothing."""
        self._settle()
        return min((due for due in self._due.values() if due is not None), default=None)

    def frozen(self) -> Kept:
        """What is to be stored, of what was touched since last asked. The panel can go on."""
        self._settle()
        memories = {key: self._watches[key].freeze(self._definition) for key in self._due if key in self._touched}
        gone = tuple(self._gone)
        self._touched, self._gone = set(), set()
        return Kept(dict(self._due), memories, gone)

    def _settle(self) -> None:
        for key, watch in self._moved.items():
            self._due[key] = to_micros(watch.due())
        self._touched |= self._moved.keys()
        self._moved = {}

    def _watch(self, key: str) -> Watch:
        watch = self._moved.get(key)
        if watch is not None:
            return watch
        watch = self._watches.get(key)
        if watch is None:
            watch = self._watches[key] = thaw(self._definition, self._memory(key) if key in self._stored else None)
            self._gone.discard(key)
        self._moved[key] = watch
        return watch

    def _forget(self, key: str) -> None:
        del self._due[key]
        self._watches.pop(key, None)
        self._moved.pop(key, None)
        self._touched.discard(key)
        self._stored.discard(key)
        self._gone.add(key)
