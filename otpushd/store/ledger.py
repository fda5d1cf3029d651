"""The ledger's tables: what a page may touch is loaded at once, what it changed is written in its transaction."""

import json
from collections.abc import Collection, Iterable
from typing import Any

import peewee

from otpushd.model.ledger import PART, RUNG, Entry, Ledger, Tally, Wanted
from otpushd.model.queue import Queued
from otpushd.store.queue import waiting
from otpushd.store.sql import many, marks, rows
from otpushd.store.waiting import prune_waiting, save_waiting

AT_ONCE = 500
ENTRIES = (
    "SELECT dataset, example, input, person, answered, answer, opinion, score, at FROM ledger_entry WHERE input IN "
)
INPUT_NOTES = """
SELECT dataset, input, whose, what FROM input_note
WHERE dataset NOT IN (SELECT dataset FROM tally WHERE gone) AND input IN """
TALLIES = "SELECT dataset, source, name, figures FROM tally WHERE NOT gone AND dataset IN "
NOTES = "SELECT dataset, whose, about, what FROM note WHERE whose <> 'part' AND dataset IN "
PARTS = "SELECT dataset, whose, about, what FROM note WHERE whose = 'part' AND dataset IN "
SOME_PARTS = "SELECT dataset, whose, about, what FROM note WHERE whose = ? AND dataset = ? AND about IN "
PUT_ENTRY = """
INSERT INTO ledger_entry (dataset, example, input, person, answered, answer, opinion, score, at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (dataset, example) DO UPDATE SET input = excluded.input, person = excluded.person,
  answered = excluded.answered, answer = excluded.answer, opinion = excluded.opinion, score = excluded.score,
  at = excluded.at
"""
PUT_TALLY = """
INSERT INTO tally (dataset, source, name, figures, gone) VALUES (?, ?, ?, ?, FALSE)
ON CONFLICT (dataset) DO UPDATE SET figures = excluded.figures, gone = FALSE
"""
PUT_NOTE = """
INSERT INTO note (dataset, whose, about, what) VALUES (?, ?, ?, ?)
ON CONFLICT (dataset, whose, about) DO UPDATE SET what = excluded.what
"""
PUT_INPUT_NOTE = """
INSERT INTO input_note (dataset, input, whose, what) VALUES (?, ?, ?, ?)
ON CONFLICT (input, dataset, whose) DO UPDATE SET what = excluded.what
"""
TIMERS = "SELECT dataset, whose, about, at FROM timer WHERE dataset IN "
PUT_TIMER = """
INSERT INTO timer (dataset, whose, about, at, source) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (dataset, whose, about) DO UPDATE SET at = excluded.at
"""
FORGET_TIMER = "DELETE FROM timer WHERE dataset = ? AND whose = ? AND about = ?"
DUE = "SELECT DISTINCT dataset FROM timer WHERE source = ? AND at <= ? LIMIT 100"
NEXT = "SELECT min(at) FROM timer WHERE source = ?"
ANY_QUEUED = "SELECT 1 FROM queue_item WHERE fate = 'queued' LIMIT 1"
FORGET_NOTE = "DELETE FROM note WHERE dataset = ? AND whose = ? AND about = ?"
FORGET_INPUT_NOTE = "DELETE FROM input_note WHERE dataset = ? AND input = ? AND whose = ?"


def load_ledger(database: peewee.Database, wanted: Wanted) -> Ledger:
    """The working copy for a page. Inputs are looked up in all datasets at once, because people's paths cross there."""
    found = [Entry._make((*row[:4], bool(row[4]), *row[5:])) for row in _some(database, ENTRIES, wanted.inputs)]
    met = {entry.input for entry in found}
    return Ledger(
        entries=_by_input(sorted(found, key=lambda entry: (entry.example < 0, abs(entry.example)))),
        tallies={row[0]: _tally(*row[1:]) for row in _some(database, TALLIES, wanted.datasets)},
        notes={row[:3]: bytes(row[3]) for row in (*_some(database, NOTES, wanted.datasets), *_parts(database, wanted))},
        timers={row[:3]: row[3] for row in _some(database, TIMERS, wanted.datasets)},
        input_notes={row[:3]: bytes(row[3]) for row in _some(database, INPUT_NOTES, met)},
        queued=_queued(database, wanted.inputs),
    )


