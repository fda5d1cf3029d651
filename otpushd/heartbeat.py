"""Loop 7: what this daemon tells of itself in its store, for `otpushd status`.

Written when something changes, within a second, and otherwise every few seconds, so that one that hangs is seen to.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from otpushd import __version__
from otpushd.app import Parts, utc_now
from otpushd.model.daemon_state import DaemonState, HeldChannel, SourceState
from otpushd.reload import Reload
from otpushd.store.daemon_state import put

EVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Heartbeat:
    """`written` is what the store has, since `at`."""

    parts: Parts
    reload: Reload
    started: datetime
    written: DaemonState | None = None
    at: datetime | None = None
    clock: Callable[[], datetime] = utc_now

    async def run(self) -> None:
        """Write how it is, if that is due. Raises what the store does."""
        now, state = self.clock(), self.state()
        known = None if self.written is None else self.written.steady
        if state.steady == known and self.at is not None and timedelta() <= now - self.at < EVERY:
            return
        dispatch = self.parts.dispatch
        writing = asyncio.get_running_loop().run_in_executor
        await writing(self.parts.writer, put, self.parts.database, dispatch.holder, state, now)
        self.written, self.at = state, now

    def state(self) -> DaemonState:
        """How it is now."""
        held = [
            HeldChannel(name, gate.shut_until, gate.why)
            for name, gate in sorted(self.parts.dispatch.gates.items())
            if gate.shut_until is not None
        ]
        return DaemonState(
            pid=os.getpid(),
            host=os.uname().nodename,
            version=__version__,
            started=self.started,
            rules=self.reload.rules,
            sources=tuple([SourceState(one.name, one.since, one.complaints.code) for one in self.parts.polls]),
            held=tuple(held),
            reload=self.reload.last,
        )
