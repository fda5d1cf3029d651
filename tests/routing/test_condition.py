"""`when:` conditions: what holds, what is refused at load time and where, and what no event can do to them."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.model.event import EventType, Field, Kind
from otpushd.routing.condition import compile_condition
from otpushd.routing.fields import known_fields

HOLDS = [
    'answer == "reject" && annotator in ["ann-m", "bob"]',
    "score < 1",
    "1 > score",
    "-1 < score",
    "score > -1",
    "0.5 == score",
    "score != 1",
    "score in [0, 0.5]",
    "score in [1, 0.5]",
    "!(score in [0, 1])",
    "score * 100 >= 50",
    "score * 100 == 50",
    "100 * score - 49 > 0",
    "score / 2 < 1",
    "score + example > 12",
    "(flagged ? 1 : 0) == 1",
    "(flagged ? score : 1) < 1",
    "example == 12",
    "example == 12.0",
    "example % 2 == 0",
    "12 in [example]",
    "size(labels) >= 2",
    "labels == ['ORG', 'PER']",
    "labels.exists(label, label.startsWith('P'))",
    "labels.filter(label, label != 'ORG').size() == 1",
    "labels.map(label, size(label)) == [3, 3]",
    "'ORG' in labels",
    "meta.doc_id == 'd-1'",
    "meta['doc_id'].matches('^d-[0-9]+$')",
    "meta.page < 4 && meta.page * 1.5 > 4",
    "has(meta.doc_id) && !has(meta.nothing)",
    "'page' in meta",
    "meta.empty == null",
    "task.text == 'hi'",
    "event_type == 'answer.saved'",
    "dataset.startsWith('contracts-')",
    "time > timestamp('2026-01-01T00:00:00Z')",
    "time - duration('1h') < time",
    "time.getHours('Europe/Zurich') == 10",
    "present(score) && present(meta.doc_id) && present(task.text)",
    "!present(decided_at) && !present(meta.empty) && !present(meta.nothing.at.all)",
    "decided_at > time || flagged",
    "flagged || decided_at > time",
    "!(decided_at > time && !flagged)",
    "'score < 1' != answer",
    "flagged // and a comment",
]
REFUSED = [
    ("scor < 1", 0, "unknown field `scor`; did you mean 'score'?"),
    ("score < 1 && annotatr == 'x'", 13, "unknown field `annotatr`; did you mean 'annotator'?"),
    ("'é😀' != answer && nope", 18, "unknown field `nope`"),
    ("flagged &&\n  nope", 13, "unknown field `nope`"),
    ("present(score) && nope", 18, "unknown field `nope`"),
    ("answer < 1", 7, "`<` does not go with a text and a whole number"),
    ("score == 'x'", 6, "`==` does not go with a number and a text"),
    ("1 in labels", 2, "`in` does not go with a whole number and a list"),
    ("score", 0, "must be true or false, but this is a number"),
    ("meta.page", 0, "a value of unknown kind"),
    ("answer == null", 7, "present(…)"),
    ("decided_at != null", 11, "write present(decided_at)"),
    ("answer == 'rejct'", 10, "did you mean 'reject'?"),
    ("answer in ['accept', 'rejct']", 21, "did you mean 'reject'?"),
    ("answer = 'reject'", 7, "`=` is written == in CEL"),
    ("flagged and score < 1", 8, "`and` is written && in CEL"),
    ("not flagged", 4, "`not` is written ! in CEL"),
    ("labels.first == 'x'", 0, "`labels` has no parts"),
    ("answer.startWith('r')", 7, "did you mean 'startsWith'?"),
    ("(flagged", 8, "`)` is missing here"),
    ("answer == 'reject", 10, "a quote that is never closed"),
    ("flagged &&", 10, "ends too early"),
    ("", 0, "the expression is empty"),
    ("type == 'answer.saved'", 5, "`event_type`"),
    ("answer.matches('(')", 15, "no regular expression"),
    ("answer.matches(dataset)", 7, "literal text"),
    ("answer.matches('(x{100}){100}')", 15, "repeats too much"),
    ("time > timestamp('yesterday')", 17, "not an instant"),
    ("time - time > duration('1 hour')", 23, "not a duration"),
    ("dyn(score) == 'x'", 0, "unknown function `dyn`"),
    ("var == 1", 0, "reserved word"),
]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("text", HOLDS)
def test_a_condition_holds(fields, event, text):
    """Whole-number literals compare and calculate with number fields, as people expect."""
    condition, flaws = compile_condition(text, fields)
    assert not flaws
    assert condition.holds(event()).holds


@pytest.mark.parametrize(("text", "offset", "what"), REFUSED, ids=lambda value: str(value))
def test_a_wrong_condition_is_refused_at_its_character(fields, text, offset, what):
    """Unknown fields and wrong types are errors at load time, not at three in the morning."""
    condition, flaws = compile_condition(text, fields)
    assert condition is None
    assert (flaws[0].offset, what in flaws[0].text) == (offset, True), flaws


def test_all_unknown_fields_are_reported_at_once(fields):
    """One run of the check shows them all."""
    _, flaws = compile_condition("scor < 1 || answr == 'x'", fields)
    assert [flaw.offset for flaw in flaws] == [0, 12]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("annotator == 'x'", "`annotator` has no value"),
        ("annotator != 'x'", "`annotator` has no value"),
        ("flagged && annotator == 'x'", "`annotator` has no value"),
        ("meta.nothing == 1", "not there"),
        ("meta.doc_id.more == 1", "no parts"),
        ("meta.doc_id < 1", "do not go together"),
        ("example / (example - 12) > 0", "divides by zero"),
        ("example * 9223372036854775807 > 0", "too large"),
    ],
    ids=str,
)
def test_a_part_that_cannot_be_decided_does_not_match_and_says_why(fields, event, text, why):
    """CEL's errors are truthy values; they must never count as true, and must not show content."""
    condition, _ = compile_condition(text, fields)
    verdict = condition.holds(event(annotator=None))
    assert not verdict.holds
    assert why in verdict.error


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("score < 1 || example == 1", {"score": "high", "example": 1}),
        ("flagged || score < 1", {"score": 10**400}),
        ("example == 12", {"example": 12.0}),
        ("score < 2", {"score": 1}),
        ("labels.exists(l, l == 'ORG')", {"labels": ["ORG", None, 3]}),
        ("annotator != 'x'", {"annotator": "\ud800"}),
        ("!(score < 1)", {"score": float("nan")}),
        ("meta.big > 1", {"meta": {"big": 2**70}}),
    ],
    ids=str,
)
def test_values_of_other_kinds_than_declared_are_taken_for_what_they_are_worth(fields, event, text, changed):
    """A stored task may hold anything."""
    condition, flaws = compile_condition(text, fields)
    assert not flaws
    assert condition.holds(event(**changed)).holds


