"""A connection to Prodigy's PostgreSQL database, as every reader of it wants one: read-only, and never in the way."""

from collections.abc import Mapping
from typing import Any

import psycopg

from otpushd.files.postgres_url import shown
from otpushd.prodigy.postgres_fault import refused

CONNECTING = {
    "connect_timeout": "5",
    "application_name": "otpushd",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# A stopped otpushd must not hold a snapshot open in Prodigy's database. A page of one large row may take a while.
SESSION = """
SET default_transaction_read_only = on; SET statement_timeout = '60s'; SET lock_timeout = '1s';
SET idle_in_transaction_session_timeout = '10s'; SET jit = off
"""


def connect(parameters: Mapping[str, str]) -> psycopg.Connection[Any]:
    """A connection in autocommit. `parameters` are libpq's; what they lack comes from its PG… environment.

    Raises SourceUnavailable where none comes about, psycopg.Error where it is lost at once.
    """
    try:
        connection = psycopg.connect(
            **(CONNECTING | _primary(parameters) | dict(parameters)),  # type: ignore[arg-type]
            client_encoding="utf8",
            autocommit=True,
            prepare_threshold=None,
        )
    except psycopg.Error as error:
        raise refused(error, shown(parameters)) from None
    try:
        connection.execute(SESSION)
    except BaseException:
        connection.close()
        raise
    return connection


def _primary(parameters: Mapping[str, str]) -> dict[str, str]:
    """Of several hosts the one that takes writes: on the others nothing says who is still writing."""
    return {"target_session_attrs": "primary"} if "," in parameters.get("host", "") else {}
