"""Conditions over two events: what holds, what is refused and where, and what an index may rely on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.model.event import Event, EventType, Field, Kind
from otpushd.model.joining import joined
from otpushd.routing.fields import known_fields
from otpushd.routing.pairing import compile_pairing

ASSIGNED = EventType(
    "task.assigned",
    {
        "assignee": Field(Kind.STRING),
        "due": Field(Kind.INSTANT),
        "example": Field(Kind.INTEGER),
        "score": Field(Kind.NUMBER),
        "flagged": Field(Kind.BOOLEAN),
        "in": Field(Kind.STRING),
        "meta": Field(Kind.OBJECT),
        "task": Field(Kind.OBJECT),
    },
)
HOLDS = [
    "event.dataset == trigger.dataset",
    "event . dataset == trigger . dataset",
    "event.annotator == trigger.assignee && event.time >= trigger.time",
    "event.score > trigger.score",
    "event.score < 1 && 12 == trigger.example",
    "event.meta.doc_id == trigger.meta.doc_id",
    "event.meta['page'] == 3 && has(trigger.meta.doc_id) && !has(trigger.meta.page)",
    "event.task.text == 'hi' && trigger.task.text == 'hello'",
    "present(event.score) && !present(trigger.due) && present(trigger.meta.doc_id)",
    "trigger.assignee in ['ann-m'] && 'ORG' in event.labels",
    "event.labels.exists(label, label != trigger.assignee)",
    "event.event_type == 'answer.saved' && trigger.event_type == 'task.assigned'",
    "event.flagged || trigger.due < event.time",
    "trigger.due < event.time || event.flagged",
    "!(event.time > trigger.due && event.answer == 'accept')",
    "event.annotator.startsWith('ann') // as the trigger",
]
REFUSED = [
    ("score < 1", 0, "`score` of which event? Write `event.score` or `trigger.score`"),
    ("true && assignee == 'x'", 8, "Write `trigger.assignee`"),
    ("present(score)", 8, "Write `event.score` or `trigger.score`"),
    ("anotator == 'x'", 0, "did you mean 'event.annotator'?"),
    ("asignee == 'x'", 0, "did you mean 'trigger.assignee'?"),
    ("foo.bar == 1", 0, "fields are written `event.NAME` or `trigger.NAME`"),
    ("event.scor < 1", 0, "unknown field `event.scor`; did you mean 'event.score'?"),
    ("'é😀' != event.answer && trigger.scor.x < 1", 24, "unknown field `trigger.scor`; did you mean 'trigger.score'?"),
    ("present(trigger.meta) && event.nope", 25, "unknown field `event.nope`"),
    ("event.assignee == 'x'", 0, "did you mean 'trigger.assignee'?"),
    ("event == trigger", 0, "`event` alone is no value"),
    ("trigger['score'] < 1", 0, "`trigger` alone is no value"),
    ("event.type == 'x'", 0, "`event.event_type`"),
    ("event.score == trigger.dataset", 12, "`==` does not go with a number and a text"),
    ("event.score.x == 1", 0, "`event.score` has no parts"),
    ("present(trigger.score.x)", 8, "`trigger.score` has no parts"),
    ("event.answer == 'rejct'", 16, "`event.answer` is never 'rejct'; did you mean 'reject'?"),
    ("event.answer in ['rejct']", 17, "did you mean 'reject'?"),
    ("event.answer == reject", 16, "a text needs quotes"),
    ("trigger.due != null", 12, "write present(trigger.due)"),
    ("has(event.score)", 0, "for a field write present(event.score)"),
    ("trigger.in == 'x'", 8, "`in` is a reserved word"),
    ("event.score", 0, "must be true or false, but this is a number"),
    ("event.flagged and true", 14, "`and` is written && in CEL"),
    ("event.", 6, "ends too early"),
    ("", 0, "the expression is empty"),
    ("event.meta.x.all(event, event.all(a, a.all(b, true)))", 39, "nested too deep"),
]
JOINS = [
    ("event.dataset == trigger.dataset", [("dataset", "dataset")]),
    ("trigger.assignee == event.annotator", [("annotator", "assignee")]),
    ("(event.example == trigger.example && event.score < 1) && (event.flagged == trigger.flagged)",
     [("example", "example"), ("flagged", "flagged")]),
    ("event.score == trigger.example", [("score", "example")]),
    ("event.dataset == trigger.dataset || event.flagged", []),
    ("event.dataset == trigger.dataset && event.flagged || true", []),
    ("event.flagged ? event.dataset == trigger.dataset : true", []),
    ("!(event.dataset == trigger.dataset)", []),
    ("event.dataset == trigger.dataset + 'x'", []),
    ("'x' + event.dataset == trigger.dataset", []),
    ("event.dataset != trigger.dataset", []),
    ("event.dataset == event.annotator", []),
    ("event.meta.doc_id == trigger.meta.doc_id", []),
    ("event.meta == trigger.meta", []),
    ("event.time == trigger.time", []),
    ("[true].all(x, event.dataset == trigger.dataset)", []),
]  # fmt: skip
ALIKE = [
    ("score", "score"),
    ("example", "example"),
    ("example", "score"),
    ("score", "example"),
    ("annotator", "assignee"),
    ("flagged", "flagged"),
]
PIECES = ["event", "trigger", ".", "score", "==", "&&", "(", ")", "present", "nope", "1", "[", "`", " "]
TEXTS = st.text(alphabet="eventrigscomap.<=1&|!()[]{}'\"+-*/?: \n,\\é\ud800", max_size=60)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(["a", "b", "?", "\ud800", True, False, 0, 1, 1.0, -0.0, float("nan"), float("inf")]),
    st.sampled_from([2**53, 2**53 + 1, float(2**53), 2**63, 10**400]),
)


@pytest.fixture(scope="session")
def compiled(fields):
    """A text compiled over an `answer.saved` and a `task.assigned`."""
    return lambda text: compile_pairing(text, fields, known_fields([ASSIGNED]))


@pytest.fixture(scope="session")
def trigger(event):
    """A `task.assigned` with usual values; keywords change its fields."""

    def make(**changed):
        data = {"assignee": "ann-m", "due": None, "example": 12, "score": 0.25, "flagged": True}
        data |= {"meta": {"doc_id": "d-1"}}
        return Event("task.assigned", "t1", "main", event().time, "contracts-a", data | changed, b'{"text": "hello"}')

    return make


@pytest.mark.parametrize("text", HOLDS)
def test_a_pairing_holds(compiled, event, trigger, text):
    """Each event's fields are reached by its side, with the same operators as in `when`."""
    pairing, flaws = compiled(text)
    assert not flaws
    assert pairing.holds(event(), trigger()).holds


