"""Who answered a row of structured storage, or by what it came in where nobody did. Pure (prodigy.md, 1.6).

The link itself names a session, so nothing has to be waited for. A migration and a direct write are nobody's work,
whatever names they carry along; a correction is somebody's, even of a migrated copy, which keeps its stamp.
"""

from collections.abc import Collection, Sequence

from otpushd.model.row import DatasetRow, Structured
from otpushd.prodigy.origin import MIGRATION, SCRIPT, Origin, Voice, origin, voice
from otpushd.prodigy.session import SessionKind, is_ellf_name, is_time_name, kind_of, person_in
from otpushd.prodigy.task import Task

MIGRATED = "migrated"
DIRECT = "default"
"""The sessions of a migration, unless another name was chosen for it, and of what code writes directly."""


def structured_origin(
    task: Task, link: Structured, sessions: Sequence[DatasetRow], mains: Collection[str], *, as_it_was: bool = False
) -> Origin:
    """Where a row comes from; `sessions` are the session datasets it is linked to, in the order of these links.

    `as_it_was`: a migrated copy counts as the row it stands for, as it has to where history is counted: that row
    itself is gone.
    """
    if link.corrects:
        found = origin(task, _voice(task, link, sessions, mains), mains)
        return found._replace(how=None)
    if link.session == DIRECT:
        return Origin(SCRIPT, None, None)
    if (task.migrated or link.session == MIGRATED) and not as_it_was:
        return Origin(MIGRATION, None, None)
    return origin(task, _voice(task, link, sessions, mains), mains)


def _voice(task: Task, link: Structured, sessions: Sequence[DatasetRow], mains: Collection[str]) -> Voice:
    """What the link's own session says, else what the session datasets do.

    A correction takes over the links of what it corrects, and is linked to its editor's session dataset besides: there
    the latest one speaks. In a migrated copy the link's session is the migration's, whatever it is called.
    """
    name = link.session
    if link.corrects:
        others = [row for row in sessions if kind_of(row) is SessionKind.NAMED and row.name != name]
        if others:
            return voice(others[-1:], mains)
    if not name or name in (MIGRATED, DIRECT) or (task.migrated and not is_ellf_name(name)):
        return voice(sessions, mains)
    if same := [row for row in sessions if row.name == name]:
        return voice(same, mains)
    kind = SessionKind.SERVER if is_time_name(name) else SessionKind.NAMED
    return Voice(kind, name, person_in(name, mains))
