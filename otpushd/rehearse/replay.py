"""A source's history as the events it would have led to, each with its best known time. Reads; remembers in memory."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from otpushd.derive.derive import wanted
from otpushd.detect.step import settle, step
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.memory import SourceMemory, incarnations
from otpushd.model.plan import Plan
from otpushd.model.row import Page
from otpushd.prodigy.source import Source
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.rehearse.passing import Passing
from otpushd.store.ledger import load_ledger
from otpushd.store.opening import open_scratch

LOCKED_READS = 5
Heard = Callable[[int, int], object]
"""Is told the link id read up to and the highest there is."""


def replay(
    name: str,
    source: Source,
    plan: Plan,
    now: datetime,
    progress: Heard,
    unreadable: Callable[[str], object],
    *,
    alone: bool = True,
) -> Iterator[Event]:
    """Every event of the source named `name`, in the order of its rows, each with what it leads to under the plan, and
    what rang in between; `unreadable` is told why a task is not read. `alone`: there is no other source.

    Prodigy keeps no insertion time (prodigy.md 1.1): an answer's time is when the browser says it was decided, else
    when its session began, else when its dataset was made. Raises SourceUnavailable.
    """
    memory, fingerprint, last, scratch = SourceMemory(), None, False, open_scratch()
    passing = Passing(name, plan, scratch, alone)
    while not last:
        page = _page(source, memory, fingerprint)
        half = settle(name, page, memory, now, None, grace=timedelta(), from_beginning=True, as_it_was=True)
        there = partial(incarnations, name, half.memory)
        asked = wanted(name, half.touched(name), plan, there, half.census.facts)
        passing.turn(partial(load_ledger, scratch, replace(asked, parts=None)), there)
        done = step(name, half, passing.ledger.answered(), now)
        memory, fingerprint, last = done.memory, page.fingerprint, page.whole
        progress(
            memory.mark + memory.structured.links.mark,
            page.highest + (page.structured.highest if page.structured else 0),
        )
        for _, why in done.unreadable:
            unreadable(why)
        begun = {one.row.name: one.row.created for one in memory.datasets.values()}
        for fact in done.facts:
            yield from passing.take(_then(fact, _best_time(fact.event, begun, now)))
    yield from passing.until(now)


def _page(source: Source, memory: SourceMemory, fingerprint: tuple[int, ...] | None) -> Page:
    """A long replay meets Prodigy's saves: it is as patient with a lock, which the source waits for, as Prodigy is."""
    read = partial(source.read, memory.mark, (), fingerprint, memory.taken, structured=memory.structured)
    for _ in range(LOCKED_READS - 1):
        try:
            return read()
        except SourceUnavailable as error:
            if error.code != "locked":
                raise
    return read()


def _then(fact: Fact, at: datetime) -> Fact:
    """The same at its time. Spelled out, because `replace` takes three times as long, and does so twice a row."""
    one = fact.event
    event = Event(one.type, one.id, one.source, at, one.dataset, one.data, one.content)
    return Fact(event, fact.dataset, at, fact.past, fact.corrects, fact.place, fact.handed_in, fact.flaws)


def _best_time(event: Event, begun: dict[str, int], now: datetime) -> datetime:
    if decided := event.value("decided_at"):
        return min(decided, now) if isinstance(decided, datetime) else now
    if created := event.value("created"):
        return min(created, now) if isinstance(created, datetime) else now
    seconds = begun.get(str(event.value("session"))) or begun.get(str(event.dataset))
    try:
        return min(datetime.fromtimestamp(seconds, UTC), now) if seconds else now
    except (ValueError, OverflowError, OSError):
        return now
