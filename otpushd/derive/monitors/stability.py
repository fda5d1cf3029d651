"""The population stability index: how far apart are two sets of label shares, and how far might they be by chance?

Chosen over a chi-square or two-sample test because its size says how much has changed, not only that something has:
with enough answers every trifle is significant. And because its distribution is known, few answers are no alarm.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

BY_CHANCE = 0.001
"""How often chance alone may reach the critical value. Windows overlap, so they are looked at often."""
LEAST_EXPECTED = 5
_STEPS = 3
_TWO = 2


def stability_index(expected: Sequence[int], actual: Sequence[int]) -> tuple[float, int]:
    """The index of two lists of counts in the same order of categories, and how many categories it is made of.

    PSI = sum of (a - e) · ln(a / e) over the categories' shares a and e: Naeem Siddiqi, "Credit Risk Scorecards",
    Wiley 2006, where under 0.1 means no change and over 0.25 a large one; as a distance of distributions, Harold
    Jeffreys 1946. A category that occurs on one side only counts as half an answer on the other, in place of the
    logarithm of nothing. Those of which fewer than 5 were to be expected in the smaller sample make one category
    together, else the index of many rare ones is large by chance: the rule of William Cochran, "Some Methods for
    Strengthening the Common Chi-Squared Tests", Biometrics 10, 1954.
    """
    before, after = sum(expected), sum(actual)
    if not before or not after:
        return 0.0, 0
    pairs, rare, also_rare = [], 0, 0
    enough = LEAST_EXPECTED * (before + after) / min(before, after)
    for one, other in zip(expected, actual, strict=True):
        if one + other >= enough:
            pairs.append((one, other))
        else:
            rare += one
            also_rare += other
    if rare or also_rare:
        pairs.append((rare, also_rare))
    return sum(gain(one or 0.5, other or 0.5, before, after) for one, other in pairs), len(pairs)


def gain(one: float, other: float, before: int, after: int) -> float:
    """What one category adds to the index: its counts before and after, and those of all categories."""
    expected, actual = one / before, other / after
    return (actual - expected) * math.log(actual / expected)


def critical(before: int, after: int, categories: int, by_chance: float = BY_CHANCE) -> float:
    """The index that two samples of one population exceed with that probability.

    Bilal Yurdakul, "Statistical Properties of Population Stability Index", Western Michigan University 2018: the index
    is distributed as (1/N + 1/M) times chi-square with one degree of freedom less than there are categories.
    """
    if categories < _TWO or not before or not after:
        return 0.0
    return chi_square_quantile(categories - 1, by_chance) * (1 / before + 1 / after)


def chi_square_quantile(freedom: int, by_chance: float) -> float:
    """What chi-square with so many degrees of freedom exceeds with that probability, to six digits.

    Wilson and Hilferty's approximation (Proceedings of the National Academy of Sciences 17, 1931), mended by Newton's
    method on the logarithm of the tail.
    """
    spread = 2 / (9 * freedom)
    found = freedom * (1 - spread + NormalDist().inv_cdf(1 - by_chance) * math.sqrt(spread)) ** 3
    for _ in range(_STEPS):
        tail, density = _tail(found, freedom)
        found += tail * math.log(tail / by_chance) / density
    return float(found)


def _tail(value: float, freedom: int) -> tuple[float, float]:
    """The probability that chi-square is larger, and its density there.

    Closed form for whole degrees of freedom: Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.4.4-5.
    """
    half, odd = value / 2, freedom % 2
    term = 2 * math.sqrt(half / math.pi) * math.exp(-half) if odd else math.exp(-half)
    tail = math.erfc(math.sqrt(half)) if odd else 0.0
    for number in range(2 + odd, freedom + 1, 2):
        tail += term
        term *= value / number
    return tail, term / value * freedom / 2
