"""What was found out about the store, as values to be judged elsewhere."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """A store in SQLite. `folder` is the nearest folder above it that exists, `folder_owner` and modes are its own.

    `free` and `size` are bytes of its file system. `holder` is the process of the otpushd that runs on it. `newer` are
    migrations that this otpushd does not know, `older` those that the store still lacks; None where that could not be
    looked at. `trouble` is why it cannot be opened.
    """

    path: Path
    folder: Path
    exists: bool = False
    writable: bool = False
    mode: int = 0
    owner: str = ""
    folder_mode: int = 0
    free: int = 0
    size: int = 0
    network: str | None = None
    holder: int | None = None
    newer: tuple[str, ...] | None = None
    older: tuple[str, ...] | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """A store on PostgreSQL, `shown` as texts name it. `behind`: the next start has to make or change tables, which
    `may_make` says whether the role may. `daemons` are those that use it now, `ahead` is how far the server's clock is
    before this machine's. `trouble` is why it cannot be used.
    """

    shown: str
    exists: bool = False
    behind: bool = False
    may_make: bool = False
    daemons: int = 0
    ahead: timedelta | None = None
    trouble: str | None = None
