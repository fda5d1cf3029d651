"""Who would have got which message, from a stream of past events. Pure: decided here, printed elsewhere."""

import re
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import tee

from otpushd.files.duration import parse_duration
from otpushd.model.delivery import Fault, Notification
from otpushd.model.event import Event
from otpushd.model.instants import to_micros
from otpushd.model.queue import Order
from otpushd.rehearse.compare import Comparison, Side, abreast
from otpushd.rehearse.doubt import Doubt, doubts_of
from otpushd.rehearse.stage import Happened, Moment, Sent, Staged, fault_text, stage
from otpushd.rehearse.tally import Tally, hour_of
from otpushd.routing.route import Router
from otpushd.routing.rule import Rule


@dataclass(frozen=True, slots=True)
class Span:
    """How much history: all of it, that of the last `age`, or the last `count` answers. `words` says it."""

    words: str
    age: timedelta | None = None
    count: int | None = None

    @property
    def empty(self) -> bool:
        """Whether no history at all is asked for."""
        return self.count == 0 or self.age == timedelta()


def parse_span(text: str) -> Span:
    """`30d` (any duration), `all`, or a number of answers. Raises ValueError with what to write instead."""
    if text == "all":
        return Span("all of it")
    if re.fullmatch(r"[0-9]{1,15}", text):
        return Span(f"the last {int(text):,} answers" if int(text) != 1 else "the last answer", count=int(text))
    try:
        return Span(f"the last {text}", age=parse_duration(text))
    except ValueError:
        raise ValueError(
            f"'{text}' is no amount of history; write a duration (30d), a number of answers, or all"
        ) from None


def within(events: Iterable[Event], span: Span, now: datetime) -> Iterator[Event]:
    """The events that the span covers, in their order. With a count, all from the first of those answers on.

    Only a count keeps events in memory, those that it covers.
    """
    if span.count is not None:
        yield from _last(events, span.count)
        return
    for event in events:
        if span.age is None or event.time >= now - span.age:
            yield event


def _last(events: Iterable[Event], count: int) -> Iterator[Event]:
    kept: deque[Event] = deque()
    answers = 0
    for event in events:
        kept.append(event)
        answers += event.type == "answer.saved"
        while answers > count:
            answers -= kept.popleft().type == "answer.saved"
    while kept and answers == count and kept[0].type != "answer.saved":
        kept.popleft()
    while kept:
        yield kept.popleft()


@dataclass(slots=True)
class Rehearsal:
    """Everything that a history would have led to: events by type, messages by (rule, person), faults by their text.

    `newest` is the time of the newest event read, in the span or not; `unreadable` why how many tasks were not read;
    `doubts` are those of the rules that would have done nothing. `queues` has by (rule, file) the examples that would
    have been queued, and the selections that would have been made for it. `times` has by (channel, person), in
    microseconds since 1970, when messages left. Hours are those in `zone`. `compared` is None unless asked for.
    """

    zone: tzinfo = UTC
    events: Counter[str] = field(default_factory=Counter)
    lines: dict[tuple[str, str], Tally] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    doubts: dict[str, Doubt] = field(default_factory=dict)
    queues: dict[tuple[str, str], set[int | str]] = field(default_factory=dict)
    times: "dict[tuple[str, str], array[int]]" = field(default_factory=dict)
    newest: datetime | None = None
    compared: Comparison | None = None

    def count(self, one: Staged) -> None:
        """Take in what comes next. A rule that does something is in doubt no more."""
        match one:
            case Happened(event):
                self.events[event.type] += 1
                for doubt in self.doubts.values():
                    doubt.look(event)
            case Sent(notification, at):
                self._count_message(notification, at)
                self.doubts.pop(notification.rule, None)
            case Fault():
                self.faults[fault_text(one)] += 1
            case Order():
                queue = self.queues.setdefault((one.rule, one.queue), set())
                queue.update(one.examples, [one.selection] if one.selection else [], [one.id] if one.content else [])
                self.doubts.pop(one.rule, None)

    def _count_message(self, one: Notification, at: datetime) -> None:
        key = (one.rule, one.person)
        if key not in self.lines:
            self.lines[key] = Tally()
        self.lines[key].add(one, at, hour_of(at, self.zone))
        way = (one.channels[0], one.person)
        if way not in self.times:
            self.times[way] = array("q")
        self.times[way].append(to_micros(at))


def rehearse(
    events: Iterable[Event],
    router: Router,
    span: Span,
    now: datetime,
    rules: Iterable[Rule] = (),
    zone: tzinfo = UTC,
    against: Router | None = None,
) -> Rehearsal:
    """Route every event that the span covers and count what would have been sent. `rules` are the router's.

    With `against`, the same events go through that router too, and what it sends is what was before.
    """
    found = Rehearsal(zone, doubts=doubts_of(rules))

    def seen() -> Iterator[Event]:
        for event in events:
            if found.newest is None or event.time > found.newest:
                found.newest = event.time
            yield event

    past = moments(within(seen(), span, now), now)
    if against is None:
        for one in stage(past, router):
            found.count(one)
        return found
    found.compared = Comparison()
    before, after = tee(past)
    for side, one in abreast(stage(before, against), stage(after, router)):
        found.compared.take(side, one)
        if side is Side.AFTER:
            found.count(one)
    found.compared.settle()
    return found


def moments(events: Iterable[Event], now: datetime) -> Iterator[Moment]:
    """Each event at its time, and then what is left until now."""
    for event in events:
        yield event.time, event
    yield now, None
