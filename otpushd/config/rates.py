"""Rates as people write them, `5 per 10m`, and those of each channel."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from otpushd.config.plan_settings import Written
from otpushd.files.duration import parse_duration
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem
from otpushd.files.wording import got
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.rate import Rate

_RATE = re.compile(r"([0-9]+)\s+per\s+(\S.*)")
_OTHERWISE = re.compile(r"([0-9]+)\s*(?:/|x|in|every|each|a|an|per)\s*([0-9]*\s*[A-Za-z]+)")
_LONG_UNIT = re.compile(r"([0-9]*)\s*([A-Za-z]+)")
_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
_HOW = "write a count and a time, such as 5 per 10m"
_SHORTEST, _LONGEST, _MOST = timedelta(seconds=1), timedelta(days=30), 10_000


def listed(value: Any) -> Any:
    """A list of what may stand alone, whatever that is: what reads its entries has the better words for it."""
    return value if isinstance(value, list) else [value]


def parse_rate(value: Any) -> Rate:
    """A rate from `5 per 10m`, of a second to 30 days. Raises ValueError with the mend."""
    if not isinstance(value, str):
        raise ValueError(f"expected a rate, got {got(value)}; {_HOW}")
    match = _RATE.fullmatch(value.strip())
    if match is None:
        other = _OTHERWISE.fullmatch(value.strip())
        meant = _short(other[2]) if other else None
        raise ValueError(f"not a rate; write {other[1]} per {meant}" if other and meant else f"not a rate; {_HOW}")
    count, per = int(match[1][:9]), _per(match[2])
    if count < 1:
        raise ValueError("a rate of 0 lets nothing through, ever; whoever wants no messages opts out of the rules")
    if count > _MOST:
        raise ValueError(f"the most is {_MOST} per time; leave the rate out where there is no limit")
    return Rate(count, per)


def _per(text: str) -> timedelta:
    if (meant := _short(text)) is not None and meant != text:
        raise ValueError(f"not a duration; write {meant}")
    per = parse_duration(text)
    if not per:
        raise ValueError("the time must be longer than nothing")
    if per < _SHORTEST:
        raise ValueError("a rate counts over a second at least; `m` is a minute, `ms` a thousandth of a second")
    if per > _LONGEST:
        raise ValueError(f"a rate counts over {_LONGEST.days}d at most")
    return per


def _short(text: str) -> str | None:
    """`10m` for `10 min` or `10M`, `1h` for `hour`; None where that cannot be told."""
    match = _LONG_UNIT.fullmatch(text.strip())
    unit = _UNITS.get(match[2].lower()) if match else None
    return f"{match[1] or 1}{unit}" if match and unit else None


_SHAPE = {"type": "string", "pattern": "^[0-9]+ +per +[0-9]+(s|m|h|d)$"}
Rates = Annotated[
    tuple[Annotated[Rate, BeforeValidator(parse_rate)], ...],
    BeforeValidator(listed),
    WithJsonSchema({"anyOf": [_SHAPE, {"type": "array", "items": _SHAPE}], "examples": [["5 per 10m", "20 per 1h"]]}),
]
"""A field of a pydantic model that people write as one rate or a list of them."""


class ChannelKeys(Written):
    """What every channel may have, whatever its kind."""

    rates: Rates = ()


def read_channel_rates(document: YamlDocument) -> tuple[dict[str, tuple[Rate, ...]], list[Problem]]:
    """The rates of each channel that has any, per person, as far as they are right, and what is wrong with them."""
    rates: dict[str, tuple[Rate, ...]] = {}
    problems: list[Problem] = []
    channels = document.at(("channels",))
    for name, entry in (channels if isinstance(channels, dict) else {}).items():
        path: Steps = ("channels", name)
        if isinstance(entry, dict) and "rates" in entry:
            keys, wrong = read_keys(ChannelKeys, document, path, elsewhere=entry.keys() - {"rates"})
            problems += wrong
            if keys.rates:
                rates[name] = keys.rates
    return rates, problems