@settings(max_examples=150, deadline=None)
@given(value=ODD)
@pytest.mark.parametrize("text", ["score < 1", "answer == 'reject'", "'x' in labels", "meta.a == 1", "present(meta.a)"])
def test_no_value_makes_an_evaluation_raise(fields, event, text, value):
    """Wrong types, lone surrogates, NaN, huge integers: true, false or an error text, and true only if CEL says so."""
    condition, _ = compile_condition(text, fields)
    broken = dict.fromkeys(("score", "answer", "labels", "meta", "decided_at"), value)
    verdict = condition.holds(event(**broken, task=b"[" * 5000))
    assert verdict.holds in (True, False)


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="score<1&|!()[]{}'\".+-*/?: \n=,present\\é\ud800", max_size=80) | st.text(max_size=80))
def test_no_text_makes_compiling_raise(text):
    """Whatever is written, there is a condition or at least one flaw inside the text."""
    fields = known_fields([EventType("t", {"score": Field(Kind.NUMBER)})])
    condition, flaws = compile_condition(text, fields)
    assert (condition is None) == bool(flaws)
    assert all(0 <= flaw.offset <= len(text) for flaw in flaws)


BIG = "a" * 1_000_000
HOSTILE = {
    "deep parentheses": "(" * 1500 + "true" + ")" * 1500,
    "deep lists": "[" * 1500 + "]" * 1500 + " == []",
    "many negations": "!" * 3900 + "true",
    "many alternatives": " || ".join(["score > 2"] * 300),
    "loop in loop": "task.list.all(a, task.list.all(b, a == b))",
    "loop in loop in loop": "labels.all(a, labels.all(b, labels.all(c, a == b)))",
    "doubling": "['a'].map(a, [a+a+a+a+a]).map(b, [b+b+b+b+b]).map(c, [c+c+c+c+c]).size() > 0",
    "copying a list": "task.list.map(a, a).map(a, a).size() > 0",
    "patterns in a loop": r"task.words.exists(w, w.matches('(a|b)*\\pL+[cd]{20}$'))",
    "backtracking": "task.big.matches('(a*)*(a*)*b$')",
    "all of a big task": "task == task && size(task.big) > 1",
    "comparing in a loop": "task.words.exists(w, task.big == w + task.big)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_expressions_end_soon(fields, event, name):
    """Refused at load time, or decided within bounded work whatever the event holds."""
    task = f'{{"list": {list(range(9000))}, "words": {["w"] * 2000}, "big": "{BIG}"}}'.replace("'", '"').encode()
    start = time.perf_counter()
    condition, flaws = compile_condition(HOSTILE[name], fields)
    if condition is not None:
        condition.holds(event(task=task, labels=["x"] * 50_000))
    assert flaws or condition
    assert time.perf_counter() - start < 10


def test_the_stored_task_is_decoded_only_where_a_condition_looks_at_it(fields, event):
    """Decoding costs more than everything else together, so broken content must not even be touched."""
    condition, _ = compile_condition("score < 1", fields)
    assert "task" not in [name for name, _, _ in condition.inputs]
    assert condition.holds(event(task=b"\xff")).holds


def test_instants_are_compared_across_zones(fields, event):
    """A naive one counts as UTC."""
    condition, _ = compile_condition("decided_at == timestamp('2026-03-02T10:00:00+01:00')", fields)
    assert condition.holds(event(decided_at=datetime(2026, 3, 2, 9, tzinfo=UTC))).holds
    assert condition.holds(event(decided_at=datetime(2026, 3, 2, 9))).holds


def test_a_field_with_a_name_that_cel_reserves_spoils_no_other_rule(event):
    """Declared types may call a field `in` or `list`."""
    fields = known_fields([EventType("t", {name: Field(Kind.STRING) for name in ("in", "list", "function", "answer")})])
    condition, flaws = compile_condition("answer == 'reject'", fields)
    assert not flaws
    assert condition.holds(event()).holds


@pytest.mark.parametrize("text", ["12 in examples", "size(examples) == 2", "examples.exists(one, one > 12)"])
def test_a_list_of_whole_numbers_is_looked_into(event, text):
    """Like a list of texts; what is no whole number is left out."""
    condition, flaws = compile_condition(text, known_fields([EventType("m", {"examples": Field(Kind.INTEGERS)})]))
    assert not flaws
    assert condition.holds(event(examples=[12, 13.0, "x", None])).holds
    assert not condition.holds(event(examples=[11])).holds


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("flagged && present( meta . doc_id ) // both", ["flagged", "present( meta . doc_id )"]),
        ("present(score)&&(score < 1 && 'ORG' in labels)", ["present(score)", "score < 1", "'ORG' in labels"]),
        ("flagged || score < 1", []),
    ],
    ids=str,
)
def test_the_parts_of_a_condition_are_conditions_as_they_were_written(fields, event, text, parts):
    """Each can be asked alone, for saying which one failed."""
    condition, _ = compile_condition(text, fields)
    assert [part.text for part in condition.conjuncts] == parts
    assert all(part.holds(event()).holds for part in condition.conjuncts)
