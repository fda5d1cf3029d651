"""The sweep: rows that were read before are compared with what was recorded of them, slowly and all the time.

Pure. What was missed becomes rows that wait for their person like any other; what is gone or rewritten is summed up for
each dataset and told once, as `integrity.problem`, when a pass over all of them ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

from otpushd.detect.datasets import identity
from otpushd.detect.identity import Comparison, compare, tag
from otpushd.model.event import Event, event_id
from otpushd.model.integrity import PROBLEM, ROWS_GONE, ROWS_REWRITTEN
from otpushd.model.memory import Damage, KnownDataset, SourceMemory, Step, WaitingLink
from otpushd.model.record import Record
from otpushd.model.row import Reread

TYPES = (PROBLEM,)

PAUSE = timedelta(seconds=1)
SHARE = 200
"""A page that took a millisecond is followed by a fifth of a second of rest: at most half a percent of one core."""
REST = timedelta(minutes=10)
"""Between two passes, so that a small database is not read over and over."""


def end_of(memory: SourceMemory) -> int:
    """The id that a pass ends with: the largest that was taken, or that anything is recorded of."""
    return max(memory.mark, memory.recorded_to)


def swept(
    source: str,
    memory: SourceMemory,
    reread: Reread,
    recorded: Mapping[int, Record],
    upto: int,
    now: datetime,
    *,
    whole: bool = True,
) -> Step | None:
    """What comparing all rows above `memory.swept` up to `upto` leads to, given the records of these ids.

    Unless `whole`, what is gone is left for another time, when all of it is to be compared again.

    Rows that were not taken yet are none of the sweep's; of their ids' records only those without a row are.
    None, while an older row with the id of one that was missed still waits for its person.
    """
    links = [link for link in reread.links if link.id <= upto]
    unread = {link.id for link in links if link.id > memory.mark and link.id not in memory.taken}
    compared = compare(
        [link for link in links if link.id not in unread],
        memory.datasets,
        {number: record for number, record in recorded.items() if number not in unread},
        complete=whole,
    )
    if not memory.waiting.keys().isdisjoint([link.id for link in compared.fresh]):
        return None
    held = tuple(
        [
            WaitingLink(link, memory.datasets[link.dataset_id].row, now)
            for link in compared.fresh
            if link.dataset_id in memory.datasets and not memory.datasets[link.dataset_id].row.session
        ]
    )
    changed = damaged(memory.datasets, {}, compared)
    ends = whole and upto >= end_of(memory)
    events, changed = tell(source, memory.datasets, changed, now) if ends else ((), changed)
    after = replace(
        memory,
        swept=0 if ends else upto if whole else memory.swept,
        recheck_to=_recheck_to(memory, compared, upto if whole else memory.swept),
        datasets={**memory.datasets, **changed},
        waiting={**memory.waiting, **{one.link.id: one for one in held}},
    )
    return Step(
        after,
        events=events,
        changed=tuple(changed.values()),
        held=held,
        records=compared.records,
    )


def _recheck_to(memory: SourceMemory, compared: Comparison, upto: int) -> int:
    """Where a row was missed there may be more of them, and below them, too: ids were given out again."""
    if compared.fresh and not memory.recheck_to:
        return end_of(memory)
    return memory.recheck_to if memory.recheck_to > upto else 0


def damaged(
    known: Mapping[int, KnownDataset],
    changed: Mapping[int, KnownDataset],
    compared: Comparison,
    *,
    structured: bool = False,
) -> dict[int, KnownDataset]:
    """`changed`, and the datasets in which rows are gone or rewritten, with that added. Of a dropped one all are gone,
    which is no damage; nor is it that classic rows of a dataset are gone which has `structured` ones.
    """
    now = dict(changed)
    there = {number: now.get(number, one) for number, one in known.items()} if compared.gone else {}
    by_tag = {tag(one.row): number for number, one in there.items() if structured or not one.structured}
    for dataset, count in compared.gone.items():
        if (number := by_tag.get(dataset)) is not None:
            one = now.get(number, known[number])
            sign = crc32(repr(compared.records).encode(), one.damage.signature)
            now[number] = replace(one, damage=replace(one.damage, gone=one.damage.gone + count, signature=sign))
    for link in compared.edited:
        if link.dataset_id not in known:
            continue
        one = now.get(link.dataset_id, known[link.dataset_id])
        sign = crc32(repr(link).encode(), one.damage.signature)
        damage = replace(one.damage, edited=one.damage.edited + 1, signature=sign)
        now[link.dataset_id] = replace(
            one, damage=replace(damage, example=damage.example if damage.example is not None else link.example_id)
        )
    return now


def tell(
    source: str, known: Mapping[int, KnownDataset], changed: Mapping[int, KnownDataset], now: datetime
) -> tuple[tuple[Event, ...], dict[int, KnownDataset]]:
    """What all damage leads to at the end of a pass, and `changed` with it forgotten."""
    broken = {number: one for number, one in {**known, **changed}.items() if one.damage.found}
    events = tuple([event for one in broken.values() for event in problems(source, one, now)])
    healed = {number: replace(one, damage=Damage(signature=one.damage.signature)) for number, one in broken.items()}
    return events, {**changed, **healed}


def problems(source: str, known: KnownDataset, now: datetime) -> list[Event]:
    """One event for the rows of a dataset that are gone, one for those that were rewritten."""
    damage = known.damage
    found: list[tuple[str, int | None, str]] = []
    if damage.gone:
        found.append((ROWS_GONE, None, f"links gone although the dataset is still there: {damage.gone}"))
    if damage.edited:
        found.append((ROWS_REWRITTEN, damage.example, f"rows rewritten after they were saved: {damage.edited}"))
    return [
        Event(
            type=PROBLEM.name,
            id=event_id(source, PROBLEM.name, problem, *identity(known.row), damage.signature),
            source=source,
            time=now,
            dataset=known.row.name,
            data={"problem": problem, "example": example, "detail": detail},
        )
        for problem, example, detail in found
    ]


@dataclass(frozen=True, slots=True)
class Pace:
    """When the next page of the sweep is due. `began` and `clean` are states of the source (its fingerprints): at the
    beginning of the pass under way, and at that of the last whole one, so that an untouched source is left alone.
    """

    next_at: datetime | None = None
    began: tuple[int, ...] | None = None
    clean: tuple[int, ...] | None = None

    def due(self, end: int, swept: int, state: tuple[int, ...] | None, now: datetime) -> bool:
        """Whether a page may be read now, of a pass that ends at `end` and has come to `swept`."""
        if end == 0 or (swept == 0 and state is not None and state == self.clean):
            return False
        return self.next_at is None or not now < self.next_at <= now + REST

    def after(self, before: int, swept: int, state: tuple[int, ...] | None, took: timedelta, now: datetime) -> "Pace":
        """After a page that took so long, and led from `before` to `swept`."""
        began = state if before == 0 else self.began
        if swept:
            return replace(self, next_at=now + min(max(PAUSE, took * SHARE), REST), began=began)
        return Pace(now + REST, None, began)
