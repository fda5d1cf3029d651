"""An expression's words: what it reads, `present(…)`, and limits."""

import pytest

from otpushd.routing.cel_text import LONGEST, conjuncts, part_of, paths_of, read_text, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("answer == 'x'", {"answer": None}),
        ("meta.doc_id == 'x' && meta['page'] > 1", {"meta": frozenset({"doc_id", "page"})}),
        ("'doc_id' in meta", {"meta": None}),
        ("meta.exists(key, key == 'x') && meta.a == 1", {"meta": None}),
        ("'score' == \"answer\"", {}),
        ("// answer\n true", {}),
        ("task.score > 1", {"task": frozenset({"score"})}),
        (".score > 1", {"score": None}),
        ("size(labels) > 1", {"labels": None}),
    ],
    ids=str,
)
def test_the_fields_and_parts_an_expression_reads(fields, text, expected):
    """Only these are converted for CEL; None where any part may be needed."""
    reading, flaws = read_text(text, fields)
    assert not flaws
    assert reading.fields == expected


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("present(score)", [("score",)]),
        ("present( meta . doc_id ) && present(task['a'].b)", [("meta", "doc_id"), ("task", "a", "b")]),
        ("'present(score)' == answer // present(score)", []),
        ("r'\\' == answer && present(score)", [("score",)]),
        ("'''a'present(score)''' == answer", []),
    ],
    ids=str,
)
def test_questions_become_names_and_nothing_moves(fields, text, paths):
    """Offsets after a question stay what they were, and literals and comments stay untouched."""
    reading, flaws = read_text(text, fields)
    assert not flaws
    assert list(reading.present.values()) == paths
    assert len(reading.text) == len(text)
    assert paths or reading.text == text


@pytest.mark.parametrize(
    ("text", "offset", "what"),
    [
        ("true && present(scor)", 16, "unknown field `scor`; did you mean 'score'?"),
        ("present(answer.x)", 8, "`answer` has no parts"),
        ("present()", 0, "`present` takes one field"),
        ("present(1 + 1)", 0, "`present` takes one field"),
        ("a.all(b, b.all(c, c.all(d, true)))", 20, "nested too deep"),
        ("1" + "+1" * 21 + " > 0", 41, "more than 20 times `+`"),
        ("x" * (LONGEST + 1), LONGEST, "longer than 4000 characters"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cel_itself_would_not_refuse(fields, text, offset, what):
    """Each at its character."""
    _, flaws = read_text(text, fields)
    assert [(flaw.offset, what in flaw.text) for flaw in flaws] == [(offset, True)]


def test_every_character_belongs_to_a_word_or_a_blank():
    """The lexer loses nothing, whatever it is given."""
    text = "a.b['c'] == 1.5e3 && `d` || \"\\\"\" != é 'open"
    assert "".join(word.text for word in words_of(text)) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("flagged", ["flagged"]),
        ("flagged && score < 1 && true", ["flagged ", "score < 1 ", "true"]),
        ("(flagged && (score < 1)) && (true || flagged)", ["flagged ", "score < 1", "true || flagged"]),
        ("flagged && score < 1 || true", ["flagged && score < 1 || true"]),
        ("flagged && true ? true : false", ["flagged && true ? true : false"]),
        ("(flagged) && (true)", ["flagged", "true"]),
        ("(flagged) == (true)", ["(flagged) == (true)"]),
        ("!(flagged && true)", ["!(flagged && true)"]),
        ("[flagged && true] == [true] && '&&' == answer", ["[flagged && true] == [true] ", "'&&' == answer"]),
    ],
    ids=str,
)
def test_the_parts_that_must_all_hold(fields, text, parts):
    """`||` and `?` bind less than `&&`, so that where they stand at the top the whole is one part."""
    reading, _ = read_text(text, fields)
    assert [part_of(reading, first, last).text for first, last in conjuncts(reading.words)] == parts


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("score < 1 || present(meta.doc_id) || score > 2", [("score",), ("meta", "doc_id")]),
        ("meta.a['b'].startsWith('x')", [("meta", "a", "b")]),
        ("meta[dataset].x == task.list[0].y", [("meta",), ("dataset",), ("task", "list")]),
        ("'score' == 'meta.x'", []),
    ],
    ids=str,
)
def test_the_paths_that_an_expression_names(fields, text, paths):
    """As far as they are plain; what is behind that belongs to the last of them."""
    reading, _ = read_text(text, fields)
    assert list(paths_of(reading)) == paths
