"""Where log lines go. What reads them may be closed, full, or hang: none of that may stop the loop that wrote the line.

A pipe that nobody reads is full after 64 KiB, and a write to it would wait for ever. So a line that would have to wait
is dropped and counted.
"""

import os
import select
import time
from collections.abc import Callable
from typing import TextIO

CHUNK_BYTES = 4096
"""What can be written where there is room at all (PIPE_BUF)."""
PATIENCE_SECONDS = 0.1
PATIENT_AGAIN_SECONDS = 10.0
"""A reader that is merely slow is waited for, now and then: the loops stand still meanwhile."""


class Lines:
    """Writes lines to `stream`; `lost` makes the line that says how many could not be written."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream, self._clock = stream, clock
        self.terminal = stream.isatty()
        self.lost: Callable[[int], str] = lambda count: f"{count} lines lost"
        self._dropped, self._waited_at, self._cut = 0, -PATIENT_AGAIN_SECONDS, False
        try:
            self._descriptor: int | None = stream.fileno()
        except (OSError, ValueError):
            self._descriptor = None

    def write(self, text: str) -> None:
        """Write all of it, or as much as can be written now."""
        try:
            if self._descriptor is None:
                self.stream.write(text)
                self.stream.flush()
            elif not self._wrote(self._descriptor, text):
                self._dropped += 1
        except (OSError, ValueError):
            pass

    def flush(self) -> None:
        """Every write is flushed already."""

    def line(self, text: str) -> None:
        """Write a line."""
        self.write(text + "\n")

    debug = info = warning = error = critical = line

    def _wrote(self, descriptor: int, text: str) -> bool:
        if not self._has_room(descriptor):
            return False
        self.stream.flush()
        told, self._dropped = self._dropped, 0
        before = ("\n" if self._cut else "") + (f"{self.lost(told)}\n" if told else "")
        left = (before + text).encode(self.stream.encoding or "utf-8", "backslashreplace")
        while left:
            if not self._has_room(descriptor):
                self._cut = True
                return False
            left = left[os.write(descriptor, left[:CHUNK_BYTES]) :]
        self._cut = False
        return True

    def _has_room(self, descriptor: int) -> bool:
        """Whether what is written now does not have to wait, or only for a moment."""
        room = select.poll()
        room.register(descriptor, select.POLLOUT)
        if room.poll(0):
            return True
        now = self._clock()
        if now - self._waited_at < PATIENT_AGAIN_SECONDS:
            return False
        self._waited_at = now
        return bool(room.poll(PATIENCE_SECONDS * 1000))
