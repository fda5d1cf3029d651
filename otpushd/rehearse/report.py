"""A rehearsal as text for people: one line a rule and person, with examples, then what went wrong. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from otpushd.rehearse.history import Line, Rehearsal


def report(source: str, span: str, found: Rehearsal) -> list[str]:
    """Lines to print about the rehearsal of one source over `span` (as the user wrote it)."""
    total = sum(line.count for line in found.lines.values())
    types = ", ".join(f"{count:,} {kind}" for kind, count in sorted(found.events.items(), key=lambda each: -each[1]))
    lines = [f"history of {source} ({span}): {types or 'no events'}; {total:,} messages would have gone out"]
    if not found.events and found.newest is not None:
        lines.append(f"  its newest row is from {found.newest:%Y-%m-%d}; say --history all to rehearse on everything")
    lines += [f"  {line}" for line in table(_rows(found.lines))]
    lines += [f"  fault, {count:,} times: {text}" for text, count in found.faults.most_common(10)]
    return lines


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned columns; the first row is the head. Columns of numbers are aligned to the right."""
    if len(rows) < 2:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    right = [all(cell.replace(",", "").isdigit() for cell in column[1:]) for column in zip(*rows, strict=True)]

    def line(cells: Iterable[str]) -> str:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(cells, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip()

    return [line(row) for row in rows]


def _rows(lines: dict[tuple[str, str], Line]) -> list[list[str]]:
    rows = [["rule", "to", "messages", "from", "until", "for example"]]
    for (rule, person), line in sorted(lines.items(), key=lambda each: (each[0][0], -each[1].count, each[0][1])):
        first, *more = line.examples
        rows.append([rule, person, f"{line.count:,}", _day(line.first), _day(line.last), first.title])
        rows += [["", "", "", "", "", example.title] for example in more]
    return rows


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d}" if instant else ""
