"""Judges whether rates keep everybody within what push services let through to a phone. Pure.

The numbers are those of Firebase Cloud Messaging, per app and device (firebase.google.com/docs/cloud-messaging/
throttling-and-quotas; opentext.md 1.6): of messages that may replace one another 20 at once and then one every 3
minutes, of all 240 a minute. Whoever keeps to the first keeps to the second.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from otpushd.doctor.finding import Area, Finding
from otpushd.model.people import Person
from otpushd.model.rate import Rate

BURST, EVERY = 20, timedelta(minutes=3)
MOST_NAMED = 5
PHONE = "to a phone go 20 at once and then one every 3 minutes, and to an Android phone 240 a minute at most"


def judge_limits(name: str, rates: Sequence[Rate], people: Iterable[Person]) -> Iterator[Finding]:
    """A finding about the channel called `name` and those on it who may get more than their phones are given."""
    area, on_it = Area(f"channel {name}"), [one for one in people if name in one.addresses]
    over = [one for one in on_it if not _spare((*rates, *one.rates))]
    if not over:
        if on_it:
            yield area.ok("`rates` keep within what push services let through to a phone")
        return
    who = "anybody" if len(over) == len(on_it) else ", ".join(one.id for one in over[:MOST_NAMED])
    more = f" and {len(over) - MOST_NAMED:,} more" if who != "anybody" and len(over) > MOST_NAMED else ""
    limits = "no `rates` limit" if not any((*rates, *one.rates) for one in over) else "`rates` do not limit enough"
    yield area.note(
        f"{limits} what {who}{more} may get; {PHONE}",
        f"add `rates: [5 per 10m, 20 per 1h]` to channels.{name}, the rest comes as one digest; "
        "`otpushd check-rules --history 30d` shows who would have met the limits",
    )


def _spare(rates: Iterable[Rate]) -> bool:
    """Whether no more than a phone is given can ever go: one tier that is slow enough will do."""
    return any(rate.count <= BURST and rate.per >= EVERY * rate.count for rate in rates)
