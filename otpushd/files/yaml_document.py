"""A YAML file as plain data that remembers where every key and value stands."""

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otpushd.files.compose import Composed, Place, compose
from otpushd.files.problem import Problem, Severity
from otpushd.files.scalar import source_index

Steps = tuple[str | int, ...]
"""The way to a value: keys of mappings and indexes of lists, from the document's root."""


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """`data` is made of dict (with text keys), list, str, int, float, bool and None; `file` is the name shown."""

    file: str
    text: str = field(repr=False)
    data: Any = field(repr=False)
    place: Place = field(repr=False)
    line_starts: tuple[int, ...] = field(repr=False)

    def at(self, path: Steps) -> Any:
        """The value at `path`; None where there is none."""
        value = self.data
        for step in path:
            if isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
                value = value[step]
            elif isinstance(step, str) and isinstance(value, dict):
                value = value.get(step)
            else:
                return None
        return value

    def position(self, path: Steps, *, key: bool = False, offset: int | None = None) -> tuple[int, int]:
        """Line and column, from 1, where the value at `path` begins, or with `key` its key.

        `offset` asks for a character inside the text at `path`, counted from 0 in the text as it is after YAML's
        unquoting, unescaping and unfolding; without it a quoted text begins at its quote, a block at its `|`. A path
        that does not exist is taken for the nearest existing place above it.
        """
        place, found = self.place, 0
        key_place = None
        for step in path:
            child = _child(place, step)
            if child is None:
                break
            key_place = place.keys[step] if place.keys is not None and isinstance(step, str) else None
            place, found = child, found + 1
        if key and key_place is not None:
            return self.line_column(key_place.start)
        value = self.at(path)
        if offset is None or found < len(path) or not isinstance(value, str):
            return self.line_column(place.start)
        return self.line_column(source_index(self.text, place.start, place.end, place.style, value, offset))

    def problem(
        self,
        path: Steps,
        text: str,
        *,
        key: bool = False,
        offset: int | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """A problem at the position of `path`."""
        return Problem(self.file, *self.position(path, key=key, offset=offset), text, severity)

    def line_column(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of the character `index` of the file's text."""
        return _line_column(self.line_starts, index)


def read_yaml(path: Path, shown: str | None = None) -> tuple[YamlDocument | None, list[Problem]]:
    """The document in a file; `shown` is its name in problems, the path unless given.

    Problems may come with a document too, so that its other mistakes can be reported at once. Never raises for what
    the file holds, nor where it cannot be read.
    """
    name = str(path) if shown is None else shown
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "not a path"
        return None, [Problem(name, 1, 1, f"the file cannot be read: {why}")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = raw[: error.start].decode("utf-8-sig")
        where = _line_column(_line_starts(text), len(text))
        return None, [Problem(name, *where, "the file is not UTF-8 from here on; save it as UTF-8")]
    return parse_yaml(text, name)


def parse_yaml(text: str, shown: str) -> tuple[YamlDocument | None, list[Problem]]:
    """The document in a text, and what is wrong with it under the file name `shown`."""
    composed: Composed = compose(text)
    starts = _line_starts(text)
    problems = [Problem(shown, *_line_column(starts, fault.index), fault.text) for fault in composed.faults]
    if composed.place is None:
        return None, problems
    return YamlDocument(shown, text, composed.data, composed.place, starts), problems


def _child(place: Place, step: str | int) -> Place | None:
    if isinstance(step, str) and isinstance(place.children, dict):
        return place.children.get(step)
    if isinstance(step, int) and isinstance(place.children, list) and 0 <= step < len(place.children):
        return place.children[step]
    return None


def _line_starts(text: str) -> tuple[int, ...]:
    """Lines end where editors end them, at newlines: YAML's further line breaks (U+0085, U+2028) do not count."""
    starts, index = [0], text.find("\n")
    while index >= 0:
        starts.append(index + 1)
        index = text.find("\n", index + 1)
    return tuple(starts)


def _line_column(starts: tuple[int, ...], index: int) -> tuple[int, int]:
    line = bisect_right(starts, index)
    return line, index - starts[line - 1] + 1
