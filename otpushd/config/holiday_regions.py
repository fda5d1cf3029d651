"""Public holidays of a country or one of its regions, from the package `holidays`, which is installed if wanted.

It is imported when the first region is asked for: it costs 0.15 to 1 s and 50 MB. It knows no holidays of years far
away (Switzerland's: 1801 to 2100); those years then have none.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache

INSTALL = "pip install '.[holidays]' in otpushd's folder, or pip install holidays"
_REGION = re.compile(r"(?P<country>[A-Z]{2,3})(?:-(?P<part>.+))?")


class HolidaysMissing(Exception):
    """The package is not installed."""


def region_holidays(region: str) -> Callable[[int], Collection[date]]:
    """The public holidays of a region such as `CH` or `CH-ZH` (ISO 3166-2), by year.

    Raises ValueError for an unknown region, with those there are, and HolidaysMissing.
    """
    try:
        import holidays
    except ImportError:
        raise HolidaysMissing from None
    match = _REGION.fullmatch(region)
    if match is None:
        raise ValueError(_unknown(region, holidays.list_supported_countries()))
    country, part = match["country"], match["part"]
    try:
        holidays.country_holidays(country, subdiv=part, years=2026)
    except NotImplementedError:
        raise ValueError(_unknown(region, holidays.list_supported_countries())) from None

    @lru_cache(maxsize=64)
    def of(year: int) -> frozenset[date]:
        return frozenset(holidays.country_holidays(country, subdiv=part, years=year))

    return of


def _unknown(region: str, known: Mapping[str, Sequence[str]]) -> str:
    country, _, _ = region.upper().partition("-")
    if country not in known:
        return f"no holidays are known for the country {country!r}; write its ISO code, such as CH or CH-ZH"
    names = [country, *(f"{country}-{one}" for one in known[country])]
    if region.upper() in names:
        return f"a region is written in capitals: {region.upper()}"
    return f"no holidays are known for {region!r}; there is {', '.join(names[:40])}"