@pytest.mark.parametrize(("text", "offset", "what"), REFUSED, ids=str)
def test_a_wrong_pairing_is_refused_at_its_character(compiled, text, offset, what):
    """And told what to write."""
    pairing, flaws = compiled(text)
    assert pairing is None
    assert (flaws[0].offset, what in flaws[0].text) == (offset, True), flaws


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("event.annotator == trigger.assignee", "`event.annotator` has no value"),
        ("event.score > trigger.score", "`trigger.score` has a value of another kind"),
        ("trigger.meta.nothing == 1", "not there"),
    ],
    ids=str,
)
def test_a_pairing_that_cannot_be_decided_does_not_hold_and_says_why(compiled, event, trigger, text, why):
    """An error never ends anything."""
    pairing, _ = compiled(text)
    verdict = pairing.holds(event(annotator=None), trigger(score="high"))
    assert not verdict.holds
    assert why in verdict.error


@pytest.mark.parametrize(("text", "pairs"), JOINS, ids=str)
def test_the_joins_are_what_must_be_equal_for_it_to_hold(compiled, text, pairs):
    """Only whole conjuncts at the top count, and only fields whose equality is that of a text."""
    pairing, flaws = compiled(text)
    assert not flaws
    assert pairing.joins == tuple(((ours,), (theirs,)) for ours, theirs in pairs)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("trigger.task.text == 'x'", True),
        ("present(trigger.task.text)", True),
        ("event.task.text == trigger.meta.doc_id", False),
        ("trigger.assignee == 'trigger.task'", False),
    ],
    ids=str,
)
def test_it_says_whether_it_needs_the_task_of_the_trigger(compiled, text, content):
    """What waits keeps the whole task only then."""
    assert compiled(text)[0].content is content


@settings(max_examples=300, deadline=None)
@given(ours=VALUES, theirs=VALUES)
@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_joins_are_equal_wherever_it_holds(compiled, event, trigger, one, other, ours, theirs):
    """An index over `joined` never misses what the condition would have found."""
    pairing, _ = compiled(f"event.{one} == trigger.{other}")
    later, earlier = event(**{one: ours}), trigger(**{other: theirs})
    assert pairing.joins
    if pairing.holds(later, earlier).holds:
        texts = [joined((value,), nulls=False) for value in (later.value(one), earlier.value(other))]
        assert texts[0] is not None and texts[0] == texts[1]


@settings(max_examples=300, deadline=None)
@given(text=TEXTS | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_text_makes_compiling_raise(compiled, text):
    """Whatever is written, there is a pairing or at least one flaw inside the text."""
    pairing, flaws = compiled(text)
    assert (pairing is None) == bool(flaws)
    assert all(0 <= flaw.offset <= len(text) for flaw in flaws)
