"""The sweep of structured storage: what rows that were read before differ in from their records. Pure.

The sibling of sweep.py. What is gone or rewritten is summed up as there; what was missed is read again from before it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from otpushd.detect.identity import Comparison, compare, tag
from otpushd.detect.sweep import damaged, tell
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.record import Record
from otpushd.model.row import DatasetRow, Reread
from otpushd.model.structured import Seen, StructuredMemory, StructuredPage


def end_of(memory: StructuredMemory) -> int:
    """The id that a pass ends with."""
    return max(memory.links.mark, memory.recorded_to)


def is_correction(
    page: StructuredPage,
    memory: StructuredMemory,
    datasets: Mapping[int, DatasetRow],
    recorded: Mapping[int, Record],
) -> bool:
    """Whether the row at the mark differs from its record because a new example has taken the older one's place: then
    no id was given out again, and the page tells of it, or a later one.
    """
    below = page.below
    if below is None or below.id not in recorded or below.dataset_id not in datasets:
        return False
    same = recorded[below.id].dataset == tag(datasets[below.dataset_id])
    new = below.example_id not in memory.examples or below.example_id in memory.unlinked
    return same and new and bool(page.corrections)


def again_from(memory: SourceMemory, mark: int) -> SourceMemory:
    """Read structured links again from `mark` on. What was saved there since we began is no history; while history is
    still being read, it begins again with what is there now.
    """
    known = memory.structured
    history = known.history_to if known.links.mark < (known.history_to or 0) else min(known.history_to or 0, mark)
    return replace(memory, structured=replace(known, links=Seen(mark), history_to=history))


def compare_again(memory: SourceMemory, reread: Reread, recorded: Mapping[int, Record], upto: int) -> Comparison:
    """All rows up to `upto` of a page with the records of these ids. Rows that were not taken yet are left alone."""
    links = [link for link in reread.links if link.id <= upto]
    unread = {link.id for link in links if link.id not in memory.structured.links}
    return compare(
        [link for link in links if link.id not in unread],
        memory.datasets,
        {number: record for number, record in recorded.items() if number not in unread},
        complete=True,
    )


def swept(source: str, memory: SourceMemory, compared: Comparison, upto: int, now: datetime) -> Step:
    """What a page leads to in which no row was missed."""
    known = memory.structured
    changed = damaged(memory.datasets, {}, compared, structured=True)
    ends = upto >= end_of(known)
    events, changed = tell(source, memory.datasets, changed, now) if ends else ((), changed)
    after = replace(
        memory,
        datasets={**memory.datasets, **changed},
        structured=replace(known, swept=0 if ends else upto),
    )
    return Step(
        after,
        events=events,
        changed=tuple(changed.values()),
        structured_records=compared.records,
        structured=True,
    )
