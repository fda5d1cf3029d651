"""Whether a channel may send now, and how much. Pure: a gate is a value, its changes are functions of `now`.

Not a retry policy: that decides about one notification (`push/retry.py`); a gate spares a gateway that asked for rest,
or that refused our credentials, from all the others.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from otpushd.model.delivery import Accepted, Outcome, TryAgain


@dataclass(frozen=True, slots=True)
class Gate:
    """One channel's gate. While `shut_until` lies ahead nothing is sent; then one probe at a time until one is taken.

    `width` is how many may be in flight while the gate is open.
    """

    width: int
    shut_until: datetime | None = None
    why: str = ""

    def room(self, in_flight: int, now: datetime) -> int:
        """How many more may be sent now."""
        if self.shut_until is None:
            return max(0, self.width - in_flight)
        return 0 if now < self.shut_until else max(0, 1 - in_flight)

    def next_look(self, in_flight: int, due: datetime) -> datetime | None:
        """When to look again for what is `due`; None while only an answer to what is in flight can change anything."""
        if in_flight >= (self.width if self.shut_until is None else 1):
            return None
        return due if self.shut_until is None else max(due, self.shut_until)

    def after(self, outcome: Outcome, at: datetime) -> "Gate":
        """The gate after one outcome that came `at`: shut where the gateway asked for it, open again after a probe.

        What is accepted while it is shut was under way before the gateway asked for rest, and opens nothing.
        """
        if isinstance(outcome, TryAgain) and outcome.hold:
            until = outcome.at if self.shut_until is None else max(outcome.at, self.shut_until)
            return replace(self, shut_until=until, why=outcome.detail)
        if isinstance(outcome, Accepted) and self.shut_until is not None and at >= self.shut_until:
            return replace(self, shut_until=None, why="")
        return self
