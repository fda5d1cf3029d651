"""A rehearsal as text for people: one line a rule and person, with examples, then who and what is missing. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from otpushd.rehearse.doubt import told
from otpushd.rehearse.history import Line, Rehearsal, Span

MOST_FAULTS = 10
MOST_NAMES = 12
MOST_QUEUES = 20
WIDEST = 160


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom and what a rehearsal could have named: ids of people and names of rules, in their order."""

    people: Sequence[str]
    rules: Sequence[str]


def report(source: str, span: Span, found: Rehearsal, cast: Cast, width: int = WIDEST) -> list[str]:
    """Lines, of at most `width` columns where they can be cut, about the rehearsal of one source."""
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
        lines += [cut(f"  {line}", width) for line in _messages(found.lines)]
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


def _messages(lines: dict[tuple[str, str], Line]) -> Iterator[str]:
    """The table of who gets what, with examples below each row."""
    ordered = sorted(lines.items(), key=lambda each: (each[0][0], -each[1].count, each[0][1]))
    rows = [["rule", "to", "messages", "from", "until", "most in a day"]]
    for (rule, person), line in ordered:
        day, most = max(line.days.items(), key=lambda each: (each[1], each[0]))
        busiest = f"{most:,} on {day}" if len(line.days) > 1 else f"{most:,}"
        rows.append([rule, person, f"{line.count:,}", str(min(line.days)), str(max(line.days)), busiest])
    head, *body = table(rows)
    yield head
    for row, (_, line) in zip(body, ordered, strict=True):
        yield row
        yield from (f"    {_example(example)}" for example in line.examples)


def _example(example: tuple[str, str]) -> str:
    return " · ".join(" ".join(part.split()) for part in example if part)


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
