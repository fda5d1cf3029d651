"""Many globs at once: which of them match a name, whether there are ten of them or ten thousand.

Each is compiled once and filed under what its names begin with, so that a name is tried only against those that begin
as it does; an exact name is one dict lookup. Globs that begin with `*` are tried on every name.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from otpushd.model.glob import covers, glob, is_glob, literal_start

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Filed(Generic[T]):
    number: int
    pattern: str
    matches: Callable[[str], bool]
    value: T


class GlobIndex(Generic[T]):
    """Values under globs, several of which may be of one value."""

    def __init__(self, values: Iterable[tuple[str, T]]) -> None:
        self._by_start: dict[str, list[_Filed[T]]] = {}
        for number, (pattern, value) in enumerate(values):
            matches = glob(pattern) if is_glob(pattern) else pattern.__eq__
            self._by_start.setdefault(literal_start(pattern), []).append(_Filed(number, pattern, matches, value))

    def matching(self, name: str, *, exactly: bool = False) -> list[T]:
        """The values whose glob matches the name, in their order; `exactly`, those whose glob is the name."""
        starts = (name[:length] for length in range(len(name) + 1))
        found = [
            one
            for start in starts
            for one in self._by_start.get(start, ())
            if (one.pattern == name if exactly else one.matches(name))
        ]
        return [one.value for one in sorted(found, key=lambda one: one.number)]


class Above:
    """The globs that came before, to ask of a further one whether they leave it any name."""

    def __init__(self) -> None:
        self._by_ends: dict[tuple[str, str], list[str]] = {}

    def covering(self, pattern: str) -> str | None:
        """One that matches every name that `pattern` matches, as far as `covers` knows."""
        start, end = literal_start(pattern), _literal_end(pattern)
        for length in range(len(start) + 1):
            for cut in range(len(end) + 1):
                for wide in self._by_ends.get((start[:length], end[cut:]), ()):
                    if covers(wide, pattern):
                        return wide
        return None

    def add(self, pattern: str) -> None:
        """One more; an exact name covers nothing else and is left out."""
        if is_glob(pattern):
            self._by_ends.setdefault((literal_start(pattern), _literal_end(pattern)), []).append(pattern)


def _literal_end(pattern: str) -> str:
    """What every name that the pattern matches ends with."""
    return re.split(r"[*?\]]", pattern)[-1]
