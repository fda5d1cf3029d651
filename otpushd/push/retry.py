"""What becomes of a notification after one answer: opentext.md section 4, as one pure function.

Invariant: of a chain of attempts at most two end without an answer, so that at most one message is accepted twice.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from otpushd.model.delivery import Accepted, Failed, Outcome, TryAgain, Unknown
from otpushd.push.answer import Answer, Answered, NotSent, Unanswered, Unsendable

FIRST_WAIT = timedelta(seconds=10)
FIRST_WAIT_RATED = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_RETRY_AFTER = timedelta(hours=24)
GIVE_UP = timedelta(hours=72)

_BUSY = frozenset({408, 429, 502, 503, 504})
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class Reading(StrEnum):
    """What an answer means: a line of the retry table."""

    TAKEN = "taken"
    NOT_SENT = "not_sent"
    UNANSWERED = "unanswered"
    LOCKED_OUT = "locked_out"
    BUSY = "busy"
    BROKEN = "broken"
    REDIRECTED = "redirected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class History:
    """What went before. `attempts` includes this one; `unanswered` and `broken` count earlier readings of that name."""

    attempts: int
    unanswered: int
    broken: int
    created_at: datetime


def reading(answer: Answer) -> Reading:
    """What the answer means. 2xx with a page for people, 1xx and nonsense are no usable answer."""
    match answer:
        case NotSent():
            return Reading.NOT_SENT
        case Unanswered():
            return Reading.UNANSWERED
        case Unsendable():
            return Reading.REFUSED
        case Answered():
            return _reading_of_status(answer)


def decide(
    answer: Answer, history: History, now: datetime, chance: float, *, repeat_after_timeout: bool = True
) -> Outcome:
    """What to do after `answer`. `chance` in [0, 1) spreads the retries; `now` is aware UTC.

    Source of every line: the retry table in opentext.md section 4. The 72 h are ours; a notification of which one
    request went unanswered ends `Unknown` then, because that request may have been taken.
    """
    read = reading(answer)
    detail = _explained(answer, read)
    if read is Reading.TAKEN:
        return Accepted(detail)
    if read is Reading.REFUSED:
        return Failed(detail)
    if read is Reading.UNANSWERED and (history.unanswered or not repeat_after_timeout):
        return Unknown(detail)
    if now - history.created_at >= GIVE_UP:
        spent = f"given up after {GIVE_UP // timedelta(hours=1)} h: {detail}"
        return Unknown(spent) if history.unanswered or read is Reading.UNANSWERED else Failed(spent)
    wait, hold = _wait(answer, read, history, now, chance)
    unanswered, broken = read is Reading.UNANSWERED, read is Reading.BROKEN
    return TryAgain(now + wait, detail, hold=hold, unanswered=unanswered, broken=broken)


def _reading_of_status(answer: Answered) -> Reading:
    match answer.status:
        case status if 200 <= status < 300:
            return _reading_of_success(answer)
        case status if 300 <= status < 400:
            return Reading.REDIRECTED
        case 401:
            return Reading.LOCKED_OUT
        case status if status in _BUSY:
            return Reading.BUSY
        case status if 400 <= status < 500:
            return Reading.REFUSED
        case status if 500 <= status < 600:
            return Reading.BROKEN
        case _:
            return Reading.UNANSWERED


def _reading_of_success(answer: Answered) -> Reading:
    if answer.media == "HTML":
        return Reading.UNANSWERED
    # A body that repeats the HTTP status as its code says nothing new; the SOAP twin's own codes are 0, 1, 2 and 20xx.
    return Reading.TAKEN if answer.code in (None, 0, answer.status) else Reading.BROKEN


def _wait(answer: Answer, read: Reading, history: History, now: datetime, chance: float) -> tuple[timedelta, bool]:
    """How long to wait, and whether the whole channel should."""
    match read:
        case Reading.LOCKED_OUT:
            return LONGEST_WAIT, True
        case Reading.REDIRECTED:
            return _slow(chance), False
        case Reading.BROKEN:
            return (_slow(chance) if history.broken else _once_more(chance)), False
        case Reading.UNANSWERED:
            return _once_more(chance), False
        case _:
            pass
    rated = isinstance(answer, Answered) and answer.status == 429
    named = _retry_after(answer.retry_after, now) if isinstance(answer, Answered) else None
    if named is not None:
        return named + max(timedelta(seconds=1), min(named / 10, timedelta(minutes=1))) * chance, True
    # Without a word from the gateway only 429 is about the account; one message that always gets a 503 must not
    # hold up everybody else's.
    return _growing(FIRST_WAIT_RATED if rated else FIRST_WAIT, history.attempts, chance), rated


def _growing(first: timedelta, attempts: int, chance: float) -> timedelta:
    """Doubles with each attempt and lies between `first` and LONGEST_WAIT, spread even at the top."""
    grown = min(first * (1 << min(max(attempts - 1, 0), 16)), LONGEST_WAIT * 3 / 4)
    return grown * (1 + chance / 3)


def _once_more(chance: float) -> timedelta:
    return FIRST_WAIT * (1 + chance / 2)


def _slow(chance: float) -> timedelta:
    return LONGEST_WAIT + timedelta(minutes=1) * chance


def _retry_after(header: str | None, now: datetime) -> timedelta | None:
    """RFC 9110 section 10.2.3: seconds or an HTTP-date. None for what is neither, or past; at least one second."""
    text = (header or "").strip()
    if _DIGITS.fullmatch(text):
        wait = timedelta(seconds=int(text)) if len(text) <= 9 else LONGEST_RETRY_AFTER
    else:
        try:
            then = parsedate_to_datetime(text)
            wait = (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        if wait <= timedelta():
            return None
    return min(max(wait, timedelta(seconds=1)), LONGEST_RETRY_AFTER)


def _explained(answer: Answer, read: Reading) -> str:
    match read:
        case Reading.LOCKED_OUT:
            return (
                f"the gateway refuses user or password ({answer.detail}); the channel waits and tries again every "
                f"{LONGEST_WAIT // timedelta(minutes=1)} min with secrets read anew"
            )
        case Reading.REDIRECTED:
            place = answer.place if isinstance(answer, Answered) else None
            return f"the gateway redirects{f' to {place}' if place else ''}, which is not followed ({answer.detail})"
        case Reading.UNANSWERED if isinstance(answer, Answered):
            return f"no usable answer ({answer.detail})"
        case _:
            return answer.detail
