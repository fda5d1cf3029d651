"""`input.disagreement` and `input.settled`: enough different people answered one input of a dataset, and they differ.

Each person's last answer counts, so that a changed mind may end a disagreement or begin one; to ignore is an answer,
to say nothing at all is none. Who nobody knows may be one and the same: all such answers together are one more person,
and two of them are no disagreement. A correction counts instead of what it took the place of.
A review settles what stands open: a person's answer in the plan's review dataset, or where the plan has none, a
person's row with the view `review` anywhere in the source. That all agree in the end settles it, too. Afterwards it
comes again when somebody gives an answer that is not the review's, each time with another revision in its id.
"""

from collections.abc import Collection, Iterator, Sequence

import msgspec

from otpushd.derive.agreement import figures_in, kappa, pairs_agreeing, recount
from otpushd.derive.seen import Around, Seen
from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.ledger import Entry

_FIELDS = {
    "input_hash": Field(Kind.INTEGER),
    "annotators": Field(Kind.STRINGS),
    "answers": Field(Kind.STRINGS),
    "agreement": Field(Kind.NUMBER),
}
"""`answers` are in the order of `annotators`, with one more at the end if it is somebody's whom nobody knows.
`agreement` is the percentage of pairs of people who agree on this input, `kappa` is over the whole dataset.
"""
DISAGREEMENT = EventType("input.disagreement", {**_FIELDS, "kappa": Field(Kind.NUMBER)})
SETTLED = EventType("input.settled", {**_FIELDS, "reviewer": Field(Kind.STRING)})
TYPES = (DISAGREEMENT, SETTLED)
WHOSE = "disagreement"
REVIEW = "review"
MOST_REPLACED = 20
MOST_ROWS = 500
"""An input with more rows is none: it is a hash that stands for everything, and people are not compared on it."""
_TWO = 2

People = dict[str | None, int]
"""Each person's last opinion on one input."""


class _State(msgspec.Struct, array_like=True):
    """Noted about an input on which people once differed, or one of whose answers another person corrected.

    `revision` is how often they came to differ, `review` the opinion in the last review, `replaced` the examples that
    others' corrections took the place of.
    """

    source: str
    name: str
    open: bool = False
    revision: int = 0
    review: int | None = None
    replaced: list[int] = msgspec.field(default_factory=list)


_decoder = msgspec.msgpack.Decoder(_State)


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """What one more answer begins or ends. An input that nobody answered before leads to nothing."""
    entry = seen.entry
    if not seen.before or not entry.answered or entry.answer is None:
        return
    if around.ledger.input_notes:
        yield from _reviewed(seen, around)
    here = [one for one in seen.before if one.dataset == entry.dataset]
    if here and len(here) < MOST_ROWS:
        yield from _judged(seen, here, around)


def _reviewed(seen: Seen, around: Around) -> Iterator[Event]:
    """What this answer settles as a review, in whatever dataset of its source."""
    entry = seen.entry
    for dataset in sorted({one.dataset for one in seen.before}):
        state = _state(dataset, entry.input, around)
        if state is None or not state.revision or not _reviews(seen, state, around):
            continue
        was_open, state.open, state.review = state.open, False, entry.opinion
        _note(dataset, entry.input, state, around)
        if was_open:
            rows = [one for one in seen.before if one.dataset == dataset]
            yield _event(SETTLED, seen, dataset, state, rows, {"reviewer": entry.person})


def _reviews(seen: Seen, state: _State, around: Around) -> bool:
    event = seen.fact.event
    if event.source != state.source:
        return False
    planned = around.plan.entry_for(state.name)
    if planned is not None and planned.review is not None:
        return event.dataset == planned.review.dataset
    return bool(event.data.get("view") == REVIEW)


def _judged(seen: Seen, here: list[Entry], around: Around) -> Iterator[Event]:
    """Whether people differ with this answer, or no longer do."""
    entry, event = seen.entry, seen.fact.event
    state = _state(entry.dataset, entry.input, around) or _State(event.source, event.dataset or "")
    before = _people(here, state.replaced)
    if seen.replaces is not None and seen.replaces.person != entry.person:
        state.replaced = [*state.replaced, seen.replaces.example][-MOST_REPLACED:]
        _note(entry.dataset, entry.input, state, around)
    here.append(entry)
    after = _people(here, state.replaced)
    if len(before) < _TWO and len(after) < _TWO:
        return
    figures = around.ledger.hold(entry.dataset, WHOSE, "", figures_in)
    recount(figures, before, after)
    differ = len(set(after.values())) > 1
    if state.open and not differ:
        state.open, state.review = False, None
        yield _event(SETTLED, seen, entry.dataset, state, here, {"reviewer": None})
    elif differ and not state.open and _enough(seen, after) and entry.opinion != _review(seen, state, around):
        state.open, state.revision = True, state.revision + 1
        yield _event(DISAGREEMENT, seen, entry.dataset, state, here, {"kappa": kappa(figures)})
    else:
        return
    _note(entry.dataset, entry.input, state, around)


def _enough(seen: Seen, people: People) -> bool:
    return len(people) >= (seen.planned.enough_people if seen.planned is not None else _TWO)


def _review(seen: Seen, state: _State, around: Around) -> int | None:
    """The opinion of the last review, if there was one, also where it came before anybody differed."""
    review = seen.planned.review if seen.planned is not None else None
    if review is None:
        return state.review
    names = {number: (tally.source, tally.name) for number, tally in around.ledger.tallies.items()}
    at = (seen.tally.source, review.dataset)
    reviews = [one for one in seen.before if one.answered and names.get(one.dataset) == at]
    return max(reviews, key=_order).opinion if reviews else state.review


def _people(entries: Sequence[Entry], replaced: Collection[int]) -> People:
    return {one.person: one.opinion for one in _counting(entries, replaced)}


def _counting(entries: Sequence[Entry], replaced: Collection[int]) -> list[Entry]:
    """The answers that count, as they were saved; of an example that came again, what it says now."""
    last = 0
    for one in entries:
        if one.example <= last:  # mostly they are in order
            entries = sorted({one.example: one for one in entries}.values(), key=_order)
            break
        last = one.example
    return [one for one in entries if one.answered and one.answer is not None and one.example not in replaced]


def _order(entry: Entry) -> tuple[bool, int]:
    """As they were saved. Structured storage counts downwards from zero here, and comes after what it took over."""
    return entry.example < 0, abs(entry.example)


def _state(dataset: int, number: int, around: Around) -> _State | None:
    note = around.ledger.input_note(dataset, number, WHOSE)
    return None if note is None else _decoder.decode(note)


def _note(dataset: int, number: int, state: _State, around: Around) -> None:
    around.ledger.put_input(dataset, number, WHOSE, msgspec.msgpack.encode(state))


def _event(
    kind: EventType, seen: Seen, dataset: int, state: _State, rows: list[Entry], more: dict[str, float | str | None]
) -> Event:
    people = {one.person: one for one in _counting(rows, state.replaced)}
    known = sorted(person for person in people if person is not None)
    everybody: list[str | None] = [*known, *([None] if None in people else [])]
    number = seen.entry.input
    return Event(
        type=kind.name,
        id=event_id(kind.name, dataset, number, state.revision),
        source=state.source,
        time=seen.fact.event.time,
        dataset=state.name,
        data={
            "input_hash": number,
            "annotators": known,
            "answers": [people[person].answer for person in everybody],
            "agreement": pairs_agreeing({person: one.opinion for person, one in people.items()}),
            **more,
        },
    )
