"""YAML text to plain data and the place of every key and value. It never raises: what is wrong comes back as faults.

What this refuses (aliases, tags, equal keys, keys that are no text) is legal YAML, but surprises in a configuration.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from otpushd.files.scalar import plain_value

_DEEPEST = 64
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

_SYNTAX = {
    "mapping values are not allowed in this context": "a second `: ` where no key can stand; put the text in quotes,"
    " or check the indentation",
    "did not find expected key": "this line does not fit the lines above it; check its indentation and the quotes"
    " before it",
    "did not find expected '-' indicator": "this line does not fit the list above it; check its indentation",
    "could not find expected ':'": "a key without `:` behind it",
    "found unexpected end of stream": "the quote that opens here is never closed",
    "did not find expected ',' or ']'": "the list that opens here has no comma or `]` where one must stand",
    "did not find expected ',' or '}'": "the mapping that opens here has no comma or `}` where one must stand",
    "block sequence entries are not allowed in this context": "a list cannot begin here; put it on lines of its own",
    "found unknown escape character": "no such escape in double quotes; use single quotes to keep a backslash",
    "did not find expected alphabetic or numeric character": "a text that begins with `*` or `&` needs quotes",
    "found unexpected ':'": "`:` cannot stand here; put the text in quotes",
    "did not find expected node content": "a value is missing here",
    "did not find expected <document start>": "this cannot follow what stands above it; check the indentation",
    "found a tab character that violates indentation": "a tab; indent with spaces",
    "found a tab character where an indentation space is expected": "a tab; indent with spaces",
}
_NO_ALIAS = "a text that begins with `*` needs quotes (`*` to repeat another place of the file is not supported)"
_NO_ANCHOR = "a text that begins with `&` needs quotes (`&` to name a place for repeating is not supported)"
_NO_TAG = "a text that begins with `!` needs quotes (`!…` as a tag is not supported)"
_NO_KEY = "a text that begins with `{` or `[` needs quotes (a list or mapping cannot be a key)"
_NO_BLANK = re.compile(r"^[ \t]*(?:- +)*[A-Za-z_]+(:)[^\s:/]", re.MULTILINE)
_OPENED_AT_CONTEXT = ("found unexpected end of stream", "did not find expected ','")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a character of the text, counted from 0."""

    index: int
    text: str


@dataclass(slots=True)
class Place:
    """Where one value stands: its characters from `start` to `end`, and its children's and keys' places."""

    start: int
    end: int
    style: str = ""
    children: "dict[str, Place] | list[Place] | None" = None
    keys: "dict[str, Place] | None" = None


@dataclass(frozen=True, slots=True)
class Composed:
    """`place` is None where no data could be had; there are faults then. With faults the data may be incomplete."""

    data: Any
    place: Place | None
    faults: list[Fault]


def compose(text: str) -> Composed:
    """The one document of a YAML text, as dict, list, str, int, float, bool and None, with places."""
    faults: list[Fault] = []
    if forbidden := _FORBIDDEN.search(text):
        what = f"the character U+{ord(forbidden[0]):04X} may not stand in YAML; remove it"
        return Composed(None, None, [Fault(forbidden.start(), what)])
    try:
        root = _document(yaml.parse(text, Loader=yaml.CLoader), faults)
    except _Unusable as unusable:
        return Composed(None, None, [*faults, unusable.fault])
    except yaml.MarkedYAMLError as error:
        return Composed(None, None, [*faults, _syntax_fault(error, text)])
    except yaml.YAMLError:
        return Composed(None, None, [*faults, Fault(0, "this is not YAML")])
    if root is None or root[0] is None:
        return Composed(None, None, [*faults, Fault(0, "the file is empty")])
    return Composed(*root, faults)


class _Unusable(Exception):
    """Ends the reading: what follows could not be understood rightly."""

    def __init__(self, index: int, text: str) -> None:
        self.fault = Fault(index, text)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; `key` is the mapping's key that waits for its value."""

    data: Any
    place: Place
    key: str | None = None


