"""Monitors watch the answers of each dataset: `monitor.triggered` and `monitor.recovered`, at an answer or in time.

What is measured stands in the other modules. Here each person's answer is given to the panels of its dataset. Each
panel has one timer, for the key that is due first.
"""

from collections.abc import Iterable, Iterator

from otpushd.derive.monitors.events import event_of
from otpushd.derive.monitors.reading import observed
from otpushd.derive.monitors.shelf import about_of, panels_of
from otpushd.derive.seen import Around, Seen, Standing
from otpushd.model.event import Event
from otpushd.model.instants import to_micros
from otpushd.model.ledger import people_on

WHOSE_TIMERS = "monitor"


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """What one more answer leads to. An example that was written down before is not counted again, but corrections are:
    somebody decided anew.
    """
    fact, entry, tally = seen.fact, seen.entry, seen.tally
    monitors = around.plan.monitors_for(tally.name)
    if not monitors or not entry.answered or (seen.again and not fact.corrects):
        return
    one = observed(fact, since=None if fact.past else around.since, conflicts=_conflicts(seen))
    if one is None:
        return
    for definition, panel in panels_of(around.ledger, entry.dataset, monitors):
        for key, change in panel.take(one, around.now, history=fact.past):
            yield event_of(tally.source, tally.name, entry.dataset, definition, key, change, fact.event.time)


def timers(standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
    """One for each panel that waits. What is overdue, because others came first, rings at once."""
    monitors = around.plan.monitors_for(standing.tally.name)
    if not monitors:
        return
    soon = to_micros(around.now) + 1
    for definition, panel in panels_of(around.ledger, standing.dataset, monitors):
        at = panel.due()
        if at is not None:
            yield f"{at} {about_of(definition.name)}", max(at, soon)


def ring(about: str, standing: Standing, around: Around) -> Iterator[Event]:
    """What time alone leads to. The timer is forgotten, for the next one has another name."""
    tally, dataset, waits = standing.tally, standing.dataset, None
    for definition, panel in panels_of(around.ledger, dataset, around.plan.monitors_for(tally.name)):
        if about.endswith(about_of(definition.name)):
            for key, change in panel.tick(around.now):
                yield event_of(tally.source, tally.name, dataset, definition, key, change, around.now)
            waits = panel.due()
    if waits is None or not about.startswith(f"{waits} "):
        around.ledger.set_timer(dataset, WHOSE_TIMERS, about, None)


def _conflicts(seen: Seen) -> bool | None:
    """Whether it differs from what another person last said in this dataset; who nobody knows is always another."""
    mine = seen.entry
    others = [
        one
        for one in seen.before
        if one.answered and one.dataset == mine.dataset and (one.person is None or one.person != mine.person)
    ]
    if not others:
        return None
    last = (*people_on(others).values(), *(one for one in others if one.person is None))
    return any(one.opinion != mine.opinion for one in last)
