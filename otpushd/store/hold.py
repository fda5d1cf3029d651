"""Who polls a source where several daemons share a store: one row a source, on PostgreSQL.

It is taken over when its holder's connection is gone or its lease has run out. Each taking over raises the epoch, and
every commit of a poll checks it: a holder that was stopped for a while and goes on commits nothing any more.
On SQLite the lock file says that nobody else is there; nothing is asked and nothing is written.
"""

from dataclasses import dataclass
from datetime import timedelta

import peewee

from otpushd.store.sql import CLOCK, gone, rows, shared

LEASE = timedelta(seconds=12)
"""A read that hangs is given up after 10 s (poll.py), and that is to be told: it must not cost the source."""
MICROSECOND = timedelta(microseconds=1)

MAKE = f"""
INSERT INTO source_hold (source, holder, epoch, lease_until) VALUES (?, ?, 1, {CLOCK} + ?)
ON CONFLICT (source) DO NOTHING
"""  # noqa: S608 - an expression
LOOK = "SELECT holder, epoch, lease_until < {clock} OR {gone} FROM source_hold WHERE source = ?"
RENEW = f"UPDATE source_hold SET lease_until = {CLOCK} + ? WHERE source = ? AND holder = ? AND epoch = ?"  # noqa: S608
TAKE = """
UPDATE source_hold SET holder = ?, epoch = epoch + 1, lease_until = {clock} + ? WHERE source = (
  SELECT source FROM source_hold WHERE source = ? AND epoch = ? AND (lease_until < {clock} OR {gone})
  /* FOR UPDATE SKIP LOCKED */)
"""
# Whoever holds the row's lock may be in the middle of a commit: stopped there, the server ends it after 5 s.
FENCE = "SELECT 1 FROM source_hold WHERE source = ? AND holder = ? AND epoch = ? /* FOR UPDATE */"


class HoldLost(Exception):
    """Another daemon polls the source by now: nothing was committed, and what is remembered of it is out of date."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Who polls `source`. `epoch` is 0 where nobody else can."""

    source: str
    holder: str
    epoch: int = 0


def ask(database: peewee.Database, source: str, holder: str, lease: timedelta = LEASE) -> Hold:
    """Who polls `source` now: `holder`, who then has it for a further `lease`, if it had it already or it was free.

    To be asked about every second. The clock is the database's, because those of the daemons may differ.
    """
    if not shared(database):
        return Hold(source, holder)
    length, look = lease // MICROSECOND, LOOK.format(clock=CLOCK, gone=gone(database, "holder"))
    found = rows(database, look, (source,))
    if not found:
        rows(database, MAKE, (source, holder, length))
    elif found[0][0] == holder:
        rows(database, RENEW, (length, source, holder, found[0][1]))
    elif found[0][2]:
        rows(database, TAKE.format(clock=CLOCK, gone=gone(database, "holder")), (holder, length, source, found[0][1]))
    else:
        return Hold(source, *found[0][:2])
    ((now, epoch, _),) = rows(database, look, (source,))
    return Hold(source, now, epoch)


def fence(database: peewee.Database, hold: Hold) -> None:
    """Inside of a transaction: until it ends nobody takes the source over. Raises HoldLost if somebody has."""
    if shared(database) and not rows(database, FENCE, (hold.source, hold.holder, hold.epoch)):
        raise HoldLost(hold.source)
