"""The population stability index against published numbers."""

import random

import pytest

from otpushd.derive.monitors.stability import chi_square_quantile, critical, stability_index

GRADES = [253, 302, 204, 134, 72, 26, 8]
LATER = [177, 262, 285, 158, 88, 25, 6]


def test_the_index_of_the_published_example() -> None:
    """Seven credit grades of 999 and 1,001 accounts, from the documentation of psi-inference: 0.0677."""
    value, categories = stability_index(GRADES, LATER)

    assert (round(value, 4), categories) == (0.0677, 7)


def test_the_critical_value_of_the_published_example() -> None:
    """The same: 0.0252 at a twentieth."""
    assert round(critical(999, 1001, 7, by_chance=0.05), 4) == 0.0252


@pytest.mark.parametrize(
    ("freedom", "twentieth", "thousandth"),
    [
        (1, 3.84146, 10.8276),
        (2, 5.99146, 13.8155),
        (3, 7.81473, 16.2662),
        (9, 16.9190, 27.8772),
        (50, 67.5048, 86.6608),
    ],
    ids=str,
)
def test_the_quantiles_of_chi_square_are_those_of_the_tables(freedom: int, twentieth: float, thousandth: float) -> None:
    """Abramowitz and Stegun, "Handbook of Mathematical Functions", table 26.8, to the last digit printed there."""
    assert chi_square_quantile(freedom, 0.05) == pytest.approx(twentieth, rel=1e-5)
    assert chi_square_quantile(freedom, 0.001) == pytest.approx(thousandth, rel=1e-5)


def test_three_score_bins_of_the_textbook() -> None:
    """20, 50, 30 % become 10, 60, 30 %: 0.0693 + 0.0182 + 0 (insightful-data-lab.com, "PSI")."""
    assert stability_index([20, 50, 30], [10, 60, 30])[0] == pytest.approx(0.0875, abs=1e-4)


def test_equal_shares_are_no_distance() -> None:
    """Of whatever size the samples are."""
    assert stability_index([10, 20, 0], [100, 200, 0]) == (pytest.approx(0), 2)


def test_chance_alone_seldom_passes_the_critical_value() -> None:
    """Of 2,000 pairs of samples of one population at most five in a thousand do, at a thousandth."""
    rng = random.Random(5)
    weights = [30, 25, 20, 10, 10, 5]
    passed = 0
    for _ in range(2000):
        pairs = [
            [drawn.count(label) for label in range(6)]
            for drawn in (rng.choices(range(6), weights, k=100) for _ in "ab")
        ]
        value, categories = stability_index(*pairs)
        passed += value > critical(100, 100, categories)
    assert passed <= 10
