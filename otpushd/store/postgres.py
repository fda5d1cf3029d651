"""A connection to a store on PostgreSQL: how it is made, what it says and sets at once, and that it comes back.

A connection that was lost costs the turn in which that is noticed; with the next statement outside of a transaction
there is a new one, and it says anew that this daemon is there.
"""

import time
from collections.abc import Mapping
from typing import Any

import peewee

from otpushd.files.postgres_url import SECRETS, postgres_url
from otpushd.store.sql import PRESENT, rows

CONNECTING = {
    "connect_timeout": "3",
    "target_session_attrs": "read-write",  # after a failover the old primary may answer first
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    # A daemon that was stopped in the middle of a commit must not keep others from taking over.
    "idle_in_transaction_session_timeout": "5s",
    "default_transaction_isolation": "read committed",
    # The server's own, so that the lock of a daemon whose network is gone is free soon.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
# What is weaker than `on` would lose commits in a crash or a failover, and a role or database may have it so.
DURABLE = """set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
  THEN 'on' ELSE current_setting('synchronous_commit') END, false)"""
_SET = [f"set_config('{name}', '{value}', false)" for name, value in SETTINGS.items()]
GREETING = "SELECT " + ", ".join([*_SET, DURABLE, PRESENT]).replace("?", "%s")
IN_USE = "hashtextextended('otpushd uses ' || current_schema(), 0)"
"""The lock that every daemon shares while it uses the store: its schema must not change under it."""
REST_SECONDS = 1.0
"""After an attempt to connect that failed: the store's thread is to be free for others in between."""


class SharedDatabase(peewee.PostgresqlDatabase):
    """peewee's own seam for what every connection needs: where connections are made, and where statements begin.

    `holder` is this daemon's name, unique among all. While the connection lives it holds an advisory lock of that name,
    a shared one, because the server may not have noticed yet that an earlier connection of ours is gone.
    """

    def __init__(self, parameters: Mapping[str, str], holder: str) -> None:
        plain = {name: value for name, value in parameters.items() if name not in SECRETS}
        more: dict[str, Any] = CONNECTING | {"application_name": f"otpushd-store {holder}"} | dict(parameters)
        super().__init__(
            postgres_url(plain),
            prefer_psycopg3=True,
            encoding="utf8",
            **{name: more[name] for name in more.keys() - plain.keys()},
        )
        self._holder, self._joined = holder, False
        self._rest_until, self._refused = 0.0, Exception()

    def join(self) -> None:
        """From now on the store is in use, by this connection and those that follow it."""
        self._joined = True
        rows(self, f"SELECT pg_advisory_lock_shared({IN_USE})")

    def cursor(self, named_cursor: Any = None) -> Any:
        """A cursor; of a new connection if the last one is known to be lost."""
        if not self.is_closed() and not self.in_transaction() and self.connection().closed:  # type: ignore[no-untyped-call]
            self.close()
        return super().cursor(named_cursor)  # type: ignore[no-untyped-call]

    def _connect(self) -> Any:
        if time.monotonic() < self._rest_until:
            raise self._refused.with_traceback(None)
        try:
            connection = super()._connect()  # type: ignore[misc]
            try:
                connection.execute(GREETING, [self._holder])
                if self._joined:
                    connection.execute(f"SELECT pg_advisory_lock_shared({IN_USE})")
            except BaseException:
                connection.close()
                raise
        except Exception as error:
            self._rest_until, self._refused = time.monotonic() + REST_SECONDS, error
            raise
        return connection
