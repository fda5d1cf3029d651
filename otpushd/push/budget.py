"""Cuts a message's body so that its document fits the push service's payload. Pure; renders a bounded number of times.

A cut is never inside a code point, nor between a character and what belongs to it on screen.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

BUDGET = 3500
"""Bytes of UTF-8 for one document: FCM allows 4096 (opentext.md sections 1.6 and 4, "Size")."""
ELLIPSIS = "…"

_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Fitted:
    """The document, the body that is in it, and by how many bytes it is over the budget all the same (0 if it fits)."""

    document: bytes
    body: str
    cut: bool
    over: int


def fit(render: Callable[[str], bytes], body: str, budget: int = BUDGET) -> Fitted:
    """The document with as much of `body` as fits into `budget` bytes; a body that was cut ends in "…".

    Where not even "…" fits, because title and event alone are too long, the document with "…" is returned: a shortened
    message is worth more than none, and the service below may allow more than the budget. Calls `render` at most
    2 + log2(budget) times. Whatever `render` raises goes up.
    """
    whole_body = whole(body)
    document = render(whole_body)
    if len(document) <= budget or not whole_body:
        return Fitted(document, whole_body, cut=False, over=max(0, len(document) - budget))
    # Each character is a byte at least, so no longer beginning can fit.
    ends = boundaries(whole_body[: budget + 1])
    best = Fitted(render(ELLIPSIS), ELLIPSIS, cut=True, over=0)
    low, high = 1, len(ends) - 1
    while low <= high:
        middle = (low + high) // 2
        shorter = whole_body[: ends[middle]].rstrip() + ELLIPSIS
        document = render(shorter)
        if len(document) <= budget:
            best, low = Fitted(document, shorter, cut=True, over=0), middle + 1
        else:
            high = middle - 1
    return Fitted(best.document, best.body, cut=True, over=max(0, len(best.document) - budget))


def whole(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates, which no UTF-8 can hold, replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def boundaries(text: str) -> list[int]:
    """The places, 0 among them, before which `text` may be cut: where a new character begins on screen.

    The parts of Unicode's UAX 29 that messages meet: combining marks, variation selectors, skin tones, tags, what
    a zero-width joiner joins, pairs of regional indicators, Hangul syllables and CR LF stay together.
    """
    places = [0]
    flags = 0
    for place in range(1, len(text)):
        before, here = text[place - 1], text[place]
        flags = flags + 1 if _is_flag(before) else 0
        inside_flag = _is_flag(here) and flags % 2 == 1
        if not (inside_flag or before == _JOINER or _extends(here) or _continues_syllable(before, here)):
            places.append(place)
    return places


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    return character > "\x7f" and (
        character in (_JOINER, "\u200c")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character).startswith("M")
    )


def _continues_syllable(before: str, here: str) -> bool:
    if before == "\r":
        return here == "\n"
    leading, vowel, trailing = (
        "\u1100" <= before <= "\u115f",
        "\u1160" <= here <= "\u11a7",
        "\u11a8" <= here <= "\u11ff",
    )
    after_vowel = "\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    return (leading and "\u1100" <= here <= "\u11a7") or (after_vowel and (vowel or trailing)) or (leading and trailing)
