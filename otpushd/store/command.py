"""Opening the store for a command, beside daemons or without: for the moments of one transaction, not for a daemon."""

import os
from collections.abc import Mapping

from otpushd.files.database_url import is_postgres, sqlite_path
from otpushd.files.postgres_url import postgres_parameters
from otpushd.store.opening import Database, open_beside
from otpushd.store.postgres_opening import open_shared


def open_for(url: str, secret: Mapping[str, str], command: str, token: str) -> Database:
    """The store at `url`, which lacks what is in `secret`; made, or brought up to date, only while no daemon uses it.

    `token` tells this use of the store from others in the same process. Raises StoreUnusable.
    """
    if not is_postgres(url):
        return open_beside(sqlite_path(url))
    return open_shared({**postgres_parameters(url), **secret}, f"{command} {os.uname().nodename}:{os.getpid()}:{token}")


def is_there(url: str) -> bool:
    """Whether there can be anything in the store: False where its file is not there yet."""
    return is_postgres(url) or sqlite_path(url).exists()
