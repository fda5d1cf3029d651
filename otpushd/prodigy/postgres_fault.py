"""What PostgreSQL's errors mean for a database that only Prodigy writes, and what to do about them.

Codes are from PostgreSQL's appendix A, "Error Codes"; its texts are never passed on, because they may hold values.
"""

import psycopg

from otpushd.prodigy.unavailable import SourceUnavailable

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
    "57": ("unreachable", "the server is stopping or starting; waiting for it"),
    "08": ("unreachable", "the connection was lost; connecting again"),
    "28": ("refused", "the server refuses otpushd's role; check user, password and pg_hba.conf"),
    "53": ("refused", "the server lacks connections, memory or disk; waiting"),
    "XX": ("corrupt", "the database is damaged; look into the server's log"),
}
_CONNECTING = (
    ("password", "refused", "the server refuses the password; check it, or write a password file (~/.pgpass)"),
    ("pg_hba.conf", "refused", "the server's pg_hba.conf has no line that lets otpushd's role in from here"),
    ("role ", "refused", "there is no such role, or it may not log in; check the user"),
    ("database ", "refused", "there is no such database, or no CONNECT right on it; check its name, or GRANT CONNECT"),
    ("starting up", "unreachable", "the server is starting; waiting for it"),
    ("shutting down", "unreachable", "the server is stopping; waiting for it"),
    ("recovery", "standby", "the server is a standby, where nothing says who is still writing; name the primary"),
    ("hot standby", "standby", "the server is a standby, where nothing says who is still writing; name the primary"),
    ("too many", "refused", "the server has no connection left for otpushd; waiting"),
    ("remaining connection slots", "refused", "the server has no connection left for otpushd; waiting"),
    ("certificate", "refused", "the server's certificate does not verify; check sslmode and sslrootcert"),
    ("SSL", "refused", "TLS does not come about; check sslmode and the server's TLS"),
    ("resolve", "unreachable", "the host's name cannot be resolved; check it"),
    ("timeout", "unreachable", "the server does not answer; check host, port and firewall"),
    ("FATAL", "refused", "the server refuses the connection; look into its log"),
)


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
    """An error in connecting. The driver gives no code for it, only a text: told by the words that are looked for."""
    text = str(error)
    for words, code, mend in _CONNECTING:
        if words in text:
            return SourceUnavailable(code, f"{shown}: {mend}")
    return SourceUnavailable("unreachable", f"{shown}: no server answers there; check host and port, or start it")