def save_ledger(database: peewee.Database, source: str, ledger: Ledger) -> None:
    """Write what was changed. Opens no transaction: it belongs into the one that holds what it led to."""
    ledger.put_back()
    for dataset in ledger.gone:
        rows(database, "UPDATE tally SET gone = TRUE WHERE dataset = ?", (dataset,))
        rows(database, "DELETE FROM note WHERE dataset = ?", (dataset,))
        rows(database, "DELETE FROM timer WHERE dataset = ?", (dataset,))
    many(database, PUT_ENTRY, ledger.written)
    many(database, PUT_TALLY, [_written(number, ledger.tallies[number]) for number in ledger.changed])
    many(database, PUT_NOTE, [(*key, what) for key, what in ledger.noted.items() if what is not None])
    many(database, FORGET_NOTE, [key for key, what in ledger.noted.items() if what is None])
    many(database, PUT_INPUT_NOTE, [(*key, what) for key, what in ledger.input_noted.items() if what is not None])
    many(database, FORGET_INPUT_NOTE, [key for key, what in ledger.input_noted.items() if what is None])
    many(database, PUT_TIMER, [(*key, at, source) for key, at in ledger.timed.items() if at is not None])
    many(database, FORGET_TIMER, [key for key, at in ledger.timed.items() if at is None])
    save_waiting(database, ledger.waits)


def due_datasets(database: peewee.Database, source: str, now: int) -> list[int]:
    """The incarnations, at most 100, with a timer that is to ring by `now`, in microseconds since 1970."""
    return [number for (number,) in rows(database, DUE, (source, now))]


def next_timer(database: peewee.Database, source: str) -> int | None:
    """When the next timer of a source rings, in microseconds since 1970; None if there is none."""
    at = rows(database, NEXT, (source,))[0][0]
    return None if at is None or at == RUNG else int(at)


def prune_ledger(database: peewee.Database, most: int) -> int:
    """Forget up to `most` entries of datasets that are no more. Returns how many went. One short transaction."""
    with database.atomic():
        gone = [number for (number,) in rows(database, "SELECT dataset FROM tally WHERE gone LIMIT 1")]
        if not gone:
            return 0
        some = f"SELECT example FROM ledger_entry WHERE dataset = ? LIMIT {int(most)}"  # noqa: S608 - a number
        forget = f"DELETE FROM ledger_entry WHERE dataset = ? AND example IN ({some}) RETURNING input, example"  # noqa: S608
        entries = rows(database, forget, (*gone, *gone))
        inputs = {number for number, _ in entries}
        many(database, "DELETE FROM input_note WHERE dataset = ? AND input = ?", [(*gone, each) for each in inputs])
        prune_waiting(database, [(*gone, example) for _, example in entries])
        if not entries:
            rows(database, "DELETE FROM tally WHERE dataset = ? AND gone", gone)
    return len(entries) or 1


def _by_input(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.input, []).append(entry)
    return found


def _parts(database: peewee.Database, wanted: Wanted) -> Iterable[tuple[Any, ...]]:
    if wanted.parts is None:
        yield from _some(database, PARTS, wanted.datasets)
        return
    by_dataset: dict[int, list[str]] = {}
    for dataset, about in wanted.parts:
        by_dataset.setdefault(dataset, []).append(about)
    for dataset, abouts in by_dataset.items():
        yield from _some(database, SOME_PARTS, abouts, PART, dataset)


def _some(
    database: peewee.Database, statement: str, values: Collection[int] | Collection[str], *first: int | str
) -> Iterable[tuple[Any, ...]]:
    wanted = sorted(values)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        yield from rows(database, f"{statement}({marks(len(some))})", (*first, *some))


def _queued(database: peewee.Database, inputs: Collection[int]) -> dict[int, list[Queued]]:
    if not inputs or not rows(database, ANY_QUEUED):
        return {}
    listed = sorted(inputs)
    parts = (waiting(database, listed[start : start + AT_ONCE]) for start in range(0, len(listed), AT_ONCE))
    return {number: found for part in parts for number, found in part.items()}


def _written(number: int, tally: Tally) -> tuple[object, ...]:
    counts = (tally.accepted, tally.rejected, tally.ignored, tally.unsaid, tally.added)
    inputs = tally.inputs[: max((n + 1 for n, count in enumerate(tally.inputs) if count), default=0)]
    figures = [counts, inputs, tally.people, tally.first, tally.last, list(tally.hours.items())]
    return number, tally.source, tally.name, json.dumps(figures, separators=(",", ":"))


def _tally(source: str, name: str, figures: str) -> Tally:
    counts, inputs, people, first, last, hours = json.loads(figures)
    tally = Tally(source, name, *counts)
    tally.inputs[: len(inputs)] = inputs
    tally.people, tally.first, tally.last, tally.hours = people, first, last, dict(hours)
    return tally
