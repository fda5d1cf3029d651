"""What the statements of postgres_sql.py answer, as plain values."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg

from otpushd.model.row import DatasetRow, LinkRow


class Glance(NamedTuple):
    """What there is: the largest link id, a number for the datasets, whether an id is there that was not taken."""

    standby: bool
    link_oid: int
    highest: int
    datasets: str
    pending: bool


def links_in(cursor: psycopg.Cursor[Any]) -> tuple[tuple[LinkRow, ...], bool]:
    """A page of links, and whether these are all."""
    rows = cursor.fetchall()
    return tuple([LinkRow(*row[:7]) for row in rows]), not rows or rows[0][7] == len(rows)


def datasets_in(cursor: psycopg.Cursor[Any]) -> Iterator[DatasetRow]:
    """All datasets."""
    for number, name, created, session, meta, lacks_meta in cursor:
        bare = lacks_meta or (meta is not None and meta.strip() in (b"", b"{}", b"null"))
        yield DatasetRow(number, name.decode(errors="replace"), created, bool(session), bare)


def sessions_in(cursor: psycopg.Cursor[Any]) -> dict[int, tuple[int, ...]]:
    """The session datasets of examples, from pairs."""
    found: dict[int, tuple[int, ...]] = {}
    for example, dataset in cursor:
        found[example] = (*found.get(example, ()), dataset)
    return found