def _document(events: Iterator[Any], faults: list[Fault]) -> tuple[Any, Place] | None:
    root: tuple[Any, Place] | None = None
    stack: list[_Open] = []
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            _refuse_extras(event, faults)
            style = event.style or ""
            place = Place(_start(event), _end(event), style)
            if stack and stack[-1].place.keys is not None and stack[-1].key is None:
                _open_key(stack[-1], event.value, place, faults)
                continue
            value = event.value if style else plain_value(event.value)
            root = _add(stack, value, place) or root
        elif isinstance(event, yaml.CollectionStartEvent):
            opened = _opened(event, stack, faults)
            root = _add(stack, opened.data, opened.place) or root
            stack.append(opened)
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop().place.end = _end(event)
        elif isinstance(event, yaml.AliasEvent):
            raise _Unusable(_start(event), _NO_ALIAS)
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _Unusable(_start(event), "a second document begins here; a file holds one, remove this line")
    return root


def _start(event: Any) -> int:
    index: int = event.start_mark.index
    return index


def _end(event: Any) -> int:
    index: int = event.end_mark.index
    return index


def _opened(event: Any, stack: list[_Open], faults: list[Fault]) -> _Open:
    index = _start(event)
    if stack and stack[-1].place.keys is not None and stack[-1].key is None:
        outer = stack[-1].place.start
        # {{ x }} without quotes is a mapping as the key of another, which begins one character earlier.
        raise _Unusable(outer if outer == index - 1 else index, _NO_KEY)
    if len(stack) >= _DEEPEST:
        raise _Unusable(index, f"nested deeper than {_DEEPEST} levels")
    _refuse_extras(event, faults)
    if isinstance(event, yaml.MappingStartEvent):
        return _Open({}, Place(index, index, children={}, keys={}))
    return _Open([], Place(index, index, children=[]))


def _refuse_extras(event: Any, faults: list[Fault]) -> None:
    if event.anchor is not None:
        faults.append(Fault(_start(event), _NO_ANCHOR))
    if event.tag is not None:
        faults.append(Fault(_start(event), _NO_TAG))


def _open_key(mapping: _Open, key: str, place: Place, faults: list[Fault]) -> None:
    keys = mapping.place.keys
    if not place.style and not isinstance(plain_value(key), str):
        what = f'a key must be a text; write "{key}" in quotes' if key else "a key is missing before `:`"
        faults.append(Fault(place.start, what))
    if keys is not None:
        if key in keys:
            faults.append(Fault(place.start, f"the key {key!r} stands here twice; remove one or rename it"))
        keys.setdefault(key, place)
    mapping.key = key


def _add(stack: list[_Open], value: Any, place: Place) -> tuple[Any, Place] | None:
    """Put a value where it belongs. Returns it with its place if it is the document itself."""
    if not stack:
        return value, place
    parent = stack[-1]
    if isinstance(parent.place.children, list):
        parent.data.append(value)
        parent.place.children.append(place)
    elif parent.key is not None and parent.place.children is not None:
        parent.data[parent.key] = value
        parent.place.children[parent.key] = place
        parent.key = None
    return None


def _syntax_fault(error: yaml.MarkedYAMLError, text: str) -> Fault:
    problem = error.problem or "this is not YAML"
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark else 0
    if problem == "found character that cannot start any token":
        character = text[index : index + 1]
        if character == "\t":
            return Fault(index, "a tab; indent with spaces")
        return Fault(index, f"a text that begins with `{character}` needs quotes")
    if problem == "mapping values are not allowed in this context":
        # `name:r` and the next line are one text to YAML, which then stumbles over the next line's colon.
        above = text.rfind("\n", 0, text.rfind("\n", 0, index)) + 1
        if text.find("\n", above) < index and (glued := _NO_BLANK.match(text, above)):
            return Fault(glued.start(1), "a blank is missing behind this `:`")
    if error.context_mark and problem.startswith(_OPENED_AT_CONTEXT):
        index = min(error.context_mark.index, len(text))
    return Fault(index, _SYNTAX.get(problem, problem))
