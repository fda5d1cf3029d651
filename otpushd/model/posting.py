"""What is to be decided inside of a commit: on what is going on just then, and on nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from otpushd.model.cases import Cases, WantedCases
from otpushd.model.delivery import Fault, Notification


@dataclass(frozen=True, slots=True)
class Posting:
    """`decide` is given a working copy with what is `wanted`, and changes it. It is pure but for that.

    Where `plainly`, and no silence is in force at `now`, it need not be asked: `notifications` are all there is.
    """

    wanted: WantedCases
    decide: Callable[[Cases], None]
    now: datetime
    plainly: bool = False
    notifications: Sequence[Notification] = ()


class Posted(NamedTuple):
    """What came of it: how many messages may be sent now, and what was wrong."""

    sent: int = 0
    faults: tuple[Fault, ...] = ()
