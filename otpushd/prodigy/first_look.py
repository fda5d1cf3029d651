"""What the first look at a PostgreSQL database cannot have seen, although its id is below the largest it saw.

That is no history: transactions that were open commit later, and sessions keep numbers of a sequence's cache. Of the
first, ids were missing then; of the second, rows tell which transaction wrote them (`xmin`).
"""

import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import psycopg

from otpushd.prodigy.writer_barrier import UNBOUNDED

LATEST = 100_000
"""Among so many of the last rows ids are looked for that are missing: what a transaction had taken that is open."""
MOST_GAPS = 1000
UPTO = "SELECT txid_snapshot_xmax(txid_current_snapshot())::int8"
# An index alone answers it: 100,000 rows in 30 ms, once. A savepoint's number tells nothing of its transaction's.
GAPS = f"""
ARRAY(WITH latest AS (SELECT id::int8 FROM {{table}} ORDER BY id DESC LIMIT {LATEST})
SELECT ARRAY[id + 1, coalesce(next - 1, {UNBOUNDED})] FROM (
  SELECT id, lead(id) OVER (ORDER BY id) AS next
  FROM (TABLE latest UNION ALL SELECT 0 WHERE (SELECT count(*) FROM latest) < {LATEST}) AS each) AS pair
WHERE next IS NULL OR next > id + 1 ORDER BY id DESC LIMIT {MOST_GAPS})
"""  # noqa: S608 - constants
# Rows keep 32 bits of the number. Those of the transactions since then are told from those of long ago, with the same
# 32 bits or nearly, by how many there have been.
IS_NEWS = """
((xmin::text::int8 - %(upto)s::int8) & 4294967295 < txid_snapshot_xmax(txid_current_snapshot()) - %(upto)s::int8)
"""
UNKNOWN = "NULL::boolean"
"""In IS_NEWS's place: where the role may read Prodigy's columns only."""

Gaps = Sequence[tuple[int, int]]
"""First and last id of each, the highest first."""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Transactions from `upto` on had not begun to write, ids in the gaps were not there. Where `upto` is None nothing
    is known, so that nothing is news. `file` is the classic table's, None at the first look itself: what is in another
    one was written anew.
    """

    upto: int | None = None
    file: int | None = None
    classic: Gaps = ()
    structured: Gaps = ()

    def written(self, file: int) -> str:
        """As a text to be kept, with what the table's file is; nothing, unless this is the first look itself."""
        if self.upto is None or self.file is not None:
            return ""
        return json.dumps(astuple(FirstLook(self.upto, file, self.classic, self.structured)))

    def news(
        self, ids: Iterable[int], later: Collection[int], file: int, *, structured: bool = False
    ) -> frozenset[int]:
        """Which `ids` the first look cannot have seen; of the `later` ones IS_NEWS has said so."""
        if self.upto is None or self.file not in (None, file):
            return frozenset()
        gaps = (self.structured if structured else self.classic)[::-1]
        lows = [low for low, _ in gaps]
        found = ((number, bisect_right(lows, number) - 1) for number in ids)
        return frozenset([number for number, at in found if at >= 0 and number <= gaps[at][1]]).union(later)


def read_text(text: str) -> FirstLook:
    """What was written; of nothing nothing is known."""
    return FirstLook(*json.loads(text)) if text else FirstLook()


def take(connection: psycopg.Connection[Any], tables: Sequence[str]) -> FirstLook:
    """To be called before the first look's own snapshot is taken; the tables of links are the classic one and, where
    there is one, that of structured storage. Raises psycopg.Error.
    """
    row = connection.execute(", ".join([UPTO, *[GAPS.format(table=table) for table in tables]]), binary=True).fetchone()
    assert row is not None
    upto, *gaps = row
    return FirstLook(upto, None, *gaps)
