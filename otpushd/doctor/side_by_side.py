"""Runs checks side by side, each in a thread of its own, and gives up those that hang: they cannot be stopped."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from otpushd.doctor.finding import Area, Finding, lasting


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at that may take its time. `area` is told if nothing comes of it."""

    area: str
    run: Callable[[], Iterable[Finding]]


def side_by_side(checks: Sequence[Check], seconds: float) -> list[Finding]:
    """All findings in the order of the checks, after `seconds` at most. One check that fails never hides others."""
    found: list[list[Finding] | None] = [None] * len(checks)

    def run(number: int) -> None:
        found[number] = _run(checks[number])

    # Daemon threads, because the process must be able to end while one hangs in a dead mount or name server.
    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(checks))]
    end = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    answers = [_overdue(check, seconds) if one is None else one for check, one in zip(checks, found, strict=True)]
    return [finding for answer in answers for finding in answer]


def _run(check: Check) -> list[Finding]:
    try:
        return list(check.run())
    except Exception as error:
        # Its text may hold anything.
        what = f"this could not be looked at: doctor itself failed ({type(error).__name__})"
        return [Area(check.area).warning(what, "report it, please; all other findings stand")]


def _overdue(check: Check, seconds: float) -> list[Finding]:
    what = f"no answer within {lasting(timedelta(seconds=seconds))}"
    mend = "look for a host, name server or network mount that does not answer"
    return [Area(check.area).problem(what, mend)]
