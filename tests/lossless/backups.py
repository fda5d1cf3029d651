"""Backups of Prodigy's database: taken, and brought back in every way that people do it."""

import os
import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

from tests.lossless.oracle import Row
from tests.lossless.prodigy import Prodigy

TABLES = ("dataset", "example", "link")
COPIES = count(1)


class How(Enum):
    """How a file is brought back: through SQLite's backup API while others have it open, or, while nobody has, by a
    new file in its place or by overwriting it. On PostgreSQL it is always as pg_restore does it.
    """

    PAGE_BY_PAGE = 0
    REPLACED = 1
    OVERWRITTEN = 2


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the file, or the rows of the three tables; and the rows that the oracle knew of at that time."""

    copy: Path | None
    tables: Sequence[Sequence[tuple[Any, ...]]]
    rows: Mapping[int, Row]


def back_up(prodigy: Prodigy) -> Backup:
    """What is committed now."""
    copy, tables = None, []
    if prodigy.path is None:
        tables = [prodigy.rows(f"SELECT * FROM {table} ORDER BY id") for table in TABLES]
    else:
        copy = prodigy.path.with_name(f"backup-{next(COPIES)}.db")
        with closing(sqlite3.connect(prodigy.path)) as here, closing(sqlite3.connect(copy)) as there:
            here.backup(there)
    return Backup(copy, tables, dict(prodigy.oracle.now))


def restore(prodigy: Prodigy, backup: Backup, how: How = How.PAGE_BY_PAGE) -> None:
    """Bring it back. No transaction may be open; saves under way are over."""
    prodigy.saves = []
    if prodigy.path is None or backup.copy is None:
        _load(prodigy, backup.tables)
    elif how is How.PAGE_BY_PAGE:
        with closing(sqlite3.connect(backup.copy)) as there, closing(sqlite3.connect(prodigy.path)) as here:
            there.backup(here)
    else:
        writers = len(prodigy.writers)
        prodigy.close()
        _put_in_place(backup.copy, prodigy.path, overwrite=how is How.OVERWRITTEN)
        if writers:
            prodigy.start(writers)
    prodigy.committed(restored=backup.rows)


def _put_in_place(copy: Path, path: Path, *, overwrite: bool) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if overwrite:
        time.sleep(0.01)  # a file's times are told by a clock that ticks every few milliseconds
        shutil.copyfile(copy, path)
    else:
        os.replace(shutil.copy(copy, copy.with_suffix(".new")), path)  # noqa: PTH105 - of what copy returns


def _load(prodigy: Prodigy, tables: Sequence[Sequence[tuple[Any, ...]]]) -> None:
    with closing(prodigy.open()) as writer:
        writer.execute("BEGIN")
        writer.execute("TRUNCATE link, example, dataset")
        for name, rows in zip(TABLES, tables, strict=True):
            for row in rows:
                writer.execute(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(row))})", row)
            highest = max([row[0] for row in rows], default=0)
            writer.execute(f"SELECT setval('{name}_id_seq', {max(highest, 1)}, {highest > 0})")
        writer.execute("COMMIT")
