"""Selections and examples as people write them."""

from typing import Any

import pytest

from otpushd.model.queue import End, Selection, order_id, parse_example, parse_selection


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("lowest 50 scores", Selection(End.LOWEST, 50)),
        ("highest 1 score of contracts-a", Selection(End.HIGHEST, 1, dataset="contracts-a")),
        ("lowest 50 scores of dataset D", Selection(End.LOWEST, 50, dataset="D")),
        ("last 7 rejected", Selection(End.LAST, 7, "reject")),
        (" last  7  answers  of  ä/b ", Selection(End.LAST, 7, dataset="ä/b")),
    ],
)
def test_a_selection_reads_like_a_sentence(text: str, meant: Selection) -> None:
    assert parse_selection(text) == meant


@pytest.mark.parametrize(
    "text",
    ["", "lowest scores", "lowest 0 scores", "lowest 10001 scores", "last 5", "first 5 answers", "lowest \u0665 score"],
)
def test_what_is_no_selection_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match=r"lowest 50 scores|10,000"):
        parse_selection(text)


@pytest.mark.parametrize(("value", "number"), [(812, 812), ("812", 812), ("-2147210358", -2147210358)])
def test_an_example_is_a_number_however_it_is_written(value: Any, number: int) -> None:
    assert parse_example(value) == number


@pytest.mark.parametrize("value", [True, 1.5, "a", "", "1 2", None, [], 2**63, "9" * 30])
def test_nothing_else_is_an_example(value: Any) -> None:
    with pytest.raises(ValueError, match="_input_hash"):
        parse_example(value)


def test_each_rule_and_event_have_an_order_of_their_own() -> None:
    assert len({order_id("a", "b"), order_id("ab", ""), order_id("a", "c"), order_id("a", "b")}) == 3
