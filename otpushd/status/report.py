"""What was seen, as one screen for people and as one JSON object for programs. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from otpushd.model.daemon_state import HeldChannel, Reloaded
from otpushd.status.judge import Health
from otpushd.status.look import Seen
from otpushd.status.words import ago, instant
from otpushd.store.daemon_state import Told
from otpushd.store.overview import Marked, Ringing

NAMES = {Health.HEALTHY: "healthy", Health.DEGRADED: "degraded", Health.NOT_RUNNING: "not running"}
STATES = ("pending", "held", "dead")
MOST_PROBLEMS = 5


def lines(seen: Seen, health: Health, reasons: Sequence[str]) -> Iterator[str]:
    """One screen."""
    yield f"otpushd: {NAMES[health]}"
    yield from (f"  ! {one}" for one in reasons)
    if seen.pid is not None:
        yield f"  process {seen.pid} is starting, or runs once; it has told nothing of itself yet"
    for daemon in seen.running:
        state = daemon.state
        since = f"since {instant(state.started)}, {state.rules} rule{'' if state.rules == 1 else 's'}"
        yield f"  process {state.pid} on {state.host}, version {state.version}, {since}"
        yield from _reload(state.reload, seen.at)
    if seen.trouble is not None:
        return
    yield "sources"
    yield from (_source(one, seen) for one in seen.overview.sources)
    yield "messages"
    yield from _outbox(seen)
    yield "next"
    yield from _next(seen)


def _reload(reload: Reloaded | None, now: datetime) -> Iterator[str]:
    if reload is None:
        return
    done = f"refused, {reload.count} problem(s), the rules from before go on" if reload.refused else "good"
    yield f"  last reload {ago(reload.at, now)}: {done}"
    yield from (f"    {one}" for one in reload.problems[:MOST_PROBLEMS])
    if reload.count > MOST_PROBLEMS:
        yield f"    and {reload.count - MOST_PROBLEMS} more, in the log"
    if reload.restart:
        yield f"    changed, and in force after a restart only: {', '.join(reload.restart)}"


def _source(one: Marked, seen: Seen) -> str:
    read = _read_at(one.name, seen.running)
    when = f"read {ago(read, seen.at)}" if read is not None else "not read to its end yet"
    parts = [when if one.down_since is None else f"DOWN since {instant(one.down_since)}", f"up to row {one.row}"]
    parts += [] if one.history else ["its history is being read"]
    parts += [f"{one.waiting} rows wait for their person"] if one.waiting else []
    return f"  {one.name}: {', '.join(parts)}"


def _outbox(seen: Seen) -> Iterator[str]:
    rows = outbox(seen)
    for one in rows:
        counts = [f"{one[state]} {state}" for state in STATES if one[state]]
        oldest = f", the oldest {ago(datetime.fromisoformat(one['oldest']), seen.at)}" if one["oldest"] else ""
        until = f", nothing is sent before {one['held_until']} ({one['held_why']})" if one["held_until"] else ""
        yield f"  {one['channel']}: {', '.join(counts) or 'nothing pending'}{oldest}{until}"
    if not rows:
        yield "  nothing pending"


def _next(seen: Seen) -> Iterator[str]:
    for one in seen.overview.timers:
        what, due = f"{one.whose} of {one.dataset or 'several datasets'}", _due(one)
        ahead = f", which is {ago(due, seen.at)}" if due is not None and due != one.at else ""
        yield f"  {instant(one.at)}, {ago(one.at, seen.at)}: {'reminder of the ' if ahead else ''}{what}{ahead}"
    if seen.overview.next_at is None:
        yield "  no timer"
    elif not seen.overview.timers:
        yield f"  a timer {ago(seen.overview.next_at, seen.at)}"
    for case in seen.overview.cases:
        more = f", the next step {ago(case.next_at, seen.at)}" if case.next_at is not None else ""
        yield f"  {case.count} open of rule {case.rule}{more}"


def as_json(seen: Seen, health: Health, reasons: Sequence[str]) -> dict[str, Any]:
    """One object. Instants are ISO 8601 in UTC; what is not known is null."""
    found = seen.overview
    return {
        "state": NAMES[health],
        "reasons": list(reasons),
        "at": seen.at.isoformat(),
        "daemons": [_daemon(one) for one in seen.running],
        "starting": seen.pid,
        "sources": [_source_json(one, seen) for one in found.sources],
        "outbox": outbox(seen),
        "dead_letters": sum(one.count for one in found.heaps if one.state == "dead"),
        "timers": [
            {
                "at": one.at.isoformat(),
                "kind": one.whose,
                "source": one.source,
                "dataset": one.dataset,
                "due": _text(_due(one)),
            }
            for one in found.timers
        ],
        "next_timer": _text(found.next_at),
        "cases": [{"rule": one.rule, "open": one.count, "next_at": _text(one.next_at)} for one in found.cases],
    }


def outbox(seen: Seen) -> list[dict[str, Any]]:
    """For each channel that has any: how many are `pending`, `held` and `dead`, and the `oldest` still to be sent."""
    held = {one.name: one for daemon in seen.running for one in daemon.state.held}
    return [
        _channel(name, held.get(name), seen)
        for name in sorted({one.channel for one in seen.overview.heaps} | held.keys())
    ]


def _channel(name: str, held: HeldChannel | None, seen: Seen) -> dict[str, Any]:
    heaps = {one.state: one for one in seen.overview.heaps if one.channel == name}
    waiting = [heap.oldest for state, heap in heaps.items() if state != "dead"]
    oldest = min(waiting, default=None)
    return {
        "channel": name,
        **{state: heaps[state].count if state in heaps else 0 for state in STATES},
        "oldest": _text(oldest),
        "oldest_seconds": None if oldest is None else _seconds(oldest, seen.at),
        "held_until": None if held is None else held.until.isoformat(),
        "held_why": None if held is None else held.why,
    }


def _daemon(one: Told) -> dict[str, Any]:
    state, reload = one.state, one.state.reload
    return {
        **{"pid": state.pid, "host": state.host, "version": state.version, "rules": state.rules},
        **{"started": state.started.isoformat(), "reported": one.at.isoformat()},
        "reload": None
        if reload is None
        else {
            **{"at": reload.at.isoformat(), "ok": not reload.refused, "count": reload.count},
            **{"problems": list(reload.problems), "restart_needed": list(reload.restart)},
        },
    }


def _source_json(one: Marked, seen: Seen) -> dict[str, Any]:
    read = _read_at(one.name, seen.running)
    troubles = (each.trouble for daemon in seen.running for each in daemon.state.sources if each.name == one.name)
    return {
        "name": one.name,
        "reachable": one.down_since is None,
        "down_since": _text(one.down_since),
        "trouble": next((each for each in troubles if each), None),
        "last_poll": _text(read),
        "lag_seconds": None if read is None else _seconds(read, seen.at),
        "row": one.row,
        "history_read": one.history,
        "waiting": one.waiting,
    }


def _read_at(source: str, running: Sequence[Told]) -> datetime | None:
    """When any of the daemons last read it to its end."""
    states = (one for daemon in running for one in daemon.state.sources if one.name == source)
    return max((one.read_at for one in states if one.read_at is not None), default=None)


def _due(one: Ringing) -> datetime | None:
    """The date that a reminder is about, which stands at the beginning of its timer's text (derive/due.py)."""
    first = one.about.split(" ")[0]
    try:
        return datetime.fromisoformat(first) if one.whose in ("deadline", "release") else None
    except ValueError:
        return None


def _seconds(then: datetime, now: datetime) -> float:
    return round(max(0.0, (now - then).total_seconds()), 1)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
