"""What the plan says of several datasets together: entries with `total`, and the project's milestones.

A group is of one source: datasets of another are another group, though they have the same name. It has timers, and
notes, under a number of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from otpushd.derive.seen import Around, Standing
from otpushd.model.ledger import Tally, number_of, pattern_number
from otpushd.model.plan import Plan, PlanEntry, ProjectMilestone

MILESTONE = "milestone"


@dataclass(frozen=True, slots=True)
class Group:
    """All datasets of a source under one entry, or under one milestone."""

    number: int
    source: str
    what: PlanEntry | ProjectMilestone


def groups_of(plan: Plan, source: str) -> dict[int, Group]:
    """Every group of a plan, by its number."""
    totals = (Group(pattern_number(source, one.pattern), source, one) for one in plan.entries if one.total)
    releases = (Group(number_of(MILESTONE, source, one.name), source, one) for one in plan.milestones)
    return {one.number: one for one in (*totals, *releases)}


def members(groups: Iterable[Group], plan: Plan, datasets: Mapping[str, int]) -> set[int]:
    """Which of a source's datasets, given by name, count for any of the groups.

    For a milestone all datasets of a `total` count, if one of them is named in it.
    """
    wanted = [group.what for group in groups]
    entries = {one.pattern for one in wanted if isinstance(one, PlanEntry)}
    releases = {one.name for one in wanted if isinstance(one, ProjectMilestone)}
    direct: set[int] = set()
    for name, number in datasets.items():
        found = plan.lookup(name)
        if any(one.name in releases for one in found.milestones):
            direct.add(number)
            if found.entry is not None and found.entry.total:
                entries.add(found.entry.pattern)
    under = {name: plan.entry_for(name) for name in datasets} if entries else {}
    return direct | {datasets[name] for name, entry in under.items() if entry is not None and entry.pattern in entries}


def under(entry: PlanEntry, source: str, around: Around) -> list[Tally]:
    """The tallies of a source's datasets that an entry holds for, as far as they were loaded."""
    mine = (tally for tally in around.ledger.tallies.values() if tally.source == source)
    return [tally for tally in mine if around.plan.entry_for(tally.name) is entry]


def total_standing(number: int, entry: PlanEntry, source: str, around: Around) -> Standing | None:
    """How all datasets of a `total` stand together; None where there are none."""
    tallies = under(entry, source, around)
    return Standing(number, added_up(entry.pattern, tallies), entry, together=True) if tallies else None


def added_up(name: str, tallies: Iterable[Tally]) -> Tally:
    """One tally of several, at least one, that are left as they are."""
    first, *others = tallies
    people = {person: list(one) for person, one in first.people.items()}
    whole = replace(first, name=name, inputs=[*first.inputs], people=people, hours=dict(first.hours))
    for one in others:
        whole.accepted, whole.rejected = whole.accepted + one.accepted, whole.rejected + one.rejected
        whole.ignored, whole.unsaid = whole.ignored + one.ignored, whole.unsaid + one.unsaid
        whole.added += one.added
        whole.inputs = [here + there for here, there in zip(whole.inputs, one.inputs, strict=True)]
        whole.first = min((at for at in (whole.first, one.first) if at is not None), default=None)
        whole.last = max((at for at in (whole.last, one.last) if at is not None), default=None)
        for person, (count, at) in one.people.items():
            known = whole.people.setdefault(person, [0, at])
            known[0], known[1] = known[0] + count, max(known[1], at)
        for hour, count in one.hours.items():
            whole.hours[hour] = whole.hours.get(hour, 0) + count
    return whole
