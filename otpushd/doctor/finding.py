"""The noun of this room: one thing that was looked at, how it is, and what to do about it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Severity(StrEnum):
    """How it is: good; worth knowing; works but should be mended; does not work."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """`area` is what it belongs to (`store`, `source main`). Neither text holds a secret or an annotator's content."""

    area: str
    severity: Severity
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """Makes the findings of one area."""

    name: str

    def ok(self, what: str) -> Finding:
        """It is as it should be."""
        return Finding(self.name, Severity.OK, what)

    def note(self, what: str, mend: str) -> Finding:
        """Worth knowing."""
        return Finding(self.name, Severity.NOTE, what, mend)

    def warning(self, what: str, mend: str) -> Finding:
        """It works, and should be mended."""
        return Finding(self.name, Severity.WARNING, what, mend)

    def problem(self, what: str, mend: str) -> Finding:
        """It does not work."""
        return Finding(self.name, Severity.PROBLEM, what, mend)


def lasting(span: timedelta) -> str:
    """A length of time in the unit that suits it: `3 ms`, `1.2 s`, `5 min`, `2.5 h`, `3 d`."""
    seconds = abs(span.total_seconds())
    if seconds < 0.9995:
        return f"{max(seconds * 1000, 0.1):.{0 if seconds >= 0.01 else 1}f} ms"
    for size, unit in ((86_400 * 2, "d"), (3_600 * 2, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds / (size / 2):.0f} {unit}"
    return f"{seconds:.{0 if seconds >= 10 else 1}f}".removesuffix(".0") + " s"


def number(count: int, one: str, many: str = "") -> str:
    """`1 file`, `2,000 people`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def clocks(area: Area, whose: str, ahead: timedelta, most: timedelta) -> Finding:
    """How another clock stands against ours; a difference up to `most` is none."""
    if abs(ahead) <= most:
        return area.ok(f"{whose} clock agrees with this machine's to within {lasting(most)}")
    side = "ahead of" if ahead > timedelta(0) else "behind"
    return area.warning(
        f"{whose} clock is {lasting(ahead)} {side} this machine's",
        "let both machines take their time from a time server (timedatectl set-ntp true)",
    )


def split(text: str) -> tuple[str, str]:
    """A text of ours as what is wrong and, behind its last semicolon, what to do; the daemon waits by itself."""
    what, semicolon, mend = text.rpartition("; ")
    if not semicolon:
        return text, ""
    waits = ("waiting", "trying again", "connecting again", "looking anew")
    return what, "" if mend.startswith(waits) else mend.removeprefix("run: ")
