"""How much the people of a dataset agree beyond chance, kept up to date with every answer in a small note. Pure.

Two raters: Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20.
More: Fleiss' kappa in the form for unequal numbers of raters, Fleiss and Cuzick (1979), The reliability of dichotomous
judgments: unequal numbers of judges per subject, Applied Psychological Measurement 3(4), equation 3; for more than two
categories the average that Fleiss (1971) takes, weighted by p(1 - p), which makes it
    1 - sum_i(m_i - sum_j(x_ij^2) / m_i) / (sum_i(m_i - 1) * (1 - sum_j(p_j^2)))
for m_i people on input i of whom x_ij hold opinion j, a share p_j of all. Of equal m it is Fleiss (1971) itself.
Inputs that one person answered say nothing of agreement, and are left out of all of it.
"""

import math
from collections import Counter
from collections.abc import Mapping

import msgspec

MOST_OPINIONS = 64
"""So many opinions are counted one by one, the most frequent ones. All others are taken for opinions that nobody else
holds: what they add to the agreement by chance is a share of a share.
"""
FIRST, OTHERS = 0, 1
_TWO = 2

Opinions = Mapping[str | None, int]
"""What each person last said about one input; None is whoever nobody knows."""


class Figures(msgspec.Struct, array_like=True):
    """What was counted. `differing` is sum_i(m_i - sum_j(x_ij^2) / m_i), `raters` the first two people, `counts` how
    often the first of them and all others held an opinion, and `rest` the same of opinions not counted one by one.
    """

    inputs: int = 0
    ratings: int = 0
    differing: float = 0.0
    raters: list[str | None] = msgspec.field(default_factory=list)
    many: bool = False
    counts: dict[int, list[int]] = msgspec.field(default_factory=dict)
    rest: list[int] = msgspec.field(default_factory=lambda: [0, 0])

    def written(self) -> bytes:
        """As a note, of about a kilobyte at most."""
        return _encoder.encode(self)


_decoder = msgspec.msgpack.Decoder(Figures)
_encoder = msgspec.msgpack.Encoder()


def figures_in(note: bytes | None) -> Figures:
    """What a note holds, nothing counted where there is none."""
    return Figures() if note is None else _decoder.decode(note)


def recount(figures: Figures, before: Opinions, after: Opinions) -> None:
    """Count what people say about one input, instead of what they had said."""
    _count(figures, before, -1)
    _count(figures, after, 1)


def pairs_agreeing(opinions: Opinions) -> float | None:
    """The percentage of agreeing pairs of people, of one decimal; None where there is no pair."""
    people = len(opinions)
    if people < _TWO:
        return None
    agreeing = sum(held * (held - 1) for held in Counter(opinions.values()).values())
    return round(100 * agreeing / (people * (people - 1)), 1)


def kappa(figures: Figures) -> float | None:
    """Cohen's of two raters, Fleiss' of more, of three decimals; None where all hold one opinion, or nobody any."""
    if not figures.inputs:
        return None
    cohen = len(figures.raters) == _TWO and not figures.many
    observed, chance = _cohen(figures) if cohen else _fleiss(figures)
    return round(1 - observed / chance, 3) if chance > 0 else None


def _cohen(figures: Figures) -> tuple[float, float]:
    """The disagreement there is and the one by chance, each as a share. Of two people who differ, `differing` is 1."""
    both = sum(first * others for first, others in figures.counts.values())
    return figures.differing / figures.inputs, 1 - both / figures.inputs**2


def _fleiss(figures: Figures) -> tuple[float, float]:
    same = sum((first + others) ** 2 for first, others in figures.counts.values()) + sum(figures.rest)
    return figures.differing / (figures.ratings - figures.inputs), 1 - same / figures.ratings**2


def _count(figures: Figures, opinions: Opinions, sign: int) -> None:
    people = len(opinions)
    if people < _TWO:
        return
    figures.inputs += sign
    figures.ratings += sign * people
    if len(set(opinions.values())) > 1:
        squares = sum(held * held for held in Counter(opinions.values()).values())
        figures.differing += sign * (people - squares / people)
    for person, opinion in opinions.items():
        slot = _slot(figures, person)
        if sign > 0:
            _add(figures, opinion, slot)
        else:
            _take(figures, opinion, slot)


def _slot(figures: Figures, person: str | None) -> int:
    if person not in figures.raters:
        if len(figures.raters) < _TWO:
            figures.raters.append(person)
        else:
            figures.many = True
    return FIRST if person == figures.raters[0] else OTHERS


def _add(figures: Figures, opinion: int, slot: int) -> None:
    """A new opinion takes the place of the rarest, of those the oldest, so that what becomes frequent is counted."""
    counts = figures.counts
    if opinion not in counts:
        if len(counts) >= MOST_OPINIONS:
            first, others = counts.pop(_rarest(counts))
            figures.rest = [figures.rest[FIRST] + first, figures.rest[OTHERS] + others]
        counts[opinion] = [0, 0]
    counts[opinion][slot] += 1


def _rarest(counts: Mapping[int, list[int]]) -> int:
    rarest, least = 0, math.inf
    for opinion, (first, others) in counts.items():
        if first + others < least:
            rarest, least = opinion, first + others
    return rarest


def _take(figures: Figures, opinion: int, slot: int) -> None:
    held = figures.counts.get(opinion)
    if held is None or not held[slot]:  # it was counted before its place was taken
        figures.rest[slot] -= 1
        return
    held[slot] -= 1
    if not any(held):
        del figures.counts[opinion]
