"""Open hours as people write them: `Mon-Thu 08:00-12:00, 13:00-17:00; Fri 08:00-15:00`."""

import re
from typing import Any

from otpushd.files.duration import parse_zone
from otpushd.files.suggest import did_you_mean
from otpushd.model.calendar import Calendar, Span, no_holidays

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Week = tuple[tuple[Span, ...], ...]

_PART = re.compile(r"(?P<days>[^\d\W]+(?:\s*-\s*[^\d\W]+)?)?\s*(?P<span>\d.*)?")
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)")
_WHOLE_HOURS = re.compile(r"(\d{1,2})\s*-\s*(\d{1,2})")
_HOW = "write days and hours such as Mon-Fri 08:00-18:00"
_DAY = 24 * 60


def parse_hours(value: Any) -> Week:
    """The spans of Monday to Sunday. Days and spans are separated by commas or semicolons; days apply to what follows.

    A span that ends before it begins goes on after midnight. Raises ValueError with the mend.
    """
    if not isinstance(value, str):
        raise ValueError(f"expected open hours; {_HOW}")
    week: list[list[Span]] = [[] for _ in DAYS]
    days: list[int] = []
    was_span = True
    for part in re.split("[,;]", value.replace("\N{EN DASH}", "-")):
        match = _PART.fullmatch(part.strip())
        if match is None or not match[0]:
            raise ValueError(f"not open hours; {_HOW}")
        if match["days"]:
            days = parse_days(match["days"]) + ([] if was_span else days)
            was_span = False
        if match["span"]:
            if not days:
                raise ValueError(f"the days are missing before {match['span']}; {_HOW}")
            span, was_span = parse_span(match["span"]), True
            for day in days:
                week[day].append(span)
    if not was_span:
        raise ValueError(f"the hours are missing behind the last days; {_HOW}")
    spans: Week = tuple(tuple(sorted(spans)) for spans in week)
    Calendar(spans, no_holidays, parse_zone("UTC"))  # raises where they overlap
    return spans


def parse_days(text: str) -> list[int]:
    """The numbers of `Mon` or `Mon-Fri`, also over Sunday; 0 is Monday. Raises ValueError with the mend."""
    first, *last = (parse_day(name.strip()) for name in text.split("-", maxsplit=1))
    return [(first + number) % 7 for number in range((last[0] - first) % 7 + 1)] if last else [first]


def parse_day(name: str) -> int:
    """The number of a day of the week, 0 for Monday. Raises ValueError with the nearest name."""
    for number, day in enumerate(DAYS):
        if len(name) >= 2 and day.casefold().startswith(name.casefold()):
            return number
    nearest = did_you_mean(name, [*DAYS, *(day[:3] for day in DAYS)])
    raise ValueError(f"no day of the week is called {name!r}{nearest or '; write Mon, Tue, Wed, Thu, Fri, Sat or Sun'}")


def parse_span(text: str, how: str = _HOW, whole_day: str = "00:00-24:00") -> Span:
    """A span from `08:00-18:00`, also over midnight. Raises ValueError with the mend, which says `how` to write one.

    `whole_day` is what somebody should write who wrote the same time twice.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        if whole := _WHOLE_HOURS.fullmatch(text.strip()):
            raise ValueError(f"write the minutes too: {int(whole[1]):02}:00-{int(whole[2]):02}:00")
        raise ValueError(f"not a span of time: {text.strip()[:40]}; {how}")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if start >= _DAY or end > _DAY:
        raise ValueError(f"there is no such time of day in {match[0]}; the last is 24:00, as the end of a span")
    if start == end:
        raise ValueError(f"{match[0]} is no time at all; for the whole day write {whole_day}")
    return Span(start, end if end > start else end + _DAY)
