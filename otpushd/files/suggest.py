"""The nearest known name to a mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the known name nearest to `name`, or an empty text if none is near.

    Letter case is not counted as a difference. Only known names are shown, never `name`.
    """
    by_folded = {
        other.casefold(): other for other in known if other != name and abs(len(other) - len(name)) <= max(3, len(name))
    }
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""
