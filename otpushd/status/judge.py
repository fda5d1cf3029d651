"""Whether what was seen is well, and if not, why. Pure."""

from collections.abc import Iterator
from datetime import timedelta
from enum import IntEnum

from otpushd.model.daemon_state import SourceState
from otpushd.status.look import Seen
from otpushd.status.words import span

SILENT = timedelta(seconds=30)
"""A daemon that runs tells of itself every 5 s."""


class Health(IntEnum):
    """The exit status of `otpushd status` (product.md, section 3)."""

    HEALTHY = 0
    DEGRADED = 1
    NOT_RUNNING = 2


def health(seen: Seen) -> tuple[Health, list[str]]:
    """How it is, and every reason why it is not well, a line each."""
    if not seen.running and seen.pid is None:
        return Health.NOT_RUNNING, [*([seen.trouble] if seen.trouble else []), "no daemon runs on this store"]
    reasons = list(_reasons(seen))
    return Health.DEGRADED if reasons else Health.HEALTHY, reasons


def _reasons(seen: Seen) -> Iterator[str]:
    if seen.trouble:
        yield seen.trouble
    for daemon in seen.running:
        if seen.at - daemon.at > SILENT:
            yield f"process {daemon.state.pid} has not reported for {span(seen.at - daemon.at)}: it hangs"
        reload = daemon.state.reload
        if reload is not None and reload.refused:
            yield f"the last reload was refused for {reload.count} problem(s); the rules from before go on"
    for one in seen.overview.sources:
        if one.down_since is not None:
            why = next((each.trouble for each in _states(seen, one.name) if each.trouble), None)
            yield f"source {one.name} cannot be read for {span(seen.at - one.down_since)}{f' ({why})' if why else ''}"
    for name in sorted({one.name for daemon in seen.running for one in daemon.state.held}):
        yield f"channel {name} is held: its far side refuses otpushd, or asked for rest"
    for heap in seen.overview.heaps:
        if heap.state == "dead":
            yield f"channel {heap.channel} has {heap.count} dead letter(s)"


def _states(seen: Seen, source: str) -> Iterator[SourceState]:
    return (one for daemon in seen.running for one in daemon.state.sources if one.name == source)
