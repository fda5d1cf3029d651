"""YAML files: what their values are, where they stand, and what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otpushd.files.yaml_document import YamlDocument, parse_yaml, read_yaml


def document_of(text: str) -> YamlDocument:
    document, problems = parse_yaml(text, "f.yaml")
    assert problems == []
    assert document is not None
    return document


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on", "on"), ("no", "no"), ("y", "y"), ("12:30", "12:30"), ("2026-03-02", "2026-03-02"), ("1_000", "1_000"),
        ("true", True), ("False", False), ("tRue", "tRue"), ("null", None), ("~", None), ("", None),
        ("010", 10), ("0o17", 15), ("0xff", 255), ("-3", -3), ("+4179", 4179), ("0x", "0x"), ("1.2.3", "1.2.3"),
        ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("-1.5E-2", -0.015), (".inf", ".inf"), ("1e999", "1e999"),
        ("-", [None]),
        ("'1'", "1"), ('"true"', "true"), ("<<", "<<"), ("=", "="), ("9" * 400, "9" * 400),
    ],
)  # fmt: skip
def test_a_plain_value_means_what_yaml_1_2_says(written: str, meant: object) -> None:
    """Words of YAML 1.1 and dates stay text; only null, true, false and finite numbers are anything else."""
    value = document_of(f"k:\n {written}\n").data["k"]
    assert (value, type(value)) == (meant, type(meant))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: 1\n«a: 2\n", "the key 'a' stands here twice", id="equal keys"),
        pytest.param("a: x\nb: «*a\n", "a text that begins with `*` needs quotes", id="an alias"),
        pytest.param("a: «&a x\n", "a text that begins with `&` needs quotes", id="an anchor"),
        pytest.param("a: «!!str x\n", "a text that begins with `!` needs quotes", id="a tag"),
        pytest.param("«12: x\n", 'a key must be a text; write "12" in quotes', id="a number as key"),
        pytest.param("«true: x\n", 'a key must be a text; write "true" in quotes', id="a truth value as key"),
        pytest.param("?«\n: x\n", "a key is missing before `:`", id="no key"),
        pytest.param("? «[a]\n: x\n", "a list or mapping cannot be a key", id="a list as key"),
        pytest.param("a:\n«\t- b\n", "a tab; indent with spaces", id="a tab"),
        pytest.param("a: «@b\n", "a text that begins with `@` needs quotes", id="an at sign"),
        pytest.param("a: b«: c\n", "a second `: `", id="two colons"),
        pytest.param("a: «{{ b }} c\n", "a text that begins with `{` or `[` needs quotes", id="unquoted braces"),
        pytest.param("- a«:b\n  c: d\n", "a blank is missing behind this `:`", id="no blank behind a colon"),
        pytest.param("a: «'b\nc: d\n", "the quote that opens here is never closed", id="an open quote"),
        pytest.param("a: «[b, c\nd: e\n", "the list that opens here", id="an open list"),
        pytest.param("a:\n  b: 1\n «c: 2\n", "does not fit the lines above", id="indentation"),
        pytest.param("- a\n«b: 1\n", "does not fit the list above", id="a mapping in a list"),
        pytest.param("a: 1\n«---\nb: 2\n", "a second document begins here", id="two documents"),
        pytest.param("« ", "the file is empty", id="empty"),
        pytest.param("«# only a comment\n", "the file is empty", id="only a comment"),
        pytest.param("a: b«\x07c\n", "the character U+0007 may not stand in YAML", id="a control character"),
        pytest.param("a: " + "[" * 63 + "«[" + "]" * 64, "nested deeper than 64 levels", id="too deep"),
        pytest.param('a: "b«\\q"\n', "no such escape in double quotes", id="an unknown escape"),
    ],
)
def test_what_is_wrong_is_reported_where_it_stands(text: str, said: str, marked) -> None:
    """Each mistake gives one problem, at its character."""
    text, (line, column) = marked(text)
    _, problems = parse_yaml(text, "f.yaml")
    assert [(one.line, one.column) for one in problems] == [(line, column)]
    assert said in problems[0].text


def test_mistakes_that_leave_the_data_readable_are_reported_together() -> None:
    """Equal keys, tags and keys that are no text come in one go, with the document."""
    document, problems = parse_yaml("a: 1\na: !x 2\n3: 4\n", "f.yaml")
    assert [(one.line, one.column) for one in problems] == [(2, 1), (2, 4), (3, 1)]
    assert document is not None
    assert document.data == {"a": 2, "3": 4}


@pytest.mark.parametrize(
    ("written", "at"),
    [
        pytest.param("k: foo == «bar", 7, id="plain"),
        pytest.param("k: foo\n   «bar", 4, id="plain over two lines"),
        pytest.param("k: foo\n\n\n   «bar", 5, id="plain with empty lines"),
        pytest.param("k: 'it''s «x'", 5, id="single quotes with a quote inside"),
        pytest.param("k: 'a\n\n  «b'", 2, id="single quotes over lines"),
        pytest.param(r'k: "\u0041\x42\n\t\"«x"', 5, id="double quotes with escapes"),
        pytest.param('k: "ab  \\\n    \\  c«d"', 7, id="double quotes with an escaped line end"),
        pytest.param('k: "a\n\n\n  «b"', 3, id="double quotes over lines"),
        pytest.param("k: |\n  foo\n    ba«r\n", 8, id="literal"),
        pytest.param("k: |2-\n    foo\n  «bar\n", 6, id="literal with an indentation indicator"),
        pytest.param("k: |  # why\r\n  foo\r\n  b«ar\r\n", 5, id="literal with carriage returns"),
        pytest.param("k: |\n\n  foo\n\n  «bar\n", 6, id="literal with empty lines"),
        pytest.param("k: >\n  foo\n  «bar\n", 4, id="folded"),
        pytest.param("k: >\n  foo\n    more\n\n  «bar\n", 12, id="folded with a deeper line"),
        pytest.param("k: '«'", 0, id="nothing in quotes"),
        pytest.param("k:« ", 0, id="nothing"),
        pytest.param("k: foo«\nl: 1", 9, id="behind the end"),
    ],
)
def test_a_character_inside_a_text_has_its_own_position(written: str, at: int, marked) -> None:
    """An error at column n of an expression points at that character in the file, however YAML wrote it."""
    text, position = marked(written)
    assert document_of(text).position(("k",), offset=at) == position


def test_positions_of_keys_values_and_of_what_is_not_there() -> None:
    """A missing path is taken for the nearest place above it."""
    document = document_of("a:\n  - b: {c: 1}\n    d: 'x'\n")
    assert document.position(("a", 0, "d")) == (3, 8)
    assert document.position(("a", 0, "d"), key=True) == (3, 5)
    assert document.position(("a", 0, "d"), offset=0) == (3, 9)
    assert document.position(("a", 0, "b", "zz", 1)) == (2, 8)
    assert document.position(("a", 7), key=True) == (1, 1)
    assert document.position(()) == (1, 1)


@pytest.mark.parametrize(
    ("content", "line", "column", "said"),
    [
        pytest.param(b"a: 1\nb: \xff", 2, 4, "not UTF-8", id="not utf-8"),
        pytest.param(b"\xff\xfea\x00", 1, 1, "not UTF-8", id="utf-16"),
        pytest.param(b"", 1, 1, "empty", id="empty"),
        pytest.param(None, 1, 1, "cannot be read: No such file", id="missing"),
    ],
)
def test_files_that_cannot_be_read_are_problems(
    tmp_path: Path, content: bytes | None, line: int, column: int, said: str
) -> None:
    """Under the name the caller wants shown."""
    if content is not None:
        (tmp_path / "f").write_bytes(content)
    document, [problem] = read_yaml(tmp_path / "f", "shown.yaml")
    assert document is None
    assert (problem.file, problem.line, problem.column) == ("shown.yaml", line, column)
    assert said in problem.text


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """It is reported like any file that cannot be read."""
    assert str(read_yaml(tmp_path, "d")[1][0]) == "d:1:1: the file cannot be read: Is a directory"


def test_a_byte_order_mark_is_no_character_of_the_file(tmp_path: Path) -> None:
    """Editors of some systems write one."""
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa: 1")
    document, problems = read_yaml(tmp_path / "f")
    assert problems == []
    assert document is not None
    assert document.position(("a",)) == (1, 4)


@given(st.text(alphabet=st.sampled_from("ab1 \n\t:-[]{},'\"|>&*!#?%@\\\r\x85\u2028é𝄞\ufeff\x00"), max_size=60))
@example('"\\\n')
@example("a: |\n  x\r  y")
@example("? |\n  a\n: >\n  b\n   c\n")
def test_no_text_makes_reading_fail(text: str) -> None:
    """Whatever stands in a file: a document, problems, or both, and every position can be asked for."""
    document, problems = parse_yaml(text, "f")
    assert document is not None or problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    for path, value in places(document.data) if document else ():
        for offset in range(len(value) + 1 if isinstance(value, str) else 1):
            assert document is None or min(document.position(path, offset=offset)) >= 1


_values = st.recursive(
    st.integers() | st.booleans() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc é𝄞", min_size=1), inner, max_size=3),
)


@given(st.dictionaries(st.text("abcé𝄞", min_size=1), _values, min_size=1), st.sampled_from([None, 1]))
def test_positions_are_those_of_the_values_first_characters(data: dict, indent: int | None) -> None:
    """Checked on JSON, which is YAML: each value's text in the file begins at its position."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    text = text.replace("\ufeff", " ").replace("\ufffe", " ").replace("\uffff", " ")
    document = document_of(text)
    lines = text.split("\n")
    for path, value in places(document.data):
        line, column = document.position(path)
        first = json.dumps(value, ensure_ascii=False)[0]
        assert lines[line - 1][column - 1] == first


@given(st.text(st.sampled_from("ab \n'\"\\é𝄞\t/"), min_size=1), st.booleans())
def test_offsets_find_the_same_character_in_quoted_texts(value: str, is_double: bool) -> None:
    """Characters that no folding moved stand where their offset says."""
    written = json.dumps(value, ensure_ascii=False) if is_double else "'" + value.replace("'", "''") + "'"
    text = "k: " + written.replace("\n", "\n\n " if not is_double else "\n")
    document, problems = parse_yaml(text, "f")
    if document is None or problems:
        return
    for offset, character in enumerate(document.data["k"]):
        line, column = document.position(("k",), offset=offset)
        there = text.split("\n")[line - 1][column - 1 :]
        assert character.isspace() or there[0] in (character, "\\")


def places(value, path=()):
    """Every path below a value, with what is there."""
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from places(child, (*path, step))
