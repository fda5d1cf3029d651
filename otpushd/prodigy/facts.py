"""What was found out about a Prodigy database, as values to be judged elsewhere. Holds no content and no secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from otpushd.prodigy.sqlite_beside import Beside


class Trouble(NamedTuple):
    """Why it cannot be read, as SourceUnavailable says it."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class SqliteFacts:
    """A SQLite file. Where it could not be read, `trouble` says why and what follows it has its defaults.

    `owner` is `user:group`, `mode` the permission bits; `strangers` are files beside it of another user than its own.
    `folder_ours`: we may write in its folder, though the file is another user's. `page` is how long one page of the
    newest rows took to read, `newest` when the newest dataset was made, `structured` the tables of v2 that are read.
    """

    path: Path
    trouble: Trouble | None = None
    owner: str = ""
    mode: int = 0
    network: str | None = None
    beside: Beside | None = None
    strangers: tuple[str, ...] = ()
    folder_ours: bool = False
    highest: int = 0
    datasets: int = 0
    newest: datetime | None = None
    page: timedelta | None = None
    structured: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Rights(NamedTuple):
    """What the role may do with one table: `usage` of its schema, reading, and what nobody needs who only reads."""

    schema: str
    table: str
    usage: bool
    select: bool
    more: tuple[str, ...]


class Writer(NamedTuple):
    """A transaction that holds the barrier, open for at least `age`; `prepared` is its name if it is a prepared one."""

    who: str
    age: timedelta
    prepared: str | None


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """A PostgreSQL database, named as `shown`. Where connecting failed there is `trouble` and nothing else.

    `rights` are those of the three tables wherever they are, and of the `structured` ones of v2 that are read; `schema`
    and `role` are quoted for SQL. `ahead` is the server's clock minus ours, half the round trip taken off. `notes` are
    the reader's own.
    """

    shown: str
    trouble: Trouble | None = None
    local: bool = False
    encrypted: bool = False
    sslmode: str = ""
    version: str = ""
    role: str = ""
    superuser: bool = False
    rights: tuple[Rights, ...] = ()
    in_order: bool = False
    notes: tuple[str, ...] = ()
    ahead: timedelta | None = None
    round_trip: timedelta | None = None
    writers: tuple[Writer, ...] = ()
    idle_limit: timedelta | None = None
    structured: tuple[str, ...] = ()
