"""Globs for the names of datasets and events: what one matches, and how two of them lie to each other.

A glob is `fnmatch`'s: `*`, `?`, `[…]`, letter case counts.
"""

import fnmatch
import re
from collections.abc import Callable, Sequence

_PIECE = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|[\s\S]")


def glob(pattern: str) -> Callable[[str], bool]:
    """A test for names; a name that is the pattern to the letter passes too."""
    matches = re.compile(fnmatch.translate(pattern)).match
    return lambda name: name == pattern or matches(name) is not None


def fits(name: str, pattern: str) -> bool:
    """Whether `glob(pattern)` takes the name, for one look at many patterns."""
    return name == pattern or fnmatch.fnmatchcase(name, pattern)


def is_glob(text: str) -> bool:
    """Whether a text stands for more than itself."""
    return any(character in text for character in "*?[")


def literal_start(pattern: str) -> str:
    """What every name that the pattern matches begins with."""
    return re.split(r"[*?\[]", pattern, maxsplit=1)[0]


def covers(wide: str, narrow: str) -> bool:
    """Whether `wide` matches every name that `narrow` matches. Never wrongly true; of odd pairs, such as of two
    different `[…]`, it may be wrongly false.
    """
    if not is_glob(wide):
        return wide == narrow
    if not is_glob(narrow):
        return fnmatch.fnmatchcase(narrow, wide)
    if not literal_start(narrow).startswith(literal_start(wide)):
        return False
    return _meet(_pieces(wide), _pieces(narrow), _holds, both=False)


def overlap(one: str, other: str) -> bool:
    """Whether some name matches both. Never wrongly false; two different `[…]` are taken to share a character."""
    starts = literal_start(one), literal_start(other)
    if not (starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])):
        return False
    return _meet(_pieces(one), _pieces(other), _share, both=True)


def _pieces(pattern: str) -> list[str]:
    """`*`, `?`, `[…]` and single characters."""
    return ["*" if piece[0] == "*" else piece for piece in _PIECE.findall(pattern)]


def _meet(one: Sequence[str], other: Sequence[str], single: Callable[[str, str], bool], *, both: bool) -> bool:
    """Whether the two can be laid beside each other, where a `*` takes any number of the other's pieces.

    Without `both` only the first one's `*` does. Row by row from the end, as for an edit distance.
    """
    below = [False] * len(other) + [True]
    if both:
        for index in range(len(other) - 1, -1, -1):
            below[index] = other[index] == "*" and below[index + 1]
    for piece in reversed(one):
        row = [False] * len(below)
        row[-1] = piece == "*" and below[-1]
        for index in range(len(other) - 1, -1, -1):
            if piece == "*":
                row[index] = below[index] or row[index + 1]
            elif other[index] == "*":
                row[index] = both and (row[index + 1] or below[index])
            else:
                row[index] = single(piece, other[index]) and below[index + 1]
        below = row
    return below[0]


def _holds(wide: str, narrow: str) -> bool:
    """Whether a single piece takes every character that the other takes."""
    if wide == "?" or wide == narrow:
        return True
    return len(wide) > 1 and len(narrow) == 1 and narrow != "?" and fnmatch.fnmatchcase(narrow, wide)


def _share(one: str, other: str) -> bool:
    if "?" in (one, other) or one == other:
        return True
    if len(one) > 1 and len(other) > 1:
        return True
    if len(one) > 1 or len(other) > 1:
        character, choice = (one, other) if len(other) > 1 else (other, one)
        return fnmatch.fnmatchcase(character, choice)
    return False
