"""A rehearsal as text for people: one line a rule and person, with examples, then who and what is missing. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from otpushd.rehearse.doubt import told
from otpushd.rehearse.history import Rehearsal, Span
from otpushd.rehearse.tally import Busiest, Example, Tally, busiest, days, local, week

MOST_FAULTS = 10
MOST_NAMES = 12
MOST_QUEUES = 20
WIDEST = 160
BARS, PLAIN_BARS = "·▁▂▃▄▅▆▇█", ".123456789"
Lines = Mapping[tuple[str, str], Tally]
"""By rule and person."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom and what a rehearsal could have named: ids of people and names of rules, in their order."""

    people: Sequence[str]
    rules: Sequence[str]


def report(source: str, span: Span, found: Rehearsal, cast: Cast, width: int = WIDEST, bars: str = BARS) -> list[str]:
    """Lines, of at most `width` columns where they can be cut, about the rehearsal of one source.

    `bars` are the characters of which histograms are made, from nothing to most.
    """
    lines = [f"history of {source}, {span.words}: {_types(found.events)}"]
    if found.newest is None:
        return [f"history of {source}: there is none yet"]
    if not found.events:
        age = f"the newest row is from {found.newest:%Y-%m-%d}"
        return [*lines, f"  {age}; say --history all to rehearse on everything", *_unreadable(found.unreadable)]
    total = sum(line.count for line in found.lines.values())
    people = dict.fromkeys(person for _, person in found.lines)
    if total:
        lines.append(f"  {number(total, 'message')} would have gone out to {number(len(people), 'person', 'people')}:")
        lines += [cut(f"  {line}", width) for line in _messages(found.lines, found.zone, width - 2, bars)]
        if len(found.lines) > len(people):
            lines += totals([found.lines], found.zone, width)
        matched = {rule for rule, _ in (*found.lines, *found.queues)}
        lines += _named("no message from", [rule for rule in cast.rules if rule not in matched], "rule", "rules")
        lines += _named("no message to", [one for one in cast.people if one not in people], "person", "people")
    else:
        lines.append("  no message would have gone out")
    lines += [cut(f"  {line}", width) for line in _queues(found.queues)]
    lines += [f"  {sentence}" for sentence in told(found.doubts.values())]
    lines += [f"  fault, {times(count)}: {text}" for text, count in found.faults.most_common(MOST_FAULTS)]
    if more := len(found.faults) - MOST_FAULTS:
        lines += [f"  and {number(more, 'other fault')}"] if more > 0 else []
    return [*lines, *_unreadable(found.unreadable)]


def number(count: int, one: str, many: str = "") -> str:
    """`1 message`, `2,000 messages`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def times(count: int) -> str:
    """`once`, `12 times`."""
    return "once" if count == 1 else f"{count:,} times"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned columns; the first row is the head. Columns of numbers are aligned to the right."""
    if len(rows) < 2:
        return []
    columns = list(zip(*rows, strict=True))
    widths = [max(map(breadth, column)) for column in columns]
    right = [any(column[1:]) and all(not cell or _is_number(cell) for cell in column[1:]) for column in columns]

    def line(cells: Iterable[str]) -> str:
        padded = []
        for cell, wide, is_number in zip(cells, widths, right, strict=True):
            blanks = " " * (wide - breadth(cell))
            padded.append(blanks + cell if is_number else cell + blanks)
        return "  ".join(padded).rstrip()

    return [line(row) for row in rows]


