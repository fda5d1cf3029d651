"""Session dataset names: what kind of session one is, and whose. Pure text work (prodigy.md, section 2)."""

import re
from collections.abc import Iterable
from enum import StrEnum

from otpushd.model.row import DatasetRow

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ELLF_NAME = re.compile(rf"(?:.*?-)??{UUID}-({UUID})(?:-{UUID})?", re.IGNORECASE)
"""Behind the dataset's name: task, actor and perhaps the sitting (prodigy.md, 1.6)."""
TIME_NAME = re.compile(r"\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}(?:[-_.]\d+)?")


class SessionKind(StrEnum):
    """`server`: made when the server starts, whoever answers. `named`: one person's. `import`: made by `db-in`."""

    SERVER = "server"
    NAMED = "named"
    IMPORT = "import"


def kind_of(session: DatasetRow) -> SessionKind:
    """The kind of a session dataset. An import's rows must lack `_view_id` and `_timestamp` besides (`origin.py`)."""
    if not is_time_name(session.name):
        return SessionKind.NAMED
    return SessionKind.IMPORT if session.bare else SessionKind.SERVER


def is_time_name(name: str) -> bool:
    """Whether Prodigy made this name from the clock at its start, such as `2023-10-27_16-51-38`."""
    return TIME_NAME.fullmatch(name) is not None


def is_ellf_name(name: str) -> bool:
    """Whether a session's name is of Ellf's making, with a task and an actor in it."""
    return ELLF_NAME.fullmatch(name) is not None


def person_in(name: str, mains: Iterable[str]) -> str | None:
    """The person in a session name or annotator id: the name without its main dataset's, the longest one first.

    None for a time name, which names nobody, and for one with nothing behind the dataset's name. Both parts may
    contain hyphens, so `news-eu-ann` is `ann` where a main dataset `news-eu` exists, `eu-ann` where only `news` does.
    Of an Ellf session, which names a task and a sitting too, it is the actor.
    """
    main = main_in(name, mains)
    rest = name[len(main) + 1 :] if main else name
    if ellf := ELLF_NAME.fullmatch(rest):
        return ellf[1]
    return rest if rest and not is_time_name(rest) else None


def main_in(name: str, mains: Iterable[str]) -> str | None:
    """The main dataset that a session name begins with, the longest one, or None."""
    known = mains if isinstance(mains, set | frozenset | dict) else set(mains)
    at = name.rfind("-")
    while at > 0:
        if name[:at] in known:
            return name[:at]
        at = name.rfind("-", 0, at)
    return None
