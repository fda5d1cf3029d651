"""What is remembered about a source: loaded once at the start, written with every step in the caller's transaction."""

import json
from dataclasses import astuple, replace
from typing import Any

import peewee

from otpushd.model.instants import from_micros, to_micros
from otpushd.model.memory import Damage, KnownDataset, SourceMemory, Step, WaitingLink
from otpushd.model.row import DatasetRow, LinkRow
from otpushd.model.structured import Seen, StructuredMemory
from otpushd.store.records import save_records, structured
from otpushd.store.sql import many, rows

MARK = """
SELECT link_id, history_to, news_since, down_since, down_told, outage, recorded_to, swept, recheck_to, began
FROM source_mark WHERE source = ?
"""
DATASETS = """
SELECT dataset_id, name, created, session, bare, answers, damage, structured, past FROM known_dataset WHERE source = ?
"""
WAITING = """
SELECT link_id, example_id, dataset_id, input_hash, task_hash, content, size, dataset_name, dataset_created, first_seen
FROM waiting_link WHERE source = ? ORDER BY link_id
"""
TAKEN = "SELECT link_id FROM taken_link WHERE source = ?"
PUT_TAKEN = "INSERT INTO taken_link (source, link_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
FORGET_TAKEN = "DELETE FROM taken_link WHERE source = ? AND link_id NOT BETWEEN ? AND ?"
PUT_MARK = """
INSERT INTO source_mark (source, link_id, history_to, news_since, down_since, down_told, outage, recorded_to, swept,
  recheck_to, began) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source) DO UPDATE SET link_id = excluded.link_id, history_to = excluded.history_to,
  news_since = excluded.news_since, down_since = excluded.down_since, down_told = excluded.down_told,
  outage = excluded.outage, recorded_to = excluded.recorded_to, swept = excluded.swept,
  recheck_to = excluded.recheck_to, began = excluded.began
"""
PUT_DATASET = """
INSERT INTO known_dataset (source, dataset_id, name, created, session, bare, answers, damage, structured, past)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source, dataset_id) DO UPDATE SET name = excluded.name, created = excluded.created,
  session = excluded.session, bare = excluded.bare, answers = excluded.answers, damage = excluded.damage,
  structured = excluded.structured, past = excluded.past
"""
STRUCTURED = """
SELECT link_id, example_id, history_to, history_examples, recorded_to, swept FROM structured_mark WHERE source = ?
"""
PUT_STRUCTURED = """
INSERT INTO structured_mark (source, link_id, example_id, history_to, history_examples, recorded_to, swept)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source) DO UPDATE SET link_id = excluded.link_id, example_id = excluded.example_id,
  history_to = excluded.history_to, history_examples = excluded.history_examples,
  recorded_to = excluded.recorded_to, swept = excluded.swept
"""
FORGET_DATASET = "DELETE FROM known_dataset WHERE source = ? AND dataset_id = ?"
FORGET_WAITING = "DELETE FROM waiting_link WHERE source = ? AND link_id = ?"
PUT_WAITING = """
INSERT INTO waiting_link (source, link_id, example_id, dataset_id, input_hash, task_hash, content, size,
  dataset_name, dataset_created, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source, link_id) DO NOTHING
"""


def load_memory(database: peewee.Database, source: str) -> SourceMemory:
    """Everything remembered about `source`; an empty memory if it was never looked at.

    Of a waiting link's dataset only what identifies it comes back, which is all that is asked of it.
    """
    found = rows(database, MARK, (source,))
    if not found:
        return SourceMemory()
    mark, history_to, news_since, down_since, down_told, outage, *sweeping = found[0]
    datasets = {
        number: KnownDataset(
            DatasetRow(number, name, created, bool(session), bool(bare)),
            answers,
            _damage(damage),
            bool(structured_rows),
            bool(past),
        )
        for number, name, created, session, bare, answers, damage, structured_rows, past in rows(
            database, DATASETS, (source,)
        )
    }
    waiting = {
        row[0]: WaitingLink(LinkRow(*row[:7]), DatasetRow(row[2], row[7], row[8], False, False), from_micros(row[9]))
        for row in rows(database, WAITING, (source,))
    }
    down, taken = from_micros(down_since), frozenset([number for (number,) in rows(database, TAKEN, (source,))])
    memory = SourceMemory(
        mark, history_to, news_since, datasets, waiting, down, bool(down_told), outage, taken, *sweeping
    )
    return replace(memory, structured=_structured(rows(database, STRUCTURED, (source,))))


def save_memory(database: peewee.Database, source: str, step: Step) -> None:
    """Write what a step changed. Opens no transaction: it belongs into the one that holds what the step led to.

    What is gone goes first, because its ids may have been given out again within the same step.
    """
    memory = step.memory
    down = to_micros(memory.down_since)
    mark = (memory.mark, memory.history_to, memory.news_since, down, memory.down_told, memory.outage)
    rows(database, PUT_MARK, (source, *mark, memory.recorded_to, memory.swept, memory.recheck_to, memory.began))
    many(database, FORGET_DATASET, [(source, number) for number in step.gone])
    many(database, PUT_DATASET, [(source, *_dataset(one)) for one in step.changed])
    many(database, FORGET_WAITING, [(source, number) for number in step.settled])
    many(database, PUT_WAITING, [(source, *_waiting(one)) for one in step.held])
    if step.closed:  # what is left of them is an interval of ids (detect/step.py), so two bounds name the others
        bounds = (min(memory.taken), max(memory.taken)) if memory.taken else (0, -1)
        rows(database, FORGET_TAKEN, (source, *bounds))
    many(database, PUT_TAKEN, [(source, number) for number in step.took])
    save_records(database, source, step.records)
    save_records(database, structured(source), step.structured_records)
    if step.structured:
        rows(database, PUT_STRUCTURED, (source, *memory.structured.durable))


def _dataset(one: KnownDataset) -> tuple[object, ...]:
    row = one.row
    damage = None if one.damage == Damage() else json.dumps(astuple(one.damage))
    return row.id, row.name, row.created, row.session, row.bare, one.answers, damage, one.structured, one.past


def _structured(found: list[tuple[Any, ...]]) -> StructuredMemory:
    if not found:
        return StructuredMemory()
    link, example, *others = found[0]
    return StructuredMemory(Seen(link), Seen(example), *others)


def _damage(text: str | None) -> Damage:
    return Damage(*json.loads(text)) if text else Damage()


def _waiting(one: WaitingLink) -> tuple[object, ...]:
    return (*one.link[:7], one.dataset.name, one.dataset.created, to_micros(one.first_seen))
