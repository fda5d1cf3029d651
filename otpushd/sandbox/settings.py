"""What one sandbox is told when it starts: who may call it, how strict it is, what it writes. Plain values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from otpushd.sandbox.checks import ParserRules
from otpushd.sandbox.faults import Fault, Rate

SANDBOX_ONLY: Mapping[str, str] = {"sandbox": "sandbox"}
"""The user and password, and the client id and secret, that work unless others are named."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`accounts` maps user to password, `clients` maps OAuth client id to secret; neither is ever shown.

    `job_id` answers a push with a job id, which no published source promises. `dedupe_by_filename` answers a file name
    that was taken before without taking it again, which is one assumption about OpenText among others. `log` is the
    JSON Lines file that everything received is appended to. `kept` is how many of the newest records stay in memory.
    """

    accounts: Mapping[str, str] = field(default_factory=lambda: dict(SANDBOX_ONLY), repr=False)
    clients: Mapping[str, str] = field(default_factory=lambda: dict(SANDBOX_ONLY), repr=False)
    parser: ParserRules = field(default_factory=ParserRules)
    token_lifetime: timedelta = timedelta(hours=1)
    job_id: bool = False
    dedupe_by_filename: bool = False
    faults: tuple[Fault | Rate, ...] = ()
    log: Path | None = None
    kept: int = 5000
