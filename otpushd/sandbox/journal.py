"""Everything the sandbox received: the newest in memory, all of it in a JSON Lines file. Credentials never enter it.

A record is rendered once, when it is added; the file, the stream and the list then say exactly the same.
"""

import asyncio
import json
import sys
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from otpushd.sandbox.checks import Submission


class Outcome(StrEnum):
    """What became of a request. `repeat` was not taken again, because its file name had been."""

    ACCEPTED = "accepted"
    REPEAT = "repeat"
    REFUSED = "refused"
    FAULT = "fault"
    TOKEN = "token"  # noqa: S105  (the outcome "a token was issued", not a token)
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Received:
    """One request. `status` is None where no answer was given; `times` counts how often `filename` came, this included.

    `problem` says why it was refused, `fault` which fault befell it; `submit_id` is the header X-MRA-SubmitId.
    """

    time: datetime
    method: str
    path: str
    status: int | None
    outcome: Outcome
    submission: Submission = field(default_factory=Submission)
    submit_id: str | None = None
    problem: str | None = None
    fault: str | None = None
    times: int | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A record as it was written: its running number from 1, and one line of JSON in ASCII."""

    number: int
    text: str


def as_json(number: int, received: Received) -> dict[str, Any]:
    """The record's public form, as product users read it in the file and from /_sandbox/received."""
    return {
        "number": number,
        "time": received.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": received.method,
        "path": received.path,
        "status": received.status,
        "outcome": received.outcome.value,
        "filename": received.submission.filename,
        "times": received.times,
        "submit_id": received.submit_id,
        "domain": received.submission.domain,
        "document": received.submission.document,
        "warnings": list(received.submission.warnings),
        "problem": received.problem,
        "fault": received.fault,
        "job_id": received.job_id,
    }


class Journal:
    """Records in the order of arrival. `cleared` counts how often the memory was emptied; numbers go on after it."""

    def __init__(self, kept: int, log: Path | None) -> None:
        """Open `log` for appending. Raises OSError where it cannot be written."""
        self.cleared = 0
        self.total = 0
        self._lines: deque[Line] = deque(maxlen=kept)
        self._times: dict[str, int] = {}
        self._jobs: dict[str, str] = {}
        self._log: TextIO | None = log.open("a", encoding="ascii") if log else None
        self._news = asyncio.Event()

    def add(self, received: Received) -> None:
        """Keep and write one record; readers of the stream wake up."""
        self.total += 1
        filename = received.submission.filename
        if filename is not None and received.outcome in (Outcome.ACCEPTED, Outcome.REPEAT):
            self._times[filename] = self.times(filename) + 1
            self._jobs.setdefault(filename, received.job_id or "")
        line = Line(self.total, json.dumps(as_json(self.total, received), separators=(",", ":")))
        self._lines.append(line)
        self._write(line.text)
        self.wake()

    def times(self, filename: str) -> int:
        """How often this file name was taken so far."""
        return self._times.get(filename, 0)

    def job_of(self, filename: str) -> str | None:
        """The job id that was given out for this file name first, or None."""
        return self._jobs.get(filename) or None

    def after(self, number: int) -> list[Line]:
        """The records in memory with a higher number, oldest first."""
        newer: list[Line] = []
        for line in reversed(self._lines):
            if line.number <= number:
                break
            newer.append(line)
        return newer[::-1]

    def clear(self) -> None:
        """Forget what is in memory, file names too. The log file stays as it is."""
        self.cleared += 1
        self._lines.clear()
        self._times.clear()
        self._jobs.clear()
        self.wake()

    def wake(self) -> None:
        """Let everyone who waits for news look again."""
        self._news.set()
        self._news = asyncio.Event()

    def news(self) -> Awaitable[object]:
        """Something to wait for that ends when something has changed after this call, not only after its first await.

        A coroutine would look at its event once it runs, and a record that came in before that would go unnoticed.
        """
        return self._news.wait()

    def close(self) -> None:
        """Close the log file."""
        if self._log:
            self._log.close()
            self._log = None

    def _write(self, text: str) -> None:
        if self._log is None:
            return
        try:
            self._log.write(text + "\n")
            self._log.flush()
        except OSError as error:
            # A full disk must not turn into refusals: the sender under test would be blamed for it.
            print(f"otpushd sandbox: the log file is given up: {error.strerror}", file=sys.stderr, flush=True)
            self._log = None
