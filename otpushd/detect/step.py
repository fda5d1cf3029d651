"""One page of a source to one step: which rows are settled, which wait for their person, what is news and what history.

In two pure halves, because between them the store is asked which answers it knows: `settle`, then `step`.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from otpushd.detect.answers import Row, Who, facts_of, place_of, read_row
from otpushd.detect.datasets import Census, census, is_news, same
from otpushd.detect.identity import Comparison, compare
from otpushd.detect.structured import Taken, take
from otpushd.detect.sweep import damaged
from otpushd.model.ledger import Touch, incarnation, input_of
from otpushd.model.memory import KnownDataset, SourceMemory, Step, WaitingLink
from otpushd.model.record import Record
from otpushd.model.row import DatasetRow, LinkRow, Page
from otpushd.prodigy.origin import Voice, voice

GRACE = timedelta(seconds=2)
"""How long a link waits for its session link, which Prodigy commits right after it (prodigy.md 1.3: three commits)."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The first half's result: memory with datasets, mark and waiting links brought up to date, and what to announce.

    `rows` are announced, `history` is only counted. `held` are links that wait from now on, `settled` ids of links that
    waited and no longer do. `structured` is what structured storage adds to all that.
    """

    memory: SourceMemory
    census: Census
    rows: tuple[Row, ...]
    history: tuple[Row, ...]
    held: tuple[WaitingLink, ...]
    settled: tuple[int, ...]
    took: tuple[int, ...]
    closed: int
    comparison: Comparison
    structured: Taken

    @property
    def all(self) -> tuple[Row, ...]:
        """Every row that is read, the oldest first."""
        return (*self.history, *self.rows, *self.structured.corrections)

    def touched(self, source: str) -> list[Touch]:
        """What every row may touch."""
        return [
            Touch(
                incarnation(source, row.dataset),
                row.dataset.name,
                input_of(row.link.input_hash, place_of(row)),
                row.origin.annotator,
                row.task.labels,
            )
            for row in self.all
        ]

    def keys(self) -> set[Who]:
        """The keys of all rows: what the ledger has to be asked about."""
        return {row.key for row in self.all if row.key is not None}


def settle(
    source: str,
    page: Page,
    memory: SourceMemory,
    now: datetime,
    recorded: Mapping[int, Record] | None = MappingProxyType({}),
    recorded_structured: Mapping[int, Record] = MappingProxyType({}),
    *,
    grace: timedelta = GRACE,
    from_beginning: bool = False,
    as_it_was: bool = False,
) -> Settled:
    """Bring memory up to date with a page, and read the rows whose person is known or given up on.

    `recorded` are the records of the page's ids, where there are any: a row that was taken is not taken again; ids of
    structured storage have their own. `recorded` is None where nothing is recorded at all. `as_it_was`: see
    detect/structured.py.
    """
    before, announce_all = memory, from_beginning or memory.history_to is not None
    began = page.began if memory.history_to is None else memory.began
    memory = replace(memory, history_to=_history_to(memory, page, from_beginning), began=began)
    found = census(source, memory.datasets, page.datasets, lambda row: announce_all or is_news(memory, row), now)
    comparison = compare(page.links, found.known, recorded)
    queue = _queue(page, comparison.fresh, memory, found.known, now, grace)
    # A waiting link whose dataset was just dropped still has its person's name behind that dataset's.
    mains = {one.row.name for each in (memory.datasets, found.known) for one in each.values() if not one.row.session}
    rows, history = _read(source, queue, page, found.known, mains)
    structured = take(
        source,
        page.structured,
        before,
        found.known,
        mains,
        recorded_structured,
        now,
        from_beginning=from_beginning,
        as_it_was=as_it_was,
    )
    taken = _taken(page, memory)
    waiting = {**queue.waiting, **{one.link.id: one for one in queue.held}}
    return Settled(
        memory=_with_history_left(
            replace(
                memory,
                mark=page.mark,
                datasets=found.known,
                waiting=waiting,
                taken=taken,
                recorded_to=max(memory.recorded_to, page.links[-1].id if page.links else 0),
                structured=structured.memory,
            ),
            page,
        ),
        census=found,
        rows=(*rows, *structured.rows),
        history=(*history, *structured.history),
        held=queue.held,
        settled=tuple([number for number in memory.waiting if number not in queue.waiting]),
        took=tuple([link.id for link in page.links if link.id in taken]),
        closed=len(memory.taken) - len(memory.taken & taken),
        comparison=comparison,
        structured=structured,
    )


def step(source: str, settled: Settled, known: Collection[Who], now: datetime) -> Step:
    """The whole step, given which of the settled rows' keys were answered before."""
    past = facts_of(source, settled.history, known, now, past=True)
    rows = (*settled.rows, *settled.structured.corrections)
    before = {*known, *(row.key for row in settled.history if row.key is not None)}
    facts = (*settled.census.facts, *facts_of(source, rows, before, now))
    events = tuple([fact.event for fact in facts])
    changed = damaged(settled.memory.datasets, _marked(settled, _counted(settled)), settled.comparison)
    changed = damaged(settled.memory.datasets, changed, settled.structured.comparison, structured=True)
    return Step(
        memory=replace(settled.memory, datasets={**settled.memory.datasets, **changed}),
        facts=(*past, *facts),
        events=events,
        changed=tuple(changed.values()),
        gone=settled.census.gone,
        held=settled.held,
        settled=settled.settled,
        took=settled.took,
        closed=settled.closed,
        records=settled.comparison.records,
        structured_records=settled.structured.comparison.records,
        structured=settled.structured.changed,
        unreadable=tuple(
            [
                (event.id, row.task.problem)
                for event, row in zip(events[len(settled.census.facts) :], rows, strict=True)
                if row.task.problem
            ]
        ),
    )


