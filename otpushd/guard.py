"""The loop guard: what a turn of a loop raises is logged once for each kind, then counted, and the next turn comes.

It knows nothing of what is done in a turn, and lets cancellation and the end of the process through. Only a store that
no turn can mend ends the loop.
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
BEYOND_MENDING = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
"""Writing on would damage more of it, and reading on tell what never happened."""
LOST = "08000"
"""What a connection to PostgreSQL that is lost, or cannot be made, is called here: the driver has no code for it."""
STATES = {
    "08": "the server of the store does not answer, or refuses otpushd; look into its log; connecting again",
    "25006": "the server of the store has become a standby, or its role may only read; name the primary",
    "25P03": "otpushd was stopped in the middle of a transaction; tried again by itself",
    "28": "the server of the store refuses otpushd's role; check user, password and pg_hba.conf",
    "3D000": "the database of the store is gone; restore a backup",
    "40": "another daemon came in between; tried again by itself",
    "42501": "grant otpushd's role SELECT, INSERT, UPDATE and DELETE on all tables of the store",
    "42P01": "a table of the store is gone; stop otpushd and restore a backup",
    "42703": "a newer otpushd has changed the store; install that version here too",
    "53100": "make room on the disk of the store's server",
    "53": "the server of the store lacks connections or memory",
    "55P03": "another session holds the store locked; end that one",
    "57014": "the server of the store takes long to answer; look what keeps it busy",
    "57": "the server of the store is stopping or starting; waiting for it",
    "58": "the disk of the store's server does not answer properly",
    "XX": "the store is damaged; look into its server's log, and restore a backup",
}
"""By PostgreSQL's code (its appendix A, "Error Codes") or the code's class, the first two characters."""


class Fatal(Exception):
    """The daemon cannot go on; the cause says why, `mend` what to do."""

    def __init__(self, mend: str) -> None:
        super().__init__(mend)
        self.mend = mend


@dataclass(slots=True)
class Guard:
    """One loop's guard. `failures` counts turns that failed since the last good one, `seen` their kinds."""

    name: str
    failures: int = 0
    seen: set[str] = field(default_factory=set)

    async def run(self, turn: Callable[[], Awaitable[object]]) -> bool:
        """Take a turn; False if it raised. Nothing is lost by that where turns commit all or nothing. Raises Fatal."""
        try:
            await turn()
        except Fatal:
            raise
        except Exception as error:
            self._failed(error)
            if (store_code(error) or "").startswith(BEYOND_MENDING):
                raise Fatal(mend_of(error)["mend"]) from error
            return False
        if self.failures:
            log.info("job_works_again", job=self.name, failures=self.failures)
            self.failures = 0
            self.seen.clear()
        return True

    def _failed(self, error: Exception) -> None:
        kind = f"{type(error).__name__} {store_code(error)}"
        self.failures += 1
        if kind in self.seen:
            return
        self.seen.add(kind)
        log.error("job_failed", job=self.name, **mend_of(error), exc_info=error)


def mend_of(error: BaseException) -> dict[str, str]:
    """What to do about a store that failed, as the field `mend` of a log line; no field for anything else.

    An error may know its own.
    """
    if isinstance(told := getattr(error, "mend", None), str):
        return {"mend": told}
    code = store_code(error) or ""
    known = STATES.get(code) or STATES.get(code[:2]) if len(code) == 5 else None
    return next(
        ({"mend": mend} for name, mend in MENDS.items() if code.startswith(name)), {"mend": known} if known else {}
    )


def store_code(error: BaseException | None) -> str | None:
    """SQLite's or PostgreSQL's name for what went wrong first, in a chain of exceptions; None if it was neither.

    A write that failed may have ended its transaction, and then the attempt to roll it back fails as well.
    """
    found = None
    while error is not None:
        found = getattr(error, "sqlite_errorname", None) or _state(error) or found
        error = error.__cause__ or error.__context__
    return found


def _state(error: BaseException) -> str | None:
    if not hasattr(error, "sqlstate"):
        return None
    lost = error.sqlstate is None and type(error).__name__ == "OperationalError"
    return LOST if lost else error.sqlstate
