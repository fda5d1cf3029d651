"""Looks at a daemon from beside it: whether it runs, and what stands in its store. Changes nothing."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from otpushd.config.load import StoreLocation
from otpushd.files.database_url import is_postgres, sqlite_path
from otpushd.files.postgres_url import postgres_parameters
from otpushd.store.daemon_state import Told
from otpushd.store.overview import NotReadable, Overview, of_file, of_server
from otpushd.store.probe import holder_of, probe_sqlite_store

PROCESSES = Path("/proc")
FRESH = timedelta(seconds=15)
"""So recently a daemon must have told of itself to count as running where its lock cannot be seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at `at`. `running` are daemons that are there, with what they told, the latest first; `pid` is the
    process of one that has told nothing yet. `trouble` is why the store cannot be read, and then `overview` is empty.
    """

    at: datetime
    overview: Overview = field(default_factory=Overview)
    running: tuple[Told, ...] = ()
    pid: int | None = None
    trouble: str | None = None


def look(store: StoreLocation, clock: Callable[[], datetime]) -> Seen:
    """How the daemons are that use a store. Raises nothing that a store can cause."""
    if not is_postgres(store.url):
        return _file(sqlite_path(store.url), clock())
    try:
        found = of_server({**postgres_parameters(store.url), **store.secrets}, f"status {os.getpid()}")
    except NotReadable as error:
        return Seen(clock(), trouble=str(error))
    return Seen(clock(), found, tuple([one for one in found.told if one.there]))


def _file(path: Path, now: datetime) -> Seen:
    facts = probe_sqlite_store(path)
    if facts.trouble is not None:
        return Seen(now, pid=facts.holder, trouble=f"{path}: {facts.trouble}")
    if not facts.exists:
        return Seen(now, trouble=f"{path}: it is not there; the first start makes it")
    if facts.older or facts.newer:
        whose = "a newer" if facts.newer else "an older"
        return Seen(now, pid=facts.holder, trouble=f"{path}: it is of {whose} otpushd than this command")
    try:
        found = of_file(path)
    except NotReadable as error:
        return Seen(now, pid=facts.holder, trouble=f"{path}: {error}")
    holder = holder_of(path) or _alive(found, now)  # looked at again: it may have started or ended meanwhile
    running = tuple([one for one in found.told[:1] if one.state.pid == holder])
    return Seen(now, found, running, None if running else holder)


def _alive(found: Overview, now: datetime) -> int | None:
    """The process that told of itself just now and is there: some file systems list their locks under other numbers."""
    fresh = [one.state.pid for one in found.told[:1] if timedelta() <= now - one.at < FRESH]
    return next((pid for pid in fresh if (PROCESSES / str(pid)).exists()), None)
