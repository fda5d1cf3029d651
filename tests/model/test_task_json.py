"""A stored task is read whatever some writer left in it, and what is read can be said again as strict JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.task_json import read_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}, id="a surrogate pair is one character"),
        pytest.param(b'{"a": "x\\ud83dy"}', {"a": "x�y"}, id="the first half of a pair alone"),
        pytest.param(b'{"a": "\\udE00\\uD83d"}', {"a": "��"}, id="both halves the wrong way round"),
        pytest.param(b'{"a": "\\\\ud800"}', {"a": "\\ud800"}, id="a backslash and letters are no escape"),
        pytest.param(b'{"a": "\\\\\\ud800"}', {"a": "\\�"}, id="an escape after an escaped backslash"),
        pytest.param(b'{"a": "\xff"}', {"a": "�"}, id="a byte that is no UTF-8"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', {"a": "���"}, id="a surrogate as bytes"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', {"a": 1}, id="a byte order mark"),
        pytest.param(b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}, id="NaN and infinity"),
        pytest.param(b'{"a": 1e999, "b": 0.5}', {"a": None, "b": 0.5}, id="a number beyond all floats"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", {"a": None}, id="more digits than Python reads"),
        pytest.param(
            b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}, id="a big integer"
        ),
    ],
)
def test_what_a_strict_reader_refuses_is_read_as_far_as_it_makes_sense(content: bytes, expected: object) -> None:
    assert read_json(content) == expected


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"nonsense", b"{'a': 1}", b'{"a": 1} x', b"[" * 100_000, b'{"a":' * 100_000],
    ids=["empty", "cut off", "a word", "single quotes", "trailing", "deep lists", "deep objects"],
)
def test_what_is_no_json_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one
        read_json(content)


@given(values, st.booleans())
def test_what_python_writes_reads_back_as_strict_json(value: object, ascii_only: bool) -> None:
    found = read_json(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()


@given(st.binary())
def test_any_bytes_are_json_or_a_value_error(content: bytes) -> None:
    try:
        read_json(content)
    except ValueError:
        return
