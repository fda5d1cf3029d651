"""Why a PostgreSQL server does not let somebody in. The driver gives no code for it, only a text, which is never told.

The texts are libpq's and the server's own; they are English only where the server's `lc_messages` is.
"""

_FULL = "the server, or otpushd's role, has no connection left for it; waiting"
_STANDBY = "the server is a standby; name the primary"
# In this order: "the database system is starting up" and "too many connections for role" hold words of later lines.
_SAID = (
    ("password", "refused", "the server refuses the password; check it, or write a password file (~/.pgpass)"),
    ("pg_hba.conf", "refused", "the server's pg_hba.conf has no line that lets otpushd's role in from here"),
    ("starting up", "unreachable", "the server is starting; waiting for it"),
    ("shutting down", "unreachable", "the server is stopping; waiting for it"),
    ("hot standby", "standby", _STANDBY),
    ("Hot standby", "standby", _STANDBY),
    ("read-only", "standby", _STANDBY),
    ("recovery", "unreachable", "the server recovers from a crash; waiting for it"),
    ("too many", "refused", _FULL),
    ("remaining connection slots", "refused", _FULL),
    ("role ", "refused", "there is no such role, or it may not log in; check the user"),
    ("database ", "refused", "there is no such database, or no CONNECT right on it; check its name, or GRANT CONNECT"),
    ("certificate", "refused", "the server's certificate does not verify; check sslmode and sslrootcert"),
    ("SSL", "refused", "TLS does not come about; check sslmode and the server's TLS"),
    ("resolve", "unreachable", "the host's name cannot be resolved; check it"),
    ("timeout", "unreachable", "the server does not answer; check host, port and firewall"),
    ("FATAL", "refused", "the server refuses the connection; look into its log"),
)


def refusal(text: str) -> tuple[str, str]:
    """A word for the kind of an error in connecting, and its mend; told by the words that are looked for."""
    for words, kind, mend in _SAID:
        if words in text:
            return kind, mend
    return "unreachable", "no server answers there; check host and port, or start it"
