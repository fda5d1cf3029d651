"""One page of structured storage to rows that are announced, told as corrections, or counted as history. Pure.

Nothing waits here: a link itself names its session. What was taken is known by its record alone, so that a page may be
read again from any mark.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from otpushd.detect.answers import Row, read_structured_row
from otpushd.detect.identity import Comparison, compare, tag
from otpushd.model.memory import KnownDataset, SourceMemory
from otpushd.model.record import Record
from otpushd.model.structured import StructuredMemory, StructuredPage

UNLINKED_FOR = timedelta(seconds=10)
"""So long an example is asked about that nothing points to: a correction may be written in two commits. What takes
longer is found by the sweep.
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page leads to. `rows` and `corrections` are announced, `history` is only counted; what is corrected was
    counted before, and what was migrated as the classic row that it was. `datasets` are those with structured rows.
    `changed`: what the store holds of the memory did.
    """

    memory: StructuredMemory
    changed: bool
    rows: tuple[Row, ...]
    corrections: tuple[Row, ...]
    history: tuple[Row, ...]
    comparison: Comparison
    datasets: frozenset[int]


def idle(page: StructuredPage | None, memory: StructuredMemory) -> bool:
    """Whether taking the page changes nothing."""
    if memory.history_to is None or page is None:
        return memory.history_to is not None
    rows = page.links or page.corrections or page.unlinked or memory.unlinked
    return not rows and (page.links_seen, page.examples_seen) == (memory.links, memory.examples)


def take(
    source: str,
    page: StructuredPage | None,
    memory: SourceMemory,
    known: Mapping[int, KnownDataset],
    mains: Collection[str],
    recorded: Mapping[int, Record],
    now: datetime,
    *,
    from_beginning: bool,
    as_it_was: bool,
) -> Taken:
    """What is new in a page, given `memory` as it was before it and the records of its ids.

    `as_it_was`: migrated copies are announced as the answers that they stand for, as they are counted in history.
    """
    before = _begun(page, memory, from_beginning)
    if page is None:
        changed = before.durable != memory.structured.durable
        return Taken(before, changed, (), (), (), Comparison(()), frozenset())
    compared = compare((*page.links, *page.corrections), known, recorded)
    same = _same(compared, known, recorded)
    corrected = _corrected(page, compared, same)
    walked, newer = {link.id for link in page.corrections}, before.newer | page.newer
    rows, corrections, history = list[Row](), list[Row](), list[Row]()
    for link in compared.fresh:
        dataset = known[link.dataset_id].row if link.dataset_id in known else None
        if dataset is None or dataset.session or link.structured is None:
            continue
        old = link.id <= (before.history_to or 0) and known[link.dataset_id].past
        newest = link.example_id > before.history_examples
        past = old and not newest and link.id not in corrected and link.id not in page.news
        corrects = link.id in corrected or link.example_id in newer or (old and newest)
        corrects = corrects or (link.id not in walked and link.structured.corrects)
        sure = link._replace(structured=link.structured._replace(corrects=corrects))
        sessions = [known[number].row for number in page.sessions.get(link.example_id, ()) if number in known]
        row = read_structured_row(source, sure, dataset, sessions, mains, history=past or as_it_was)
        counted = link.id in corrected or row.task.migrated
        (history if past else corrections if counted else rows).append(row)
    after = _after(before, page, now)
    return Taken(
        memory=after,
        changed=after.durable != memory.structured.durable,
        rows=tuple(rows),
        corrections=tuple(corrections),
        history=tuple(history),
        comparison=replace(compared, gone=compared.gone - Counter(recorded[number].dataset for number in same)),
        datasets=page.flagged.union([link.dataset_id for link in (*page.links, *page.corrections)]),
    )


def _begun(page: StructuredPage | None, memory: SourceMemory, from_beginning: bool) -> StructuredMemory:
    """With the bounds of history. They fall with the ids: those above are given out again."""
    before = memory.structured
    if page is None or (from_beginning and memory.history_to is None):
        return before if before.history_to is not None else replace(before, history_to=0)
    if before.history_to is None:
        return replace(before, history_to=page.highest, history_examples=page.highest_example)
    return replace(
        before,
        history_to=min(before.history_to, page.highest),
        history_examples=min(before.history_examples, page.highest_example),
    )


def _after(before: StructuredMemory, page: StructuredPage, now: datetime) -> StructuredMemory:
    """History ends with the first look that leaves nothing behind: what still becomes visible below was saved since."""
    ends = page.last and page.highest in page.links_seen
    unlinked = {number: before.unlinked.get(number, now) for number in page.unlinked}
    return replace(
        before,
        links=page.links_seen,
        examples=page.examples_seen,
        history_to=min(before.history_to or 0, page.links_seen.mark) if ends else before.history_to,
        recorded_to=max(before.recorded_to, page.links[-1].id if page.links else 0),
        newer=frozenset() if page.last else before.newer | page.newer,
        unlinked={number: seen for number, seen in unlinked.items() if now - UNLINKED_FOR < seen <= now},
    )


def _same(compared: Comparison, known: Mapping[int, KnownDataset], recorded: Mapping[int, Record]) -> set[int]:
    """The links that are no longer what was taken, but in the same dataset: corrected, or taken away and made anew."""
    return {
        link.id
        for link in compared.fresh
        if link.id in recorded
        and link.dataset_id in known
        and recorded[link.id].dataset == tag(known[link.dataset_id].row)
    }


def _corrected(page: StructuredPage, compared: Comparison, same: Collection[int]) -> set[int]:
    """Those of them that show another example than was taken. Where that was not found by their example, it is certain
    of links below one that was never deleted, so that no id was given out again.
    """
    fresh = {link.id for link in compared.fresh}
    kept = max((link.id for link in page.links if link.id not in fresh), default=0)
    certain = {link.id for link in page.links if link.id < kept or (link.structured and link.structured.corrects)}
    return certain.union([link.id for link in page.corrections]).intersection(same)
