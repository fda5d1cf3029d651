"""Why a server could not be connected to is told by its words, which were copied from servers of versions 12 to 18."""

import pytest

from otpushd.files.postgres_refusal import refusal

SAID = {
    'password authentication failed for user "o"': ("refused", "password"),
    "fe_sendauth: no password supplied": ("refused", "password"),
    'no pg_hba.conf entry for host "10.0.0.1", user "o", database "p", no encryption': ("refused", "pg_hba.conf"),
    "the database system is starting up": ("unreachable", "starting"),
    "the database system is shutting down": ("unreachable", "stopping"),
    "the database system is in recovery mode": ("unreachable", "crash"),
    "the database system is not yet accepting connections DETAIL: Consistent recovery state has not": (
        "unreachable",
        "recovers",
    ),
    "the database system is not accepting connections DETAIL: Hot standby mode is disabled.": ("standby", "primary"),
    "server is in hot standby mode": ("standby", "primary"),
    "sorry, too many clients already": ("refused", "no connection left"),
    'too many connections for role "o"': ("refused", "no connection left"),
    'too many connections for database "p"': ("refused", "no connection left"),
    "remaining connection slots are reserved for roles with the SUPERUSER attribute": ("refused", "no connection left"),
    'role "o" does not exist': ("refused", "no such role"),
    'role "o" is not permitted to log in': ("refused", "no such role"),
    'database "p" does not exist': ("refused", "no such database"),
    'permission denied for database "p" DETAIL: User does not have CONNECT privilege.': ("refused", "GRANT CONNECT"),
    'database "p" is not currently accepting connections': ("refused", "no such database"),
    "SSL error: certificate verify failed": ("refused", "certificate"),
    "server does not support SSL, but SSL was required": ("refused", "TLS"),
    'could not translate host name "h": could not be resolved': ("unreachable", "name"),
    "Connection refused": ("unreachable", "no server answers"),
    "timeout expired": ("unreachable", "does not answer"),
    "FATAL:  etwas ganz anderes": ("refused", "log"),
}


@pytest.mark.parametrize("said", SAID)
def test_each_refusal_has_its_code_and_its_mend(said: str) -> None:
    kind, mend = refusal(f"connection to server at 127.0.0.1, port 5432 failed: {said}")
    word, mended = SAID[said]
    assert kind == word
    assert mended in mend
