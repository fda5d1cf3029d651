"""`review.due` and `review.overdue`: answers of a dataset that nobody has answered in the dataset for their reviews.

Counted in working time from when an answer was saved, for each reminder and for the whole time allowed. One message
covers all that waits when it is said, also for the milder ones; the next comes for answers saved after it. What was too
late already when the plan first named the review is counted, and never told for itself.

While answers come in only the oldest is remembered. When its time has come, what really waits is asked of the store.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from otpushd.derive.due import LATE
from otpushd.derive.review_note import Watch, due_at, lengths_of, pack, too_late_since, unpack
from otpushd.derive.seen import Around, Seen, Standing
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.instants import MICROSECOND, from_micros, to_micros
from otpushd.model.ledger import Ledger, number_of
from otpushd.model.length import exactly
from otpushd.model.plan import Review
from otpushd.model.waiting import Backlog, Wait, Waiting

_FIELDS = {
    "waiting": Field(Kind.INTEGER),
    "oldest": Field(Kind.INSTANT),
    "within": Field(Kind.STRING),
    "late": Field(Kind.BOOLEAN),
}
DUE, OVERDUE = EventType("review.due", _FIELDS), EventType("review.overdue", _FIELDS)
TYPES = (DUE, OVERDUE)
WHOSE = WHOSE_TIMERS = "review"
PLACE = "review"
"""What kind of number stands for a dataset that others are reviewed in, whichever has the name."""


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """Remember an answer that waits from now on, or that one was reviewed. Tells nothing."""
    entry, name = seen.entry, seen.tally.name
    if not entry.answered:
        return iter(())
    if name in around.plan.review_datasets and any(one.dataset != entry.dataset for one in seen.before):
        around.ledger.waits.review(number_of(PLACE, seen.tally.source, name), entry.input)
    review = None if seen.planned is None else seen.planned.review
    if review is not None and not seen.again:
        _waits(seen, review, around)
    return iter(())


def timers(standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
    """When the oldest answer that nothing was said of has waited for each of the lengths."""
    review, watch = _watched(standing, around.ledger)
    if review is None or watch is None:
        if around.ledger.note(standing.dataset, WHOSE) is not None:  # what comes in meanwhile is not counted
            around.ledger.put(standing.dataset, WHOSE, "", None)
        return
    for length in lengths_of(review) if watch.open else ():
        if (first := watch.first.get(length)) is not None:
            # It was in time when it came: it rings, be it late.
            yield _about(watch, length, first), max(due_at(review, first, length), to_micros(around.now) + 1)


def ring(about: str, standing: Standing, around: Around) -> Iterator[Event]:
    """What waits, if it really has for so long, and for no longer length that is told as well."""
    ledger, number = around.ledger, standing.dataset
    review, watch = _watched(standing, ledger)
    if review is None or watch is None:
        return
    length, now = _length(about), to_micros(around.now)
    waiting = ledger.waits.within(number, watch.told.values())
    firsts = {each: waiting.after.get(cut) for each, cut in watch.told.items()}
    over = [each for each, at in firsts.items() if at is not None and due_at(review, at, each) <= now]
    if over and length == max(over):
        yield _event(standing, review, length, watch.told[length], waiting, around)
        told = {each: now if each <= length else cut for each, cut in watch.told.items()}
        firsts = {each: None if each <= length else at for each, at in firsts.items()}
        ledger.put(number, WHOSE, "", pack(Watch(watch.place, True, None, told, firsts)))
    elif length not in over:
        ledger.put(number, WHOSE, "", pack(Watch(watch.place, True, None, watch.told, firsts)))


def place(standing: Standing) -> str:
    """The name of the dataset for the reviews; nothing where there is none."""
    review = None if standing.planned is None else standing.planned.review
    return "" if review is None else review.dataset


def is_open(standing: Standing, ledger: Ledger) -> bool:
    """Whether what was there before is counted, or need not be."""
    review, watch = _watched(standing, ledger)
    return review is None or (watch is not None and watch.open)


def counted(standing: Standing, ledger: Ledger) -> int | None:
    """The example up to which what was there before is counted, None before the first."""
    _, watch = _watched(standing, ledger)
    return None if watch is None else watch.upto


def count(standing: Standing, reviews: int | None, upto: int | None, around: Around) -> None:
    """Let what was there before be counted up to the example `upto`; None where there is no more, so that it is open.

    `reviews` is the incarnation of the dataset for the reviews, if there is one.
    """
    review, watch = _watched(standing, around.ledger)
    if review is None:
        return
    before = None if watch is None else watch.upto
    if upto is not None:
        where = number_of(PLACE, standing.tally.source, review.dataset)
        around.ledger.waits.backlog.append(Backlog(standing.dataset, where, reviews, before, upto))
    now = Watch(review.dataset, upto is None, upto)
    around.ledger.put(standing.dataset, WHOSE, "", pack(now))


def cuts(standing: Standing, around: Around) -> set[int]:
    """The instants of which has to be known what waits since later, before `ring` or `renew`."""
    review, watch = _watched(standing, around.ledger)
    return set() if review is None or watch is None else set(_told(review, watch, around).values())


def renew(standing: Standing, around: Around) -> None:
    """Bring what is remembered up to date with the plan, and with what waits."""
    review, watch = _watched(standing, around.ledger)
    if review is None or watch is None or not watch.open:
        return
    told = _told(review, watch, around)
    waiting = around.ledger.waits.within(standing.dataset, told.values())
    now = Watch(watch.place, True, None, told, {each: waiting.after.get(cut) for each, cut in told.items()})
    if now != watch:
        around.ledger.put(standing.dataset, WHOSE, "", pack(now))


def _waits(seen: Seen, review: Review, around: Around) -> None:
    ledger, entry = around.ledger, seen.entry
    watch = unpack(ledger.note(entry.dataset, WHOSE))
    if watch is None:
        if seen.fact.past or seen.tally.answers > 1:
            return  # it is counted with all that was there before
        watch = Watch(review.dataset, True, None, dict.fromkeys(lengths_of(review), 0))
        ledger.put(entry.dataset, WHOSE, "", pack(watch))
    others = {one.dataset for one in seen.before if one.answered and one.dataset != entry.dataset}
    if any(_is(each, seen.tally.source, review.dataset, ledger) for each in others):
        return
    where = number_of(PLACE, seen.tally.source, review.dataset)
    # The clock may have been set back since the last message, and this one was not in it.
    now = entry.at if seen.fact.past else max(to_micros(around.now), *(cut + 1 for cut in watch.told.values()), 0)
    ledger.waits.add(Wait(entry.dataset, entry.example, where, entry.input, entry.at, now))
    before = [watch.first.get(length) for length in watch.told]
    if any(first is None or entry.at < first for first in before):
        earliest = [entry.at if first is None else min(first, entry.at) for first in before]
        now_first = dict(zip(watch.told, earliest, strict=True))
        ledger.put(entry.dataset, WHOSE, "", pack(replace(watch, first=now_first)))


def _is(dataset: int, source: str, name: str, ledger: Ledger) -> bool:
    tally = ledger.tallies.get(dataset)
    return tally is not None and (tally.source, tally.name) == (source, name)


def _watched(standing: Standing, ledger: Ledger) -> tuple[Review | None, Watch | None]:
    """The plan's word, and what is remembered as far as it is about the same place."""
    review = None if standing.planned is None else standing.planned.review
    watch = unpack(ledger.note(standing.dataset, WHOSE)) if review is not None else None
    return review, watch if watch is not None and review is not None and watch.place == review.dataset else None


def _told(review: Review, watch: Watch, around: Around) -> dict[int, int]:
    """Of lengths that are new in the plan, what is too late already counts as told."""
    known = watch.told
    return {
        each: known[each] if each in known else too_late_since(review, each, around.now) for each in lengths_of(review)
    }


def _about(watch: Watch, length: int, first: int) -> str:
    return f"{watch.place} {length} {first}"


def _length(about: str) -> int:
    return int(about.rsplit(" ", 2)[1])


def _event(standing: Standing, review: Review, length: int, told: int, waiting: Waiting, around: Around) -> Event:
    first = waiting.after[told]
    assert first is not None
    kind = OVERDUE if length * MICROSECOND >= review.within else DUE
    return Event(
        type=kind.name,
        id=event_id(kind.name, standing.dataset, length, told, first),
        source=standing.tally.source,
        time=around.now,
        dataset=standing.tally.name,
        data={
            "waiting": waiting.count,
            "oldest": from_micros(waiting.oldest),
            "within": exactly(review.within),
            "late": around.now - from_micros(due_at(review, first, length)) > LATE,
        },
    )
