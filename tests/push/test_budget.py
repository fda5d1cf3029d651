"""A body is cut where a reader would cut it, and never more than it must be."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otpushd.push.budget import BUDGET, ELLIPSIS, boundaries, fit, whole


def rendered(body, rest=""):
    return json.dumps({"body": body, "rest": rest}, ensure_ascii=False).encode()


@given(st.text(st.characters(exclude_categories=())), st.integers(20, 400))
@example("e\u0301" * 300, 100)
@example("👩‍👩‍👧‍👦" * 50, 120)
@example('"\\\n' * 200, 64)
def test_a_document_fits_or_says_by_how_much_it_does_not(body, budget):
    fitted = fit(rendered, body, budget)

    assert fitted.document == rendered(fitted.body)
    assert len(fitted.document) <= budget + fitted.over
    assert fitted.cut == (len(rendered(whole(body))) > budget and body != "")
    assert not fitted.cut or whole(body).startswith(fitted.body.removesuffix(ELLIPSIS))


@given(st.text(min_size=1), st.integers(30, 200))
def test_no_longer_beginning_would_have_fitted(body, budget):
    fitted = fit(rendered, body, budget)
    kept = len(fitted.body) - len(ELLIPSIS)

    longer = [end for end in boundaries(whole(body)) if len(whole(body)[:end].rstrip()) > kept]
    assert not fitted.cut or all(len(rendered(whole(body)[:end].rstrip() + ELLIPSIS)) > budget for end in longer)


def test_a_body_that_just_fits_is_left_alone_and_one_byte_more_is_cut():
    room = BUDGET - len(rendered(""))

    exact, longer = fit(rendered, "x" * room), fit(rendered, "x" * (room + 1))

    assert (exact.cut, len(exact.document), exact.over) == (False, BUDGET, 0)
    assert (longer.cut, longer.body, longer.over) == (True, "x" * (room - 3) + "…", 0)


@pytest.mark.parametrize(
    "body", ["x" * 50_000, "👨‍👩‍👧" * 9_000, "e\u0301" * 20_000], ids=["long", "families", "accents"]
)
def test_a_long_body_costs_few_renders(body):
    calls = []

    fit(lambda text: calls.append(text) or rendered(text), body)

    assert len(calls) <= 2 + math.ceil(math.log2(BUDGET))


def test_what_is_too_long_without_the_body_is_sent_with_an_ellipsis():
    fitted = fit(lambda body: rendered(body, "x" * BUDGET), "long" * 100)

    assert (fitted.body, fitted.cut, fitted.over) == ("…", True, len(fitted.document) - BUDGET)
    assert fitted.over > 0


def test_an_empty_body_stays_empty_even_where_the_rest_is_too_long():
    fitted = fit(lambda body: rendered(body, "x" * BUDGET), "")

    assert (fitted.body, fitted.cut) == ("", False)
    assert fitted.over > 0


@pytest.mark.parametrize(
    "character",
    [
        pytest.param("e\u0301\u0323", id="two accents"),
        pytest.param("👩🏽", id="skin tone"),
        pytest.param("👩‍🚀", id="joined"),
        pytest.param("❤️", id="variation selector"),
        pytest.param("🇨🇭", id="flag"),
        pytest.param("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", id="flag of tags"),
        pytest.param("각", id="Hangul jamo"),
        pytest.param("कि", id="Devanagari vowel"),
        pytest.param("\r\n", id="line end"),
        pytest.param("x", id="letter"),
    ],
)
def test_a_character_on_screen_is_never_split(character):
    length = len(character)

    assert boundaries(character * 3) == [0, length, 2 * length]


@given(st.text())
def test_cutting_at_any_place_leaves_valid_text(text):
    for end in boundaries(text):
        text[:end].encode()


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        pytest.param("a\ud800b", "a\ufffdb", id="lone high"),
        pytest.param("\udc00", "\ufffd", id="lone low"),
        pytest.param("\ud83d\ude00", "😀", id="pair"),
        pytest.param("x\ud83d", "x\ufffd", id="at the end"),
        pytest.param("\ud800\ud800", "\ufffd\ufffd", id="two high"),
        pytest.param("plain ☃ 😀", "plain ☃ 😀", id="nothing to mend"),
    ],
)
def test_surrogates_are_joined_or_replaced(text, mended):
    assert whole(text) == mended
