"""The loop guard: what a turn of a loop raises is logged once for each kind, then counted, and the next turn comes.

It knows nothing of what is done in a turn, and lets cancellation and the end of the process through.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

MENDS = {
    "SQLITE_FULL": "make room on the disk of the store",
    "SQLITE_BUSY": "another process holds the store; end that one",
    "SQLITE_LOCKED": "another process holds the store; end that one",
    "SQLITE_READONLY": "give otpushd's user write rights on the store and its folder",
    "SQLITE_CANTOPEN": "give otpushd's user write rights on the store and its folder",
    "SQLITE_IOERR": "the disk of the store is full or does not answer properly",
    "SQLITE_CORRUPT": "stop otpushd, move the store away and restore a backup of it",
    "SQLITE_NOTADB": "stop otpushd, move the store away and restore a backup of it",
}
"""By SQLite's own name of the result (sqlite.org/rescode.html); a source's errors never come here as exceptions."""


@dataclass(slots=True)
class Guard:
    """One loop's guard. `failures` counts turns that failed since the last good one, `seen` their kinds."""

    name: str
    failures: int = 0
    seen: set[str] = field(default_factory=set)

    async def run(self, turn: Callable[[], Awaitable[object]]) -> bool:
        """Take a turn; False if it raised. Nothing is lost by that where turns commit all or nothing."""
        try:
            await turn()
        except Exception as error:
            self._failed(error)
            return False
        if self.failures:
            log.info("job_works_again", job=self.name, failures=self.failures)
            self.failures = 0
            self.seen.clear()
        return True

    def _failed(self, error: Exception) -> None:
        code = sqlite_name(error)
        kind = f"{type(error).__name__} {code}"
        self.failures += 1
        if kind in self.seen:
            return
        self.seen.add(kind)
        log.error("job_failed", job=self.name, **mend_of(error), exc_info=error)


def mend_of(error: BaseException) -> dict[str, str]:
    """What to do about a store that failed, as the field `mend` of a log line; no field for anything else."""
    code = sqlite_name(error) or ""
    return next(({"mend": mend} for name, mend in MENDS.items() if code.startswith(name)), {})


def sqlite_name(error: BaseException | None) -> str | None:
    """SQLite's name for what went wrong first, in a chain of exceptions; None if it was not SQLite.

    A write that failed may have ended its transaction, and then the attempt to roll it back fails as well.
    """
    found = None
    while error is not None:
        found = getattr(error, "sqlite_errorname", None) or found
        error = error.__cause__ or error.__context__
    return found
