"""What one open page still has to be told, as Server-Sent Events. Pure: it looks at what is new and renders it.

A record is sent to one reader once: the reader's position is the number of the last record it was given.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from otpushd.sandbox.journal import Line


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader stands. `run` names this start of the sandbox, because numbers begin anew with each."""

    run: str
    number: int
    cleared: int
    pending: tuple[str, ...] | None = None


def resume(last_event_id: str, run: str, cleared: int) -> Position:
    """The position of a reader that connects. `last_event_id` is empty, or what the reader was given last."""
    its_run, _, number = last_event_id.rpartition("-")
    known = its_run == run and number.isascii() and number.isdigit() and len(number) < 16
    return Position(run, int(number) if known else 0, cleared)


def greeting(position: Position) -> str:
    """The first event of every connection; a page that knows another run or count forgets what it shows."""
    data = json.dumps({"run": position.run, "cleared": position.cleared})
    return f"retry: 1000\nevent: hello\ndata: {data}\n\n"


def catch_up(position: Position, cleared: int, pending: Sequence[str], newer: Sequence[Line]) -> tuple[str, Position]:
    """The events that bring a reader up to date, empty if it is, and its position after them."""
    parts = []
    if cleared != position.cleared:
        parts.append(f"event: cleared\ndata: {cleared}\n\n")
    if tuple(pending) != position.pending:
        parts.append(f"event: faults\ndata: {json.dumps(list(pending))}\n\n")
    parts += [f"id: {position.run}-{line.number}\nevent: received\ndata: {line.text}\n\n" for line in newer]
    number = newer[-1].number if newer else position.number
    return "".join(parts), Position(position.run, number, cleared, tuple(pending))
