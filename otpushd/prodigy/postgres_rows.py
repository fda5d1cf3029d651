"""What the statements of postgres_sql.py answer, as plain values."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg

from otpushd.model.row import DatasetRow, LinkRow
from otpushd.prodigy.stored_task import StoredTask


class Glance(NamedTuple):
    """What there is: the largest link id, a number for the datasets, whether an id is there that was not taken.

    `link_file` is another one after a TRUNCATE, while `link_oid` stays.
    """

    standby: bool
    link_oid: int
    link_file: int
    highest: int
    datasets: str
    pending: bool


def links_in(cursor: psycopg.Cursor[Any]) -> tuple[tuple[LinkRow, ...], bool, frozenset[int]]:
    """A page of links, whether these are all, and the ids of those that the first look cannot have seen."""
    rows = cursor.fetchall()
    links = tuple([LinkRow(*row[:7]) for row in rows])
    return links, not rows or rows[0][7] == len(rows), frozenset([row[0] for row in rows if row[8]])


def datasets_in(cursor: psycopg.Cursor[Any]) -> Iterator[DatasetRow]:
    """All datasets."""
    for number, name, created, session, meta, lacks_meta in cursor:
        bare = lacks_meta or (meta is not None and meta.strip() in (b"", b"{}", b"null"))
        yield DatasetRow(number, name.decode(errors="replace"), created, bool(session), bare)


def tasks_in(cursor: psycopg.Cursor[Any], sign: int) -> tuple[dict[int, StoredTask], int | None]:
    """Tasks by their places, and the place of the first that did not fit any more."""
    found: dict[int, StoredTask] = {}
    for number, input_hash, task_hash, content, fits in cursor:
        if not fits:
            return found, sign * number
        found[sign * number] = StoredTask(sign * number, input_hash, task_hash, content)
    return found, None
