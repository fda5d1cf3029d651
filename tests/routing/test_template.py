"""`title`, `body` and `link`: what they render, what is refused and where, and their bounds."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.files.problem import Severity
from otpushd.routing.template import Part, compile_template

RULE = {"name": "expert-rejects", "priority": "high"}
RECIPIENT = {"id": "ann", "name": "Ann Meyer", "session": "ann m", "address": "a@x"}

RENDERS = [
    ("{{ annotator }} said {{ answer }} in {{ dataset }}", "ann-m said reject in contracts-a"),
    ("{{ type }} {{ event_type }} {{ id }} {{ source }}", "answer.saved answer.saved e1 main"),
    ("at {{ time }} {{ decided_at }}.", "at 2026-03-02T09:00:00Z ."),
    ("{{ rule.name }}/{{ rule.priority }}", "expert-rejects/high"),
    (
        "{{ recipient.id }} {{ recipient.name }} {{ recipient.session }} {{ recipient.address }}",
        "ann Ann Meyer ann m a@x",
    ),
    ("{{ labels }} {{ labels[0] }} {{ labels | first }} {{ labels[7] }}.", "ORG, PER ORG ORG ."),
    ("{{ meta.doc_id }} {{ meta['doc_id'] }} {{ meta.doc_id.more }}", "d-1 d-1"),
    ("{{ score | percent }} {{ score + 1 }} {{ -score }}", "50% 1.5 -0.5"),
    ("{% if flagged %}flagged{% elif score > 1 %}high{% else %}no{% endif %}", "flagged"),
    ("{{ 'late' if decided_at else 'open' }}{{ 'x' if not flagged }}", "open"),
    ("{% if decided_at is none and score is defined and 'ORG' in labels %}yes{% endif %}", "yes"),
    ("{{ decided_at | default('never') }}", "never"),
    ("a{# a comment #}b", "ab"),
    ("line\nbreak\x07", "line break"),
    ("plain", "plain"),
]
REFUSED = [
    ("{{ scor }}", 3, "unknown field `scor`; did you mean 'score'?"),
    ("{{ answer }} and {{ answr }}", 20, "did you mean 'answer'?"),
    ("'answr' {{ 'answr' }} {{ answr }}", 25, "did you mean 'answer'?"),
    ("one\n{{ answer }}\n{{ nope }}", 20, "unknown field `nope`"),
    ("{{ rule.nam }}", 8, "did you mean 'name'?"),
    ("{{ rule }}", 3, "rule.name"),
    ("{{ recipient.adress }}", 13, "did you mean 'address'?"),
    ("{{ answer.upper }}", 10, "`answer` has no parts"),
    ("{{ dataset.owners }}", 11, "`dataset` has no parts"),
    ("{{ count }}", 3, "`collect`"),
    ("{{ meta.secret }}", 3, "expose: [meta.doc_id, meta.secret]"),
    ("{{ task.text }}", 3, "expose: [meta.doc_id, task.text]"),
    ("{{ meta }}", 3, "expose: [meta.doc_id, meta]"),
    ("{% for l in labels %}{{ l }}{% endfor %}", 3, "templates cannot use a loop"),
    ("{{ answer.upper() }}", 0, "templates cannot use a call"),
    ("{{ range(10) }}", 0, "templates cannot use a call"),
    ("{{ 'a' * 10 }}", 0, "templates cannot use `*`"),
    ("{{ 2 ** 9 }}", 0, "templates cannot use `**`"),
    ("{{ '%d' % 1 }}", 0, "templates cannot use `%`"),
    ("{{ answer ~ 'x' }}", 0, "templates cannot use `~`"),
    ("{% include 'x' %}", 3, "templates cannot use `include`"),
    ("{% import 'x' as y %}", 3, "templates cannot use `import`"),
    ("{% extends 'x' %}", 3, "templates cannot use `extends`"),
    ("{% macro m() %}{% endmacro %}", 3, "templates cannot use a macro"),
    ("{% set x = 1 %}", 3, "templates cannot use `set`"),
    ("{{ {'a': 1} }}", 0, "templates cannot use `dict`"),
    ("{{ labels[1:] }}", 0, "templates cannot use `getitem`"),
    ("{{ answer | uper }}", 12, "unknown filter `uper`; did you mean 'upper'?"),
    ("{{ answer | attr('x') }}", 12, "unknown filter `attr`"),
    ("{{ answer | upper(1) }}", 12, "`upper`: too many positional arguments"),
    ("{{ answer is divisibleby 3 }}", 13, "unknown test `divisibleby`"),
    ("{{ answer", 0, "unexpected end of template"),
    ("a\n{{ answer }}\n{{ answer. }}", 15, "expected name or number"),
    ("{{ 1" + "0" * 3990 + " }}", None, ""),
    ("{{ " + "(" * 1900 + "1" + ")" * 1900 + " }}", 0, "nested too deep"),
    ("x" * 4001, 4000, "longer than 4000 characters"),
    ("{{ answer.__class__ }}", 10, "`answer` has no parts"),
    ("{{ self }}", 3, "unknown field `self`"),
]


@pytest.fixture
def render(fields, event):
    def run(text: str, part: Part = Part.TITLE, **changed: object) -> object:
        template, flaws = compile_template(text, part, fields, ("meta",))
        assert template, flaws
        return template.render(event(**changed), RULE, RECIPIENT)

    return run


@pytest.mark.parametrize(("text", "expected"), RENDERS, ids=str)
def test_a_template_renders(render, text, expected):
    """Bare names are the event's fields, and null renders empty."""
    assert render(text).text == expected


