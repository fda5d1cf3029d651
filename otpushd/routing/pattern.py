"""How much work a regular expression is, before CEL is asked to do it: it compiles patterns anew at each evaluation."""

import re

LONGEST = 200
_MOST_WORK = 2000
_PIECE = re.compile(r"\\[pP](?:\{[^}]*\}|.)|\\.|\{(\d+)(?:,(\d*))?\}|[\s\S]")
_CLASS_WORK = 400
"""RE2 makes hundreds of states of one Unicode class: `\\pL{64}` took 130 ms to compile, `\\pL+` 2 ms."""


def pattern_flaw(pattern: str) -> str:
    """What is wrong with the pattern's size, or an empty text. Repeated groups count as often as they repeat."""
    if len(pattern) > LONGEST:
        return f"the pattern is longer than {LONGEST} characters"
    work, single, groups, before = 0, 1, 1, ""
    for piece in _PIECE.finditer(pattern):
        if piece[1] is not None:
            count = min(max(int(piece[1][:5]), int((piece[2] or "0")[:5]), 1), 10_000)
            if before == ")":
                groups *= count
            else:
                single = max(single, count)
        else:
            work += _CLASS_WORK if piece[0][:2] in ("\\p", "\\P") else 1
        before = piece[0]
    if work * single * groups > _MOST_WORK:
        return "the pattern repeats too much; use smaller counts, or + and *"
    return ""
