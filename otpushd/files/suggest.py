"""The nearest known name to a mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the known name nearest to `name`, or an empty text if none is near.

    Only known names are shown, never `name`.
    """
    near = nearest(name, known)
    return "" if near is None else f"; did you mean {near!r}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `name` if any is near. Letter case is not counted as a difference."""
    by_folded = {
        other.casefold(): other for other in known if other != name and abs(len(other) - len(name)) <= max(3, len(name))
    }
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None
