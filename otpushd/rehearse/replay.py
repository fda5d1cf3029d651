"""A source's history as the events that it would have led to, each with its best known time. Reads; remembers in memory."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from otpushd.detect.step import settle, step
from otpushd.model.event import Event
from otpushd.model.memory import SourceMemory
from otpushd.prodigy.source import Source


def replay(name: str, source: Source, now: datetime, progress: Callable[[int, int], object]) -> Iterator[Event]:
    """Every event of the source named `name`, in the order of its rows; `progress` hears rows read and rows there are.

    Prodigy keeps no insertion time (prodigy.md 1.1): an answer's time is when the browser says it was decided, else when
    its session began, else when its dataset was made. Raises SourceUnavailable.
    """
    memory, fingerprint, answered, last = SourceMemory(), None, set[int](), False
    while not last:
        page = source.read(memory.mark, (), fingerprint)
        half = settle(name, page, memory, now, grace=timedelta(), from_beginning=True)
        done = step(name, half, answered, now)
        memory, fingerprint, last = done.memory, page.fingerprint, page.last
        answered.update(done.answered)
        begun = {one.row.name: one.row.created for one in memory.datasets.values()}
        progress(memory.mark, page.highest)
        for event in done.events:
            yield replace(event, time=_best_time(event, begun, now))


def _best_time(event: Event, begun: dict[str, int], now: datetime) -> datetime:
    if decided := event.value("decided_at"):
        return min(decided, now) if isinstance(decided, datetime) else now
    if created := event.value("created"):
        return created if isinstance(created, datetime) else now
    seconds = begun.get(str(event.value("session"))) or begun.get(str(event.dataset))
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else now
    except (ValueError, OverflowError, OSError):
        return now
