"""What examples are linked to. Pure."""

from collections.abc import Iterable

Sessions = dict[int, tuple[int, ...]]
"""Of an example, the session datasets; see Page."""
Firsts = dict[tuple[int, int], int]
"""Of an example and a main dataset, the first of several links; see Page."""


def sessions_and_firsts(rows: Iterable[tuple[int, int, bool, int, int]]) -> tuple[Sessions, Firsts]:
    """From rows of example, dataset, whether that is a session's, how many links there are, and the first of them."""
    sessions: Sessions = {}
    firsts: Firsts = {}
    for example, dataset, session, count, first in rows:
        if session:
            sessions[example] = (*sessions.get(example, ()), dataset)
        elif count > 1:
            firsts[example, dataset] = first
    return sessions, firsts