def breadth(text: str) -> int:
    """How many columns a terminal gives to a text: two for each East Asian wide character, none for what combines."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def cut(text: str, width: int) -> str:
    """At most `width` columns of a text, the last an ellipsis where something was cut off."""
    if breadth(text) <= width:
        return text
    while text and breadth(text) > width - 1:
        text = text[: min(len(text) - 1, width - 1)]
    return text.rstrip() + "…"


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").isdigit()


def _types(events: Counter[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(events.items(), key=lambda each: -each[1])) or "none"


def _messages(lines: Lines, zone: tzinfo, width: int, bars: str) -> Iterator[str]:
    """The table of who gets what, with when and examples below each row."""
    ordered = sorted(lines.items(), key=lambda each: (each[0][0], -each[1].count, each[0][1]))
    rows = [["rule", "to", "messages", "from", "until", "busiest hour"]]
    for (rule, person), line in ordered:
        first, last = days(line.hours, zone)
        most = said_busiest(busiest(line.hours), zone)
        rows.append([rule, person, f"{line.count:,}", str(first), str(last), most])
    head, *body = table(rows)
    yield head
    for row, (_, line) in zip(body, ordered, strict=True):
        yield row
        if len(line.hours) > 1:
            yield from (f"    {when}" for when in histogram(line.hours, zone, width - 4, bars))
        yield from (f"    {said_example(one)}" for one in line.examples)


def totals(sources: Sequence[Lines], zone: tzinfo, width: int = WIDEST) -> list[str]:
    """A table of what each person would have got from all rules, most first; empty where nobody got anything."""
    together = by_person(sources)
    rows = [["person", "messages", "rules", "busiest hour"]]
    for person, hours in sorted(together.items(), key=lambda each: (-each[1].total(), each[0])):
        rules = len({rule for lines in sources for rule, one in lines if one == person})
        rows.append([person, f"{hours.total():,}", f"{rules:,}", said_busiest(busiest(hours), zone)])
    said = "to each person from all rules" + (" and sources:" if len(sources) > 1 else ":")
    return [f"  {said}", *(cut(f"  {line}", width) for line in table(rows))] if together else []


def by_person(sources: Iterable[Lines]) -> dict[str, Counter[datetime]]:
    """How many messages each person would have got from all of them, by the hours' beginnings."""
    found: dict[str, Counter[datetime]] = {}
    for lines in sources:
        for (_, person), line in lines.items():
            found.setdefault(person, Counter()).update(line.hours)
    return found


def histogram(hours: Mapping[datetime, int], zone: tzinfo, width: int, bars: str = BARS) -> list[str]:
    """The hours of the week as bars, 24 a day, of the days that have any; as many days a line as fit."""
    counts = week(hours, zone)
    most = max(map(max, counts))
    shown = [
        f"{name} {''.join(bars[-(-count * (len(bars) - 1) // most)] for count in day)}"
        for name, day in zip(WEEKDAYS, counts, strict=True)
        if any(day)
    ]
    fitting = max(1, (width + 2) // (len(shown[0]) + 2))
    return ["  ".join(shown[n : n + fitting]) for n in range(0, len(shown), fitting)]


def said_busiest(one: Busiest, zone: tzinfo) -> str:
    """`12 on Mon 2026-03-30 at 09`."""
    there = local(one.begins, zone)
    return f"{one.count:,} on {WEEKDAYS[there.weekday()]} {there.date()} at {there:%H}"


def said_example(one: Example) -> str:
    """Title and body in one line."""
    return " · ".join(" ".join(part.split()) for part in (one.title, one.body) if part)


def _queues(queues: Mapping[tuple[str, str], Collection[int | str]]) -> Iterator[str]:
    """A line for each file into which something would have been put."""
    for (rule, queue), examples in sorted(queues.items())[:MOST_QUEUES]:
        selections = sum(isinstance(one, str) and " " in one for one in examples)
        what = [number(len(examples) - selections, "example")] if len(examples) > selections else []
        what += [number(selections, "selection")] if selections else []
        yield f"{rule} would have put {' and '.join(what)} into {queue}"
    if len(queues) > MOST_QUEUES:
        yield f"and something into {number(len(queues) - MOST_QUEUES, 'more file')}"


def _named(what: str, names: Sequence[str], one: str, many: str) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return [f"  {what} {number(len(names), one, many)}: {shown}{more}"]


def _unreadable(why: Counter[str]) -> list[str]:
    """Such rows lead to events all the same, without answer and fields."""
    if not why:
        return []
    reasons = ", ".join(f"{count:,} {text}" for text, count in why.most_common())
    return [f"  {number(why.total(), 'row')} could not be read ({reasons}); no field of theirs has a value"]
