"""Facts to events: each fact, and what it means. One after another, because each looks at what the last one left.

A detector is one file: its event types, and a `look` that is given a row and what is remembered. The order in which
they look is the order of LOOKS; what history leads to is counted and not told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from otpushd.derive import (
    assignment,
    batch,
    counting,
    deadlines,
    disagreement,
    integrity,
    progress,
    relabel,
    releases,
    reviews,
)
from otpushd.derive.monitors import shelf
from otpushd.derive.monitors import watching as monitors
from otpushd.derive.rounds import bring_up_datasets
from otpushd.derive.seen import Around, Seen, entry_of
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.ledger import Entry, Tally, Touch, Wanted, input_of, pattern_number
from otpushd.model.plan import Plan

MOST_ON_INPUT = 500
"""What more rows share is no input, but the mistake of a script: each further row is an input of its own."""
LOOKS: tuple[Callable[[Seen, Around], Iterator[Event]], ...] = (
    progress.look,
    disagreement.look,
    monitors.look,
    batch.look,
    integrity.look,
    assignment.look,
    relabel.look,
    deadlines.look,
    releases.look,
    reviews.look,
)
HEARS: tuple[Callable[[Fact, Around], Iterator[Event]], ...] = (assignment.hear,)
"""What is told of facts that are no rows: datasets and sessions."""
DROPPED, CREATED = "dataset.dropped", "dataset.created"


def derive(facts: Iterable[Fact], around: Around) -> list[Event]:
    """Everything to be announced, in order: the facts that are no history, each with what it led to behind it.

    What is remembered is changed in `around.ledger`, which must have been loaded with all that is `wanted`.
    """
    events = list(news(facts, around))
    bring_up_datasets(sorted(around.ledger.stirred), around)
    around.ledger.stirred.clear()
    return events


def news(facts: Iterable[Fact], around: Around) -> Iterator[Event]:
    """The same, one after another, but the timers are left as they are."""
    for fact in facts:
        found = list(_led_to(fact, around))
        if not fact.past:
            yield fact.event
            yield from found


def wanted(
    source: str,
    rows: Sequence[Touch],
    plan: Plan,
    incarnations: Callable[[], Mapping[str, int]],
    facts: Iterable[Fact] = (),
) -> Wanted:
    """What has to be loaded for rows of a source, and for `facts` that are no rows.

    `incarnations` gives those of all main datasets of the source, by name: with some, others come into play.
    """
    inputs, totals = set[int](), set[int]()
    datasets = {fact.dataset: fact.event.dataset for fact in facts if fact.dataset and fact.event.dataset}
    for row in rows:
        inputs.add(row.input)
        datasets[row.dataset] = row.name
    beside = set[str]()
    reviews = set[str]()
    for name in datasets.values():
        entry = plan.entry_for(name)
        if entry is not None and entry.total:
            beside.add(entry.pattern)
            totals.add(pattern_number(source, entry.pattern))
        if entry is not None and entry.review is not None:
            reviews.add(entry.review.dataset)
        if name in plan.review_datasets:
            beside.update(each.pattern for each in plan.reviewing(name))
    others = incarnations() if beside or reviews else {}
    more = {
        number
        for name, number in others.items()
        if name in reviews or ((entry := plan.entry_for(name)) is not None and entry.pattern in beside)
    }
    return Wanted(frozenset(inputs), frozenset(datasets.keys() | more | totals), frozenset(shelf.parts(rows, plan)))


def _led_to(fact: Fact, around: Around) -> Iterator[Event]:
    if fact.event.type == DROPPED:
        around.ledger.forget(fact.dataset)
        return
    if fact.event.type == CREATED and fact.event.dataset is not None:
        around.ledger.tally(fact.dataset, fact.event.source, fact.event.dataset)
    entry = entry_of(fact)
    if entry is None or fact.event.dataset is None:
        for hear in HEARS:
            yield from hear(fact, around)
        return
    ledger = around.ledger
    if fact.handed_in:  # it is in no database: looked at like any other, and neither counted nor remembered
        tally = ledger.tallies.get(fact.dataset) or Tally(fact.event.source, fact.event.dataset)
        yield from _looked(Seen(fact, entry, (), True, tally, around.plan.entry_for(fact.event.dataset)), around)
        return
    if len(ledger.entries.get(entry.input, ())) >= MOST_ON_INPUT:
        entry = entry._replace(input=input_of(None, entry.example))
    before = tuple(ledger.entries.get(entry.input, ()))
    again = ledger.knows(entry)
    tally = ledger.tally(entry.dataset, fact.event.source, fact.event.dataset)
    here = [one for one in before if one.dataset == entry.dataset]
    old = _corrected(entry, here) if fact.corrects else None
    if old is not None:
        again = True
        counting.recount(tally, entry, old)
    if again:
        counting.seen(tally, entry)
    else:
        counting.count(tally, entry, here)
    ledger.write(entry)
    seen = Seen(fact, entry, before, again, tally, around.plan.entry_for(fact.event.dataset), old)
    yield from _looked(seen, around)


def _looked(seen: Seen, around: Around) -> Iterator[Event]:
    for look in LOOKS:
        yield from look(seen, around)


def _corrected(entry: Entry, here: Sequence[Entry]) -> Entry | None:
    """The row whose place this one took: the last of the same person's, else the last there was."""
    own = [one for one in here if one.answered and one.person == entry.person]
    others = [one for one in here if one.answered]
    return (own or others)[-1] if own or others else None
