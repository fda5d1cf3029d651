"""What a change of rules adds, removes and moves on the same history, as text for people. Pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import TypeVar

from otpushd.rehearse.compare import Change, Comparison, Line
from otpushd.rehearse.report import MOST_FAULTS, MOST_QUEUES, WEEKDAYS, WIDEST, cut, number, said_example, table
from otpushd.rehearse.tally import Example, local

_Counted = TypeVar("_Counted")


def report_changes(other: str, found: Comparison, zone: tzinfo, width: int = WIDEST) -> list[str]:
    """Lines, of at most `width` columns where they can be cut, about what differs from the rules in `other`."""
    changed = {line: change for line, change in sorted(found.changes.items()) if not change.nothing}
    same = len(found.changes) - len(changed)
    lines = [f"compared with {other} on the same history: {_summary(found)}"]
    if changed:
        lines += [cut(f"  {line}", width) for line in _table(changed, zone)]
        if same:
            lines.append(f"  nothing changes for {number(same, 'other rule and person', 'other rules and persons')}")
    return [*lines, *(cut(f"  {line}", width) for line in _others(found))]


def _summary(found: Comparison) -> str:
    counts = Counter[str]()
    for change in found.changes.values():
        counts["only before"] += change.removed
        counts["only now"] += change.added
        counts["at another time"] += change.moved
        counts["with another text or way"] += change.altered
        counts["from a rule of another name"] += change.was.total()
    said = [f"{count:,} {what}" for what, count in counts.items() if count]
    return f"messages {', '.join(said)}" if said else "the same messages at the same times"


def _table(changed: dict[Line, Change], zone: tzinfo) -> Iterator[str]:
    rows = [["rule", "to", "before", "now", "only before", "only now", "moved", "altered"]]
    for (rule, person), one in changed.items():
        counts = (one.before, one.after, one.removed, one.added, one.moved, one.altered)
        rows.append([rule, person, *(f"{count:,}" for count in counts)])
    head, *body = table(rows)
    yield head
    for row, one in zip(body, changed.values(), strict=True):
        yield row
        yield from (f"    {line}" for line in _detail(one, zone))


def _detail(one: Change, zone: tzinfo) -> Iterator[str]:
    yield from (f"moved from the rule {rule}: {count:,}" for rule, count in sorted(one.was.items()))
    yield from (f"moved to the rule {rule}: {count:,}" for rule, count in sorted(one.became.items()))
    yield from (f"- {_said(each, zone)}" for each in one.removed_examples)
    yield from (f"+ {_said(each, zone)}" for each in one.added_examples)
    for moved in one.moved_examples:
        yield f"> {_when(moved.before, zone)} → {_said(moved.after, zone)}"
    for old, new in one.altered_examples:
        if said_example(old) == said_example(new):
            yield f"~ {_said(new, zone)} (link, priority, channels or the rest of the text differ)"
        else:
            yield f"~ {_said(old, zone)} → {said_example(new)}"


def _others(found: Comparison) -> Iterator[str]:
    """Queues and faults, where they differ in number."""
    differing = [
        f"{rule} would have put something into {file} {before:,} times before, {now:,} times now"
        for (rule, file), before, now in differences(found.orders)
    ]
    yield from _few(differing, MOST_QUEUES, "more file")
    faults = [
        f"fault, {before:,} times before, {now:,} times now: {text}" for text, before, now in differences(found.faults)
    ]
    yield from _few(faults, MOST_FAULTS, "other fault")


def differences(counts: tuple[Counter[_Counted], Counter[_Counted]]) -> Iterator[tuple[_Counted, int, int]]:
    """What is counted, how often before and how often after, where that differs."""
    before, after = counts
    for key in before | after:
        if before[key] != after[key]:
            yield key, before[key], after[key]


def _few(lines: list[str], most: int, what: str) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"and {number(len(lines) - most, what)}"


def _said(one: Example, zone: tzinfo) -> str:
    return f"{_when(one.at, zone)} {said_example(one)}"


def _when(at: datetime, zone: tzinfo) -> str:
    there = local(at, zone)
    return f"{WEEKDAYS[there.weekday()]} {there:%Y-%m-%d %H:%M}"
