"""One YAML scalar: what a plain one means (YAML 1.2's core schema), and where its characters stand in the file."""

import math
import re
from collections.abc import Iterator
from itertools import islice

_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER_STARTS = frozenset("+-.0123456789")
_LONGEST_NUMBER = 300

_BLANKS = re.compile(r"[ \t]*(?:(?:\r\n|[\r\n\x85\u2028\u2029])[ \t]*)*")
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}


def plain_value(text: str) -> str | int | float | bool | None:
    """What an unquoted scalar means. Text stays text unless it is null, true, false or a finite number.

    `on`, `no`, `12:30`, dates, `.inf` and `1_000` are text. YAML 1.2.2, section 10.3.2, without its infinities.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS or len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def source_index(text: str, start: int, end: int, style: str, value: str, offset: int) -> int:
    """Where in `text` the character `offset` of `value` stands; `text[start:end]` is the scalar, quotes included.

    `style` is YAML's: empty, ', ", | or >. Exact but for blanks that folding (>) made or moved: those are on the
    right line. An offset behind the value gives the place behind its last character.
    """
    offset = max(0, min(offset, len(value)))
    if style in ("|", ">"):
        return _in_block(text, start, end, value, offset)
    first, last = (start + 1, end - 1) if style else (start, end)
    place = next(islice(_flow_indexes(text, first, last, style), offset, None), None)
    return last if place is None else place


def _flow_indexes(text: str, index: int, end: int, style: str) -> Iterator[int]:
    """The index in `text` of each character of a plain or quoted scalar's value."""
    escaped_break = False
    while index < end:
        character = text[index]
        if character in " \t\r\n\x85\u2028\u2029":
            blanks = _BLANKS.match(text, index, end)
            stop = blanks.end() if blanks else index + 1
            breaks = [found.start() for found in _BREAK.finditer(text, index, stop)]
            if not breaks:
                yield from range(index, stop)
            elif escaped_break or (len(breaks) > 1 and text[breaks[0]] not in "\u2028\u2029"):
                yield from breaks[1:]
            else:
                yield from breaks
            index = stop
        elif style == '"' and character == "\\":
            escaped_break = text[index + 1] in "\r\n\x85\u2028\u2029"
            if escaped_break:
                index += 1
                continue
            yield index
            index += _ESCAPE_LENGTHS.get(text[index + 1], 2)
        else:
            yield index
            index += 2 if style == "'" and character == "'" else 1
        escaped_break = False


def _in_block(text: str, start: int, end: int, value: str, offset: int) -> int:
    """In a block only blanks change: the n-th character that is none is the same one in the file and in the value.

    A blank is found from its neighbour on the same line, the one before it or else the one behind it.
    """
    header = _BREAK.search(text, start, end)
    first = header.end() if header else end
    line_start, line_end = value.rfind("\n", 0, offset) + 1, value.find("\n", offset)
    line_end = len(value) if line_end < 0 else line_end
    before = len(value[line_start:offset].rstrip()) + line_start
    behind = line_end - len(value[offset:line_end].lstrip())
    if offset < line_end and behind < line_end and (behind == offset or before == line_start):
        return _solid(text, first, end, value, behind) - (behind - offset)
    if before > line_start or value[:offset].strip():
        before = before if before > line_start else len(value[:offset].rstrip())
        return _solid(text, first, end, value, before - 1) + 1 + (offset - before if before > line_start else 0)
    return first


def _solid(text: str, first: int, end: int, value: str, offset: int) -> int:
    """The index in `text[first:end]` of the character `offset` of `value`, which is no blank."""
    number = sum(not character.isspace() for character in value[:offset])
    return next(islice((at for at in range(first, end) if not text[at].isspace()), number, None), first)
