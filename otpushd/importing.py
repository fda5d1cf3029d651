"""An import command run as if nobody were looking, and what arrived in the meantime in Prodigy's database.

Output, input and signals are the command's own. Prodigy's database is read before and after, never written.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import FrameType

from otpushd.model.examples import Counted
from otpushd.model.import_run import Ending
from otpushd.prodigy.source import Source
from otpushd.prodigy.unavailable import SourceUnavailable

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""As shells and env(1) say it."""
NOTHING_YET = ("missing", "empty")
LOCKED_READS = 5


def run(command: Sequence[str]) -> Ending:
    """Run it to its end and pass on the signals that we get meanwhile. To be called in the main thread, once.

    A signal from the terminal the command gets itself. One that is ignored when we start, as under nohup, stays so.
    """
    waiting: list[int] = []
    child: subprocess.Popen[bytes] | None = None

    def forward(number: int, _frame: FrameType | None) -> None:
        if child is None:
            waiting.append(number)
        elif number != signal.SIGINT or not _at_terminal():
            child.send_signal(number)

    for number in FORWARDED:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, forward)
    try:
        child = subprocess.Popen(command)  # noqa: S603 - the user's own command
    except OSError as error:
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        return Ending(code, f"not started: {os.strerror(error.errno or 0)}", started=False)
    for early in waiting:
        child.send_signal(early)
    return ending(child.wait())


def ending(code: int) -> Ending:
    """From what subprocess gives: an exit status, or a signal's number below zero."""
    if code >= 0:
        return Ending(code, f"exit status {code}" if code else "")
    return Ending(128 - code, f"killed by signal {_name(-code)}", -code)


def end_as(how: Ending) -> None:
    """End this process as the command ended: by the same signal, if by one. Raises SystemExit."""
    if how.signal is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the command has left a core, if one was wanted
        signal.signal(how.signal, signal.SIG_DFL) if how.signal not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), how.signal)
    raise SystemExit(how.status)


def count(sources: Mapping[str, Source], dataset: str) -> dict[str, Counted]:
    """How many examples each source has in a dataset; none where Prodigy has made no tables yet.

    Raises SourceUnavailable where a source cannot be read.
    """
    found: dict[str, Counted] = {}
    for name, source in sources.items():
        try:
            found[name] = _count(source, dataset)
        except SourceUnavailable as error:
            if error.code not in NOTHING_YET:
                raise
            found[name] = Counted(None, 0)
        finally:
            source.close()
    return found


def arrived(before: Mapping[str, Counted], after: Mapping[str, Counted]) -> int:
    """How many examples came in between. A dataset that was dropped and made anew has got all that is in it."""
    return sum(
        now.examples - (before[name].examples if before[name].dataset == now.dataset else 0)
        for name, now in after.items()
    )


def _count(source: Source, dataset: str) -> Counted:
    """A writer may hold the lock, for as long as Prodigy itself would wait for one."""
    for _ in range(LOCKED_READS - 1):
        try:
            return source.count(dataset)
        except SourceUnavailable as error:
            if error.code != "locked":
                raise
            time.sleep(0.2)
    return source.count(dataset)


def _at_terminal() -> bool:
    """Whether we are in the foreground of a terminal, whose signals go to the command as well."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
