"""The population stability index: how far apart are two sets of label shares, and how far might they be by chance?

Chosen over a chi-square or two-sample test because its size says how much has changed, not only that something has:
with enough answers every trifle is significant. And because its distribution is known, few answers are no alarm.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

BY_CHANCE = 0.001
"""How often chance alone may reach the critical value. Windows overlap, so they are looked at often."""


def stability_index(expected: Sequence[int], actual: Sequence[int]) -> tuple[float, int]:
    """The index of two lists of counts in the same order of categories, and how many categories occur in either.

    PSI = sum of (a - e) · ln(a / e) over the categories' shares a and e: Naeem Siddiqi, "Credit Risk Scorecards",
    Wiley 2006, where under 0.1 means no change and over 0.25 a large one; as a distance of distributions, Harold
    Jeffreys 1946. A category that occurs on one side only counts as half an answer on the other, in place of the
    logarithm of nothing.
    """
    pairs = [(one, other) for one, other in zip(expected, actual, strict=True) if one or other]
    before, after = sum(expected), sum(actual)
    if not before or not after:
        return 0.0, len(pairs)
    return sum(gain(one or 0.5, other or 0.5, before, after) for one, other in pairs), len(pairs)


def gain(one: float, other: float, before: int, after: int) -> float:
    """What one category adds to the index: its counts before and after, and those of all categories."""
    expected, actual = one / before, other / after
    return (actual - expected) * math.log(actual / expected)


def critical(before: int, after: int, categories: int, by_chance: float = BY_CHANCE) -> float:
    """The index that two samples of one population exceed with that probability.

    Bilal Yurdakul, "Statistical Properties of Population Stability Index", Western Michigan University 2018: the index
    is distributed as (1/N + 1/M) times chi-square with one degree of freedom less than there are categories. The
    quantile is Wilson and Hilferty's (1931), within a hundredth of the tables.
    """
    freedom = categories - 1
    if freedom < 1 or not before or not after:
        return 0.0
    spread = 2 / (9 * freedom)
    quantile = freedom * (1 - spread + NormalDist().inv_cdf(1 - by_chance) * math.sqrt(spread)) ** 3
    return float(quantile * (1 / before + 1 / after))