@pytest.mark.parametrize(("text", "offset", "what"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_wrong_template_is_refused_at_its_place(fields, text, offset, what):
    """At load time, with the nearest name."""
    template, flaws = compile_template(text, Part.TITLE, fields, ("meta.doc_id",))
    if offset is None:
        assert template or flaws
    else:
        assert template is None
        assert (flaws[0].offset, what in flaws[0].text) == (offset, True), flaws


def test_all_unknown_names_are_reported_at_once(fields):
    """One run of the check shows them all."""
    _, flaws = compile_template("{{ scor }} {{ answr | uper }}", Part.TITLE, fields, ())
    assert [flaw.offset for flaw in flaws] == [3, 14, 22]


def test_without_a_configuration_content_is_a_warning(fields, event):
    """Only a configuration knows what is exposed, so that shipped rules can be checked by themselves."""
    template, flaws = compile_template("{{ meta.doc_id }}", Part.TITLE, fields, None)
    assert [flaw.severity for flaw in flaws] == [Severity.WARNING]
    assert template.render(event(), RULE, RECIPIENT).text == "d-1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x/?s={{ recipient.session }}&d={{ dataset }}", "https://x/?s=ann%20m&d=a%26b%20c"),
        ("https://x/{{ 'é' }}/{{ recipient.session | urlencode }}", "https://x/%C3%A9/ann%20m"),
        ("{{ meta.url }}#{{ answer }}", "https://y/?a=1&b=2#reject"),
        ("{% if flagged %}https://x/{{ dataset }}{% endif %}", "https://x/a%26b%20c"),
        ("  https://x/ \n", "https://x/"),
    ],
    ids=str,
)
def test_values_in_a_link_are_percent_encoded(render, text, expected):
    """All but one that the link begins with, and those that the author encoded."""
    assert render(text, Part.LINK, dataset="a&b c", meta={"url": "https://y/?a=1&b=2"}).text == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ score > 'x' }}", "do not go together"),
        ("{{ decided_at + 1 }}", "or with none"),
        ("{{ 1 / (example - 12) }}", "divides by zero"),
    ],
)
def test_a_template_that_fails_for_one_event_says_so(render, text, why):
    """As a value, never an exception, and without content."""
    rendered = render(text, Part.BODY)
    assert rendered.error.startswith("body: ")
    assert why in rendered.error


def test_lengths_are_bounded(render):
    """Title 200, body 4,000; a link cannot be cut, so that it fails."""
    huge = {"annotator": "x" * 1_000_000}
    assert len(render("{{ annotator }}", **huge).text) == 200
    assert len(render("{{ annotator }}" * 100, Part.BODY, **huge).text) == 4000
    assert "longer than 2000" in render("https://x/{{ annotator }}", Part.LINK, **huge).error


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(alphabet="{}%# |.()'\"*+~answer,labels\n[]0", max_size=60)
    | st.lists(
        st.sampled_from(["{{ ", " }}", "answer", "labels", " | upper", "*", "meta.a", "{% if ", " %}", "{% endif %}"])
    ).map("".join)
)
def test_no_template_raises_nor_grows_nor_takes_long(fields, event, text):
    """Refused with a flaw inside the text, or rendered within bounds."""
    start = time.perf_counter()
    template, flaws = compile_template(text, Part.BODY, fields, None)
    assert template or flaws
    assert all(0 <= flaw.offset <= len(text) for flaw in flaws)
    if template:
        assert len(template.render(event(), RULE, RECIPIENT).text) <= 4000
    assert time.perf_counter() - start < 2


@settings(max_examples=150, deadline=None)
@given(
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.just("\ud800")
    | st.lists(st.text())
)
@pytest.mark.parametrize(
    "text", ["{{ annotator }}", "{{ annotator | upper | truncate(5) }}", "{{ annotator | round(1) }}{{ meta.a }}"]
)
def test_no_value_makes_a_template_raise(fields, event, value, text):
    """Stored tasks hold anything; the result is text that any store takes."""
    template, _ = compile_template(text, Part.TITLE, fields, ("meta",))
    rendered = template.render(event(annotator=value, meta={"a": value}), RULE, RECIPIENT)
    assert rendered.text.encode() is not None
