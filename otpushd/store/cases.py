"""The tables of cases and of what is held back: what may be touched is loaded at once, what changed is written.

Both happen inside of one transaction, so that nobody decides on what somebody else has just changed.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import peewee

from otpushd.model.case import Case, Letter, Repeated
from otpushd.model.cases import Cases, WantedCases
from otpushd.model.delivery import QUIET, RATE, State
from otpushd.model.instants import from_micros, to_micros
from otpushd.store import case_row
from otpushd.store.outbox import MESSAGE, add_letters, message_of
from otpushd.store.remarks import add_faults, add_remarks
from otpushd.store.sql import many, marks, rows, shared

AT_ONCE = 500
YEAR = timedelta(days=366)
MOST_DUE, MOST_PEOPLE = 200, 50
"""So many cases, and people for whom something is held back, are looked at in one commit."""
CASE = f"SELECT {case_row.COLUMNS} FROM rule_case WHERE "  # noqa: S608 - names of columns
DUE = f"{CASE} source = ? AND next_at <= ? ORDER BY next_at LIMIT {MOST_DUE}"
SOME = f"SELECT id FROM rule_case WHERE source = ? AND id > ? ORDER BY id LIMIT {MOST_DUE}"  # noqa: S608 - a number
WAITS = "SELECT joined, listener, case_id FROM case_wait WHERE joined IN "
LETTER = f"SELECT {MESSAGE}, state, due_at, held, case_id, digest, claimed_by FROM notification WHERE "  # noqa: S608
UNCLAIMED = "SELECT id FROM notification WHERE state = 'pending' AND claimed_by IS NULL"
"""No settlement touches these, so that nobody waits for the other."""
HELD = f"SELECT DISTINCT person FROM notification WHERE held IS NOT NULL AND due_at <= ? LIMIT {MOST_PEOPLE}"  # noqa: S608
NEXT_CASE = "SELECT min(next_at) FROM rule_case WHERE source = ? AND next_at IS NOT NULL"
NEXT_HELD = "SELECT min(due_at) FROM notification WHERE held IS NOT NULL"
OLD = "SELECT id FROM rule_case WHERE next_at IS NULL AND opened_at < ? LIMIT {most}"
PUT_CASE = f"""
INSERT INTO rule_case ({case_row.COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET gathers = excluded.gathers, next_at = excluded.next_at, what = excluded.what
"""  # noqa: S608 - names of columns
PUT_WAIT = "INSERT INTO case_wait (joined, listener, case_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
PUT_REPEATED = """
INSERT INTO repeated (rule, key, person, at, turn, suppressed) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key, rule, person) DO UPDATE SET at = excluded.at, turn = excluded.turn, suppressed = excluded.suppressed
"""
PUT_TIMES = """
INSERT INTO message_times (person, channel, times) VALUES (?, ?, ?)
ON CONFLICT (person, channel) DO UPDATE SET times = excluded.times
"""
STAND = """
UPDATE notification SET state = ?, due_at = ?, channel_since = ?, held = ?, digest = ?, body = ?
WHERE id = ? AND claimed_by IS NULL AND state IN ('held', 'pending', 'resolved')
"""
FREE = "UPDATE notification SET due_at = ? WHERE held = ? AND due_at > ?"


def load_cases(database: peewee.Database, wanted: WantedCases) -> Cases:
    """The working copy with all that was asked for, and the letters of its cases."""
    cases = Cases(releases=wanted.held is not None)
    for case in _cases(database, wanted):
        if case.id not in cases.cases:
            cases.load(case)
    if shared(database):  # what may be taken back is not claimed by another daemon meanwhile
        for some in _chunks(sorted(cases.cases)):
            rows(database, f"{UNCLAIMED} AND case_id IN ({marks(len(some))}) /* FOR UPDATE */", some)
    letters = [*_some(database, f"{LETTER} case_id IN ", cases.cases)]
    if wanted.held is not None:
        at = to_micros(wanted.held)
        people = [person for (person,) in rows(database, HELD, (at,))]
        letters += _some(database, f"{LETTER} held IS NOT NULL AND due_at <= ? AND person IN ", people, at)
    for row in letters:
        cases.load_letter(_letter(row))
    keys = {key for _, key in wanted.keys} | {case.key for case in cases.cases.values()}
    marked = _some(database, "SELECT rule, key, person, at, turn, suppressed FROM repeated WHERE key IN ", keys)
    cases.repeated = {tuple(row[:3]): Repeated(from_micros(row[3]), *row[4:]) for row in marked}
    for person, channel, times in rows(database, "SELECT person, channel, times FROM message_times"):
        cases.times[person, channel] = [from_micros(at) for at in json.loads(times)]
    return cases


def save_cases(database: peewee.Database, cases: Cases) -> None:
    """Write what was changed. Opens no transaction: it belongs into the one in which it was loaded."""
    for held, at in cases.freed:
        rows(database, FREE, (to_micros(at), held, to_micros(at)))
    over = [*cases.ended, *cases.changed]
    for some in _chunks(over):
        rows(database, f"DELETE FROM case_wait WHERE case_id IN ({marks(len(some))})", some)  # noqa: S608
    for some in _chunks(list(cases.ended)):
        rows(database, f"DELETE FROM rule_case WHERE id IN ({marks(len(some))})", some)  # noqa: S608 - question marks
    changed = [cases.cases[id] for id in cases.changed]
    many(database, PUT_CASE, [case_row.written(case) for case in changed])
    many(database, PUT_WAIT, [(join, name, case.id) for case in changed for name, join in case.found_by])
    add_letters(database, [cases.letters[id] for id in cases.written if id in cases.fresh])
    many(database, STAND, [_stand(cases.letters[id]) for id in cases.written if id not in cases.fresh])
    many(database, PUT_REPEATED, [_repeated(key, cases.repeated[key]) for key in cases.marked])
    times = ((key, [to_micros(at) for at in cases.times[key]]) for key in cases.timed)
    many(database, PUT_TIMES, [(*key, json.dumps(found)) for key, found in times])
    add_remarks(database, cases.remarks)
    add_faults(database, cases.faults)


def some_cases(database: peewee.Database, source: str, after: str) -> list[str]:
    """The ids of the next cases of a source, at most 200, in order."""
    return [id for (id,) in rows(database, SOME, (source, after))]


def look_again(database: peewee.Database, now: datetime) -> None:
    """Let everything that is held back for what people wish be looked at now: they may wish otherwise by now."""
    at = to_micros(now)
    rows(database, "UPDATE notification SET due_at = ? WHERE held IN (?, ?) AND due_at > ?", (at, QUIET, RATE, at))


def prune_cases(database: peewee.Database, before: datetime, most: int) -> int:
    """Forget up to `most` cases that were opened before, and wait for an event that never came but for nothing else.

    Also when messages were sent that could be repeated, a year after that: no pause is as long, or none can tell it.
    Returns how many cases went. One short transaction.
    """
    at = to_micros(before)
    with database.atomic():
        gone = [id for (id,) in rows(database, OLD.format(most=int(most)), (at,))]
        for some in _chunks(gone):
            rows(database, f"DELETE FROM case_wait WHERE case_id IN ({marks(len(some))})", some)  # noqa: S608
            rows(database, f"DELETE FROM rule_case WHERE id IN ({marks(len(some))})", some)  # noqa: S608
        rows(database, "DELETE FROM repeated WHERE at < ? AND suppressed = 0", (to_micros(before - YEAR),))
    return len(gone)


def next_case(database: peewee.Database, source: str) -> datetime | None:
    """When the next case of a source has something to do."""
    at: int | None = rows(database, NEXT_CASE, (source,))[0][0]
    return from_micros(at)


def next_held(database: peewee.Database) -> datetime | None:
    """When something that is held back may go."""
    at: int | None = rows(database, NEXT_HELD)[0][0]
    return from_micros(at)


def _cases(database: peewee.Database, wanted: WantedCases) -> Iterator[Case]:
    found = [
        row
        for row in _some(database, f"{CASE} gathers AND key IN ", {key for _, key in wanted.keys})
        if (row[1], row[2]) in wanted.keys
    ]
    waiting = [
        case
        for join, listener, case in _some(database, WAITS, {join for _, join in wanted.waits})
        if (listener, join) in wanted.waits
    ]
    found += _some(database, f"{CASE} id IN ", {*waiting, *wanted.ids})
    found += _some(database, f"{CASE} rule IN ", wanted.rules)
    if wanted.due is not None:
        found += rows(database, DUE, (wanted.source, to_micros(wanted.due)))
    return (case_row.read(row) for row in found)


def _letter(row: tuple[Any, ...]) -> Letter:
    state, due, held, case, digest, claimed = row[15:]
    return Letter(message_of(row[:15]), State(state), from_micros(due), held, case, digest, claimed is not None)


def _stand(letter: Letter) -> tuple[object, ...]:
    due = to_micros(letter.due_at)
    one = letter.notification
    return letter.state.value, due, due, letter.held, letter.digest, one.body, one.id


def _repeated(key: tuple[str, str, str], one: Repeated) -> tuple[object, ...]:
    return *key, to_micros(one.at), one.turn, one.suppressed


def _some(
    database: peewee.Database, statement: str, values: Collection[str], *first: object
) -> Iterable[tuple[Any, ...]]:
    for some in _chunks(sorted(set(values))):
        yield from rows(database, f"{statement}({marks(len(some))})", (*first, *some))


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
