"""A watch's memory as bytes: a version, what it belongs to, and plain arrays one after the other, little-endian.

Arrays, because they go in and out at the speed of C: a page freezes each watch that it touched.
"""

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

VERSION = 1
_HEAD = struct.Struct("<BI")
_SECTION = struct.Struct("<cI")
_NATIVE = sys.byteorder == "little"

Section: TypeAlias = "array[Any]"
"""Only a type checker can be told what is in an array: before Python 3.12 the class takes no parameter."""


def ints(values: Iterable[int]) -> Section:
    """Whole numbers of up to 63 bits."""
    return array("q", values)


def floats(values: Iterable[float]) -> Section:
    """Numbers, kept to the last bit."""
    return array("d", values)


def pack(shape: int, sections: Sequence[Section]) -> bytes:
    """The sections as bytes. `shape` (32 bits) tells whose they are."""
    parts = [_HEAD.pack(VERSION, shape)]
    for section in sections:
        if not _NATIVE:
            section = section[:]
            section.byteswap()
        parts += _SECTION.pack(section.typecode.encode(), len(section)), section.tobytes()
    return b"".join(parts)


def unpack(shape: int, packed: bytes) -> list[Section] | None:
    """The sections again, or None where the bytes are of another version or another shape. Never raises."""
    if len(packed) < _HEAD.size or _HEAD.unpack_from(packed) != (VERSION, shape):
        return None
    found: list[Section] = []
    at = _HEAD.size
    try:
        while at < len(packed):
            code, length = _SECTION.unpack_from(packed, at)
            at += _SECTION.size
            section = array(code.decode())
            section.frombytes(packed[at : at + length * section.itemsize])
            at += length * section.itemsize
            if not _NATIVE:
                section.byteswap()
            if len(section) != length:
                return None
            found.append(section)
    except (struct.error, ValueError):
        return None
    return found
