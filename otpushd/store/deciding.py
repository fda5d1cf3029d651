"""One at a time decides what is said: whoever reads what that rests on, silences too, and writes what follows."""

import peewee

from otpushd.store.sql import rows, shared

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('otpushd cases', 0))"


def decide_alone(database: peewee.Database) -> None:
    """Wait until nobody else decides; from then on nobody does until the end of the transaction, which must be open.

    In SQLite the transaction itself is that: it writes from its beginning on.
    """
    if shared(database):
        rows(database, LOCK)
