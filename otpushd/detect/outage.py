"""`source.unavailable` once a source could not be read for so long, `source.recovered` when it can be again."""

from dataclasses import replace
from datetime import datetime, timedelta

from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.memory import SourceMemory, Step

_DETAIL = {"detail": Field(Kind.STRING)}
UNAVAILABLE = EventType("source.unavailable", _DETAIL)
RECOVERED = EventType("source.recovered", _DETAIL)
TYPES = (UNAVAILABLE, RECOVERED)

PATIENCE = timedelta(seconds=10)
"""A lock, a restart or a file being replaced is over by then; Prodigy itself waits 5 s for a lock (prodigy.md 1.5)."""


def failed(source: str, memory: SourceMemory, detail: str, now: datetime) -> Step | None:
    """What one failed read leads to; None where nothing has to be remembered that is not already."""
    if memory.down_since is None:
        unread = int(now.timestamp()) if memory.history_to is None and memory.news_since is None else memory.news_since
        return Step(replace(memory, down_since=now, down_told=False, outage=memory.outage + 1, news_since=unread))
    if memory.down_told or now - memory.down_since < PATIENCE:
        return None
    event = _event(UNAVAILABLE.name, source, memory, detail, now)
    return Step(replace(memory, down_told=True), events=(event,))


def readable(source: str, memory: SourceMemory, now: datetime) -> Step | None:
    """What the first good read after a failed one leads to; None where the last read was good as well."""
    if memory.down_since is None:
        return None
    seconds = round((now - memory.down_since).total_seconds())
    event = _event(RECOVERED.name, source, memory, f"readable again after {seconds} s", now)
    return Step(replace(memory, down_since=None, down_told=False), events=(event,) if memory.down_told else ())


def _event(kind: str, source: str, memory: SourceMemory, detail: str, now: datetime) -> Event:
    number = event_id(source, kind, memory.outage)
    return Event(type=kind, id=number, source=source, time=now, dataset=None, data={"detail": detail})
