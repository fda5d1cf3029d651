"""Counting: one more row in the tally of its dataset. Distinct examples count, not links."""

from collections.abc import Sequence

from otpushd.model.ledger import HOUR, HOURS_KEPT, MOST_DISTINCT, MOST_PEOPLE, Entry, Tally


def count(tally: Tally, entry: Entry, before: Sequence[Entry]) -> None:
    """Count a row that was not written down before; `before` is what this dataset had on its input until then."""
    if not entry.answered:
        tally.added += 1
        return
    match entry.answer:
        case "accept":
            tally.accepted += 1
        case "reject":
            tally.rejected += 1
        case "ignore":
            tally.ignored += 1
        case _:
            tally.unsaid += 1
    _people_on_input(tally, entry, before)
    seen(tally, entry)
    if entry.person is not None:
        tally.people[entry.person][0] += 1
    hour = entry.at // HOUR
    tally.hours[hour] = tally.hours.get(hour, 0) + 1
    if len(tally.hours) > HOURS_KEPT:
        for old in sorted(tally.hours)[:-HOURS_KEPT]:
            del tally.hours[old]


def seen(tally: Tally, entry: Entry) -> None:
    """Somebody was at work; a correction says that, too."""
    tally.first = entry.at if tally.first is None else min(tally.first, entry.at)
    tally.last = entry.at if tally.last is None else max(tally.last, entry.at)
    if entry.person is None:
        return
    known = tally.people.get(entry.person)
    if known is None:
        if len(tally.people) >= MOST_PEOPLE:
            del tally.people[min(tally.people, key=lambda name: tally.people[name][1])]
        tally.people[entry.person] = [0, entry.at]
    else:
        known[1] = max(known[1], entry.at)


def recount(tally: Tally, entry: Entry, old: Entry) -> None:
    """A row was decided anew in its place: what it said is counted instead of what it had said."""
    names = {"accept": "accepted", "reject": "rejected", "ignore": "ignored"}
    before, after = names.get(old.answer or "", "unsaid"), names.get(entry.answer or "", "unsaid")
    if before != after and getattr(tally, before) > 0:
        setattr(tally, before, getattr(tally, before) - 1)
        setattr(tally, after, getattr(tally, after) + 1)


def _people_on_input(tally: Tally, entry: Entry, before: Sequence[Entry]) -> None:
    """Who nobody knows is somebody else each time: with `named` people and one such, there were two."""
    people = {one.person for one in before if one.answered and one.person is not None}
    nobody = sum(1 for one in before if one.answered and one.person is None)
    if entry.person is not None and entry.person in people:
        return
    were = len(people) + nobody
    if were:
        tally.inputs[min(were, MOST_DISTINCT)] -= 1
    tally.inputs[min(were + 1, MOST_DISTINCT)] += 1
