"""Silences as text for people and as JSON for programs. Pure."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from otpushd.model.delivery import Priority
from otpushd.model.silence import Phase, Scope, Silence

HEAD = ("ID", "STATE", "FROM", "UNTIL", "WHAT", "BY", "WHY")


def words(scope: Scope) -> str:
    """`rule model-*, person ann`; what a silence holds back."""
    named = {"rule": scope.rule, "dataset": scope.dataset, "person": scope.person, "type": scope.type}
    parts = [f"{name} {text}" for name, text in named.items() if text is not None]
    if scope.priorities:
        parts.append(f"priority {' or '.join(_priorities(scope))}")
    return ", ".join(parts) or "everything"


def summary(silence: Silence, zone: tzinfo) -> str:
    """One silence in a line."""
    when = f"until {_shown(silence.ends, zone)}"
    if silence.starts > silence.made_at:
        when = f"from {_shown(silence.starts, zone)} {when}"
    return f"{words(silence.scope)}; {when}"


def lines(silences: Iterable[Silence], now: datetime, zone: tzinfo) -> list[str]:
    """A table with its head, empty where there are none."""
    cells = [_cells(silence, now, zone) for silence in silences]
    if not cells:
        return []
    table = [HEAD, *cells]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEAD) - 1)]
    return [
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]]) for row in table
    ]


def document(silence: Silence, now: datetime) -> dict[str, Any]:
    """A silence as a JSON object; instants in UTC, null for what goes for all, and for what did not happen."""
    scope = silence.scope
    return {
        "id": silence.id,
        "state": silence.phase(now).value,
        "rule": scope.rule,
        "dataset": scope.dataset,
        "person": scope.person,
        "type": scope.type,
        "priorities": _priorities(scope) or None,
        "starts": _written(silence.starts),
        "ends": _written(silence.ends),
        "author": silence.author,
        "reason": silence.reason,
        "made_at": _written(silence.made_at),
        "lifted_at": silence.lifted_at and _written(silence.lifted_at),
        "lifted_by": silence.lifted_by,
        "lift_reason": silence.lift_reason,
    }


def _cells(silence: Silence, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    phase, why = silence.phase(now), silence.reason
    if phase is Phase.LIFTED:
        why += f" (lifted by {silence.lifted_by}{': ' + silence.lift_reason if silence.lift_reason else ''})"
    times = _shown(silence.starts, zone), _shown(silence.ends, zone)
    return silence.id, phase.value, *times, words(silence.scope), silence.author, why


def _priorities(scope: Scope) -> list[str]:
    """From the least to the most urgent."""
    return [one.value for one in Priority if one in scope.priorities]


def _shown(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
