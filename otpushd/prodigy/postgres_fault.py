"""What PostgreSQL's errors mean for a database that only Prodigy writes, and what to do about them.

Codes are from PostgreSQL's appendix A, "Error Codes"; its texts are never passed on, because they may hold values.
"""

import psycopg

from otpushd.files.postgres_refusal import refusal
from otpushd.prodigy.unavailable import SourceUnavailable

STANDBY = "the server is a standby, where nothing says who is still writing; name the primary"
_STATES = {
    "42501": (
        "permission_denied",
        "permission denied; grant otpushd's role USAGE on the schema and SELECT on its tables",
    ),
    "42P01": ("not_prodigy", "one of the tables dataset, example and link is gone"),
    "42703": ("not_prodigy", "a column of dataset, example or link is gone"),
    "55P03": ("locked", "another session locks one of Prodigy's tables; trying again"),
    "57014": ("timeout", "the database took too long to answer; trying again"),
    "25P03": ("timeout", "the database ended our transaction because we were stopped in it; trying again"),
    "3D000": ("refused", "there is no such database; check its name"),
    "57": ("unreachable", "the server is stopping or starting, or ended our connection; connecting again"),
    "08": ("unreachable", "the connection was lost; connecting again"),
    "28": ("refused", "the server refuses otpushd's role; check user, password and pg_hba.conf"),
    "53": ("refused", "the server lacks connections, memory or disk; waiting"),
    "XX": ("corrupt", "the database is damaged; look into the server's log"),
}


def explained(error: psycopg.Error, shown: str) -> SourceUnavailable:
    """The error of a statement as a state of the source `shown`; only PostgreSQL's code for it is told."""
    state = error.sqlstate
    if state is None:
        return SourceUnavailable("unreachable", f"{shown}: the connection was lost; connecting again")
    for known in (state, state[:2]):
        if known in _STATES:
            code, mend = _STATES[known]
            return SourceUnavailable(code, f"{shown}: {mend}")
    return SourceUnavailable("unreadable", f"{shown}: PostgreSQL says {state} ({type(error).__name__})")


def refused(error: psycopg.Error, shown: str) -> SourceUnavailable:
    """An error in connecting."""
    code, mend = refusal(str(error))
    return SourceUnavailable(code, f"{shown}: {STANDBY if code == 'standby' else mend}")
