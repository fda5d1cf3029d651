"""Faults to inject into push requests: a queue that is used up in order, and a rate. Pure; the clock is an argument."""

import math
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

SYNTAX = "503:3, 429:2:30, hang:1, drop:1, html:1, slow:1:2.5 (seconds) or rate:20:1 (requests, seconds)"
MOST_TIMES = 1_000_000


@dataclass(frozen=True, slots=True)
class Status:
    """Take nothing and answer `code`, with `retry_after` as the Retry-After header unless it is None."""

    code: int
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Take nothing and never answer."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Do everything but answer: record, then close the connection. The contract's commit_then_drop."""


@dataclass(frozen=True, slots=True)
class Html:
    """Take nothing and answer 200 with a page, as a proxy in between would."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Do everything at once, but answer after `delay`."""

    delay: timedelta


Effect = Status | Hang | Drop | Html | Slow


@dataclass(frozen=True, slots=True)
class Fault:
    """One effect on the next `times` push requests. As text: `503:3`, `429:2:30`, `hang:1`, `slow:1:2.5`."""

    effect: Effect
    times: int = 1

    def __str__(self) -> str:
        match self.effect:
            case Status(code, None):
                return f"{code}:{self.times}"
            case Status(code, retry_after):
                return f"{code}:{self.times}:{retry_after}"
            case Slow(delay):
                return f"slow:{self.times}:{delay.total_seconds():g}"
            case Hang() | Drop() | Html():
                return f"{type(self.effect).__name__.lower()}:{self.times}"


@dataclass(frozen=True, slots=True)
class Rate:
    """Answer 429 with Retry-After above `limit` push requests in any stretch of `per`. As text: `rate:20:1`."""

    limit: int
    per: timedelta

    def __str__(self) -> str:
        return f"rate:{self.limit}:{self.per.total_seconds():g}"


@dataclass(frozen=True, slots=True)
class Pending:
    """What is still to go wrong. `passed` are the instants of requests that the rate let through lately."""

    faults: tuple[Fault, ...] = ()
    rate: Rate | None = None
    passed: tuple[datetime, ...] = field(default=(), repr=False)

    def with_more(self, *more: Fault | Rate) -> "Pending":
        """The same with faults appended; a rate replaces the rate."""
        rates = [item for item in more if isinstance(item, Rate)]
        faults = tuple(item for item in more if isinstance(item, Fault))
        return replace(self, faults=self.faults + faults, rate=rates[-1] if rates else self.rate)

    def as_texts(self) -> list[str]:
        """Every fault and the rate in the form in which they can be given."""
        return [str(fault) for fault in self.faults] + ([str(self.rate)] if self.rate else [])


def take(pending: Pending, now: datetime) -> tuple[Effect | None, Pending]:
    """What befalls a push request at `now` (aware UTC), and what is left after it. Faults go before the rate."""
    if pending.faults:
        first, *rest = pending.faults
        left = (replace(first, times=first.times - 1),) if first.times > 1 else ()
        return first.effect, replace(pending, faults=left + tuple(rest))
    if pending.rate is None:
        return None, pending
    recent = tuple(instant for instant in pending.passed if now - instant < pending.rate.per)
    if len(recent) < pending.rate.limit:
        return None, replace(pending, passed=(*recent, now))
    wait = (recent[0] + pending.rate.per - now) if recent else pending.rate.per
    return Status(429, str(max(1, math.ceil(wait.total_seconds())))), replace(pending, passed=recent)


def describe(effect: Effect) -> str:
    """One effect in words, for records and the page."""
    match effect:
        case Status(code, None):
            return f"answer {code}"
        case Status(code, retry_after):
            return f"answer {code}, Retry-After {retry_after}"
        case Hang():
            return "never answer"
        case Drop():
            return "take it, then drop the connection"
        case Html():
            return "answer with a web page"
        case Slow(delay):
            return f"answer after {delay.total_seconds():g} s"


def parse_fault(text: str) -> Fault | Rate:
    """A fault or a rate from its text form. Raises ValueError with the syntax for anything else."""
    name, _, rest = text.strip().partition(":")
    first, colon, last = rest.partition(":")
    number = _count(first, text) if first or name == "rate" else 1
    if name == "rate":
        return Rate(number, _seconds(last, text))
    if name == "slow":
        return Fault(Slow(_seconds(last, text)), number)
    plain: dict[str, Effect] = {"hang": Hang(), "drop": Drop(), "html": Html()}
    if name in plain and not colon:
        return Fault(plain[name], number)
    if re.fullmatch(r"[3-5]\d\d", name) and (not colon or re.fullmatch(r"[!-~]([ -~]*[!-~])?", last)):
        return Fault(Status(int(name), last or None), number)
    raise _unclear(text)


def _count(digits: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", digits) or not 1 <= int(digits) <= MOST_TIMES:
        raise _unclear(text)
    return int(digits)


def _seconds(number: str, text: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", number) or float(number) == 0:
        raise _unclear(text)
    return timedelta(seconds=float(number))


def _unclear(text: str) -> ValueError:
    return ValueError(f"{text[:40]!r} is no fault; write for example {SYNTAX}")
