"""The timers of datasets and of groups: set when something changes, gone through when they ring.

CLOCKWORKS are asked about each dataset, TOGETHER about those of a `total` as well, added up.
"""

from collections.abc import Iterable, Iterator, Mapping

from otpushd.derive import assignment, batch, deadlines, integrity, releases, reviews, silence
from otpushd.derive.groups import Group, total_standing
from otpushd.derive.monitors import shelf
from otpushd.derive.monitors import watching as monitors
from otpushd.derive.seen import Around, Standing
from otpushd.derive.timers import Clockwork, bring_up, forget, ring, ring_due, set_timers
from otpushd.model.event import Event
from otpushd.model.instants import to_micros
from otpushd.model.ledger import Tally, pattern_number
from otpushd.model.plan import PlanEntry

CLOCKWORKS: tuple[Clockwork, ...] = (monitors, batch, integrity, assignment, deadlines, reviews, silence)
TOGETHER: tuple[Clockwork, ...] = (deadlines, silence)


def bring_up_datasets(datasets: Iterable[int], around: Around) -> None:
    """Set the timers of datasets whose tallies are in the ledger, and of the totals that they count for."""
    totals: dict[int, Group] = {}
    for number in datasets:
        standing = standing_of(number, around)
        set_timers(standing, around, CLOCKWORKS)
        entry, source = standing.planned, standing.tally.source
        if entry is not None and entry.total:
            together = pattern_number(source, entry.pattern)
            totals[together] = Group(together, source, entry)
    bring_up_groups(totals.values(), around)


def bring_up_groups(groups: Iterable[Group], around: Around) -> None:
    """Set the timers of groups. The ledger must have the tallies of all datasets of each `total`."""
    for group in groups:
        if isinstance(group.what, PlanEntry):
            standing = total_standing(group.number, group.what, group.source, around)
            if standing is not None:
                set_timers(standing, around, TOGETHER)
        else:
            _bring_up_release(group, around)


def begun(datasets: Iterable[tuple[int, str, str]], around: Around) -> None:
    """Set the timers of datasets, given their incarnations, sources and names; there may be nothing else of them."""
    for number, source, name in datasets:
        if number not in around.ledger.tallies:
            around.ledger.tally(number, source, name)
        set_timers(standing_of(number, around), around, CLOCKWORKS)
    shelf.clear(around.ledger, around.plan)


def rung(numbers: Iterable[int], groups: Mapping[int, Group], around: Around) -> Iterator[Event]:
    """What the timers under these numbers lead to that are due by now, each dataset's or each group's."""
    for number in numbers:
        group = groups.get(number)
        if number in around.ledger.tallies:
            yield from ring(standing_of(number, around), around, CLOCKWORKS)
        elif group is None:  # a dataset that is no more, or a group that is not in the plan any more
            forget(number, around.ledger)
        elif isinstance(group.what, PlanEntry):
            yield from _ring_total(group, group.what, around)
        else:
            yield from _ring_release(group, around)


def standing_of(number: int, around: Around) -> Standing:
    """How a dataset stands whose tally is in the ledger."""
    tally: Tally = around.ledger.tallies[number]
    return Standing(number, tally, around.plan.entry_for(tally.name))


def _ring_total(group: Group, entry: PlanEntry, around: Around) -> list[Event]:
    standing = total_standing(group.number, entry, group.source, around)
    if standing is None:
        forget(group.number, around.ledger)
        return []
    return ring(standing, around, TOGETHER)


def _ring_release(group: Group, around: Around) -> list[Event]:
    assert not isinstance(group.what, PlanEntry)
    milestone = group.what
    events = ring_due(group.number, around, lambda _, about: releases.ring(about, group, milestone, around))
    _bring_up_release(group, around)
    return events


def _bring_up_release(group: Group, around: Around) -> None:
    assert not isinstance(group.what, PlanEntry)
    wanted = {(group.number, releases.WHOSE_TIMERS, about): at for about, at in releases.timers(group, group.what)}
    bring_up(group.number, wanted, around.ledger, to_micros(around.now))
