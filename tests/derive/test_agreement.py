"""Agreement beyond chance: the published examples, and the same figures whichever way they came about."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.derive.agreement import (
    MOST_OPINIONS,
    Figures,
    Opinions,
    figures_in,
    kappa,
    pairs_agreeing,
    recount,
)

Answers = Mapping[int, dict[str | None, int]]
steps = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["ann", "bob", "cid", "dan", None]), st.integers(0, 3)), max_size=60
)


def counted(inputs: Iterable[Opinions]) -> Figures:
    figures = Figures()
    for opinions in inputs:
        recount(figures, {}, opinions)
    return figures


def by_the_book(inputs: list[Opinions]) -> float | None:
    """Fleiss and Cuzick (1979), equation 3, for each opinion by itself, and the average weighted by p(1 - p)."""
    people, table = [len(each) for each in inputs], [Counter(each.values()) for each in inputs]
    over, under = 0.0, 0.0
    for opinion in {one for row in table for one in row}:
        share = sum(row[opinion] for row in table) / sum(people)
        within = sum(row[opinion] * (m - row[opinion]) / m for row, m in zip(table, people, strict=True))
        chance = (sum(people) - len(inputs)) * share * (1 - share)
        over, under = over + within, under + chance
    return 1 - over / under if under > 1e-12 else None


def test_the_example_of_cohen_s_kappa_with_two_readers_of_fifty_proposals() -> None:
    """Both say yes to 20 and no to 15; of the others 5 and 10."""
    said = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    assert kappa(counted({"a": one, "b": other} for one, other in said)) == 0.4


def test_the_example_of_fleiss_kappa_with_fourteen_people_and_ten_subjects() -> None:
    rows = "0 0 0 0 14|0 2 6 4 2|0 0 3 5 6|0 3 9 2 0|2 2 8 1 1|7 7 0 0 0|3 2 6 3 0|2 5 3 2 2|6 5 2 1 0|0 2 2 3 7"
    inputs = []
    for row in rows.split("|"):
        opinions = [opinion for opinion, held in enumerate(row.split()) for _ in range(int(held))]
        inputs.append({str(person): opinion for person, opinion in enumerate(opinions)})
    assert kappa(counted(inputs)) == 0.21


@given(steps)
def test_answer_by_answer_comes_to_the_same_as_all_at_once(given_steps: list[tuple[int, str | None, int]]) -> None:
    figures, answers = Figures(), dict[int, dict[str | None, int]]()
    for number, person, opinion in given_steps:
        before = answers.get(number, {})
        answers[number] = {**before, person: opinion}
        recount(figures, before, answers[number])
        figures = figures_in(figures.written())
    several = [each for each in answers.values() if len(each) > 1]
    assert (figures.inputs, figures.ratings) == (len(several), sum(map(len, several)))
    book = by_the_book(several)
    if figures.many:
        assert kappa(figures) == (None if book is None else pytest.approx(book, abs=0.0006))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1))
def test_two_people_s_kappa_is_cohen_s(said: list[tuple[int, int]]) -> None:
    ann, bob = (Counter(each) for each in zip(*said, strict=True))
    chance = sum(ann[each] * bob[each] for each in ann) / len(said) ** 2
    observed = sum(one == other for one, other in said) / len(said)
    expected = None if chance == 1 else pytest.approx((observed - chance) / (1 - chance), abs=0.0006)
    assert kappa(counted({"a": one, "b": other} for one, other in said)) == expected


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from("abc"), st.integers(0, 300)), max_size=400))
def test_the_note_stays_small_whatever_people_say(given_steps: list[tuple[int, str, int]]) -> None:
    figures, answers = Figures(), dict[int, dict[str | None, int]]()
    for number, person, opinion in given_steps:
        before = answers.get(number, {})
        answers[number] = {**before, person: opinion}
        recount(figures, before, answers[number])
        held = [*figures.counts.values(), figures.rest]
        assert len(figures.counts) <= MOST_OPINIONS
        assert all(count >= 0 for pair in held for count in pair)
        assert sum(map(sum, held)) == figures.ratings
    assert len(figures.written()) < 2000


def test_what_becomes_frequent_is_counted_although_there_were_many_opinions_before() -> None:
    """All agree, on 500 things at first and then on one: by chance they would seldom have at first, and often then."""
    inputs = [{"a": number, "b": number, "c": number} for number in range(500)]
    inputs += [{"a": 7, "b": 7, "c": -1 if number % 2 else 7} for number in range(500)]
    assert kappa(counted(inputs)) == pytest.approx(by_the_book(inputs), abs=0.01)  # type: ignore[arg-type]


@pytest.mark.parametrize("inputs", [[], [{"a": 1}], [{"a": 1, "b": 1}] * 3], ids=["none", "one person", "one opinion"])
def test_there_is_no_kappa_where_chance_explains_everything_or_nothing(inputs: list[Opinions]) -> None:
    assert kappa(counted(inputs)) is None


@pytest.mark.parametrize(
    ("opinions", "percent"), [([1], None), ([1, 2], 0.0), ([1, 1, 2], 33.3), ([1, 1, 1, 2], 50.0), ([1, 1], 100.0)]
)
def test_the_percentage_is_of_pairs(opinions: list[int], percent: float | None) -> None:
    assert pairs_agreeing(dict(enumerate(opinions))) == percent  # type: ignore[arg-type]
