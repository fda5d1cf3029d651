"""Times as people read them. Pure."""

from datetime import UTC, datetime, timedelta

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def span(length: timedelta) -> str:
    """A length in its two largest units: `3 d 4 h`, `2 min 5 s`, `0 s`."""
    left, parts = max(0, round(length.total_seconds())), list[str]()
    for unit, seconds in _UNITS:
        if left >= seconds or parts:
            parts.append(f"{left // seconds} {unit}")
            left %= seconds
    return " ".join([*parts, f"{left} s"][:2])


def instant(at: datetime) -> str:
    """`2026-03-02 09:00:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def ago(at: datetime, now: datetime) -> str:
    """`5 s ago`, or `in 5 s`."""
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} ago"
