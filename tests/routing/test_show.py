"""How values look in a message."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from otpushd.routing.show import FILTERS, as_link, cut, in_link, lines, one_line, show


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0.93, "0.93"),
        (0.9300000001, "0.93"),
        (12.0, "12"),
        (1 / 3, "0.3333"),
        (0.00012345, "0.00012"),
        (-0.5, "-0.5"),
        (float("nan"), "nan"),
        (1e20, "1e+20"),
        (12, "12"),
        (True, "true"),
        (["ORG", "PER"], "ORG, PER"),
        ([], ""),
        (datetime(2026, 3, 2, 9, 0, 0, 123, tzinfo=UTC), "2026-03-02T09:00:00Z"),
        (datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=1))), "2026-03-02T08:00:00Z"),
        ({"a": 1}, '{"a": 1}'),
        ("a\ud800", "a?"),
    ],
    ids=str,
)
def test_a_value_shows_compactly(value, shown):
    """Null is nothing, lists have commas, numbers no noise."""
    assert show(value) == shown


def test_texts_are_brought_into_shape():
    """Titles are one line; a cut is marked."""
    assert one_line(" a\n\tb\x00\u2028c ") == "a b c"
    assert lines("a\r\nb\x07\n") == "a\nb"
    assert cut("abcdef", 4) == "abc…"


def test_values_cannot_break_a_link():
    """A blank or an ampersand in a session's name is percent-encoded; a value that is a whole link stays one."""
    assert in_link("ann b&c/ü") == "ann%20b%26c%2F%C3%BC"
    assert as_link("https://x/?a=1&b=ä b") == "https://x/?a=1&b=%C3%A4%20b"


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("upper", ("ab",), "AB"),
        ("upper", (None,), None),
        ("default", (None, "x"), "x"),
        ("default", (0, "x"), 0),
        ("round", (0.456, 1), 0.5),
        ("round", (0.6,), 1),
        ("round", (None,), None),
        ("round", (1.5, 10**9), 1.5),
        ("percent", (0.934,), "93%"),
        ("percent", (0.934, 1), "93.4%"),
        ("int", (2.9,), 2),
        ("length", (["a"],), 1),
        ("first", ([],), None),
        ("last", (["a", "b"],), "b"),
        ("join", (["a", 0.5], " + "), "a + 0.5"),
        ("truncate", ("abcdef", 3), "ab…"),
        ("replace", ("a-b", "-", "+"), "a+b"),
        ("urlencode", ("a b",), "a%20b"),
    ],
    ids=str,
)
def test_filters(name, arguments, expected):
    """A filter given nothing gives nothing."""
    assert FILTERS[name](*arguments) == expected


def test_replacing_cannot_grow_without_bounds():
    """`replace` is the one filter that multiplies."""
    text = "a" * 4000
    for _ in range(5):
        text = FILTERS["replace"](text, "a", "a" * 1000)
    assert len(text) <= 10_000