def _history_to(memory: SourceMemory, page: Page, from_beginning: bool) -> int:
    """Up to which link id rows were there before us. It falls with the ids: those above are given out again."""
    if memory.history_to is None:
        return 0 if from_beginning else page.highest
    return min(memory.history_to, page.highest)


def _with_history_left(memory: SourceMemory, page: Page) -> SourceMemory:
    """History ends with the first look that leaves nothing behind: what still becomes visible below was saved since."""
    if page.last:
        memory = replace(memory, history_to=min(memory.history_to or 0, page.mark))
    read, of = memory.history_read
    return replace(memory, began=memory.began if read < of else "")


def _taken(page: Page, memory: SourceMemory) -> frozenset[int]:
    """Ids above the new mark that are dealt with. Those above the highest there is are free to be given out again."""
    if not memory.taken and page.mark >= page.highest:
        return memory.taken
    dealt_with = memory.taken.union([link.id for link in page.links])
    return frozenset([number for number in dealt_with if page.mark < number <= page.highest])


@dataclass(frozen=True, slots=True)
class _Queue:
    """Links that can be read now and whether they were there before us, those that go on waiting, and those that are
    `held` from now on.
    """

    ready: Sequence[tuple[LinkRow, DatasetRow, bool]]
    waiting: Mapping[int, WaitingLink]
    held: tuple[WaitingLink, ...]


def _queue(
    page: Page,
    fresh: Sequence[LinkRow],
    memory: SourceMemory,
    known: Mapping[int, KnownDataset],
    now: datetime,
    grace: timedelta,
) -> _Queue:
    """A link waits until its session link is there, or has not come in time. History need not: it is only counted.

    History is what was there before us: in a dataset of that time, under an id of that time. What the first look cannot
    have seen, or appears below rows of it that are read already, was saved since.
    """
    gone = {number for number, one in memory.datasets.items() if known.get(number) is not one}
    again = {link.id for link in fresh}
    # What was first seen after now was seen before the clock was set back: that moment may never come again.
    waiting = {
        number: one
        for number, one in memory.waiting.items()
        if now - grace < one.first_seen <= now
        and number <= page.highest
        and number not in again
        and one.link.example_id not in page.sessions
        and one.dataset.id not in gone
        and not _is_second(one.link, page)
    }
    over = [one for number, one in memory.waiting.items() if number not in waiting]
    ready = [(one.link, one.dataset, False) for one in over if not _is_second(one.link, page)]
    held: list[WaitingLink] = []
    for link in fresh:
        if _is_second(link, page):
            continue
        dataset = known[link.dataset_id].row if link.dataset_id in known else None
        if dataset is None or dataset.session:
            continue
        past = known[link.dataset_id].past and memory.recorded_to < link.id <= (memory.history_to or 0)
        past = past and link.id not in page.news
        if link.example_id in page.sessions or grace <= timedelta() or past:
            ready.append((link, dataset, past))
        else:
            held.append(WaitingLink(link, dataset, now))
    return _Queue(ready, waiting, tuple(held))


def _is_second(link: LinkRow, page: Page) -> bool:
    """Whether an earlier link leads from the same dataset to the same example: an answer is an example, not a link."""
    return bool(page.firsts) and page.firsts.get((link.example_id, link.dataset_id), link.id) < link.id


def _read(
    source: str, queue: _Queue, page: Page, known: Mapping[int, KnownDataset], mains: Collection[str]
) -> tuple[list[Row], list[Row]]:
    """The rows that are ready: those to announce, and those that were there before us."""
    voices: dict[tuple[int, ...], Voice] = {}
    rows, history = list[Row](), list[Row]()
    for link, dataset, past in queue.ready:
        sessions = page.sessions.get(link.example_id, ())
        if sessions not in voices:
            voices[sessions] = voice([known[number].row for number in sessions if number in known], mains)
        row = read_row(source, link, dataset, voices[sessions], mains)
        (history if past else rows).append(row)
    return rows, history


def _counted(settled: Settled) -> dict[int, KnownDataset]:
    """The datasets that are new or in which people have answered, with their answers counted."""
    changed = dict(settled.census.changed)
    answers = Counter(row.dataset for row in (*settled.history, *settled.rows) if row.by_person)
    for dataset, count in answers.items():
        known = changed.get(dataset.id) or settled.memory.datasets.get(dataset.id)
        if known is not None and same(known.row, dataset):
            changed[dataset.id] = replace(known, answers=known.answers + count)
    return changed


def _marked(settled: Settled, changed: Mapping[int, KnownDataset]) -> dict[int, KnownDataset]:
    """`changed`, and the datasets that have structured rows from now on: what is gone of their classic ones was
    migrated.
    """
    now = dict(changed)
    for number in settled.structured.datasets:
        known = now.get(number) or settled.memory.datasets.get(number)
        if known is not None and not known.structured:
            now[number] = replace(known, structured=True, damage=replace(known.damage, gone=0))
    return now
