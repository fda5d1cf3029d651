"""A template that is nothing but text and values is joined without Jinja2; it must read as if Jinja2 had made it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.routing.template import MessageTemplate, Part, compile_template

RULE = {"name": "expert-rejects", "priority": "high"}
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", " ", "ann m", "a&b", "\ud800", "x" * 5000, "https://y/?a=1", "\u2028\t"])
    | st.lists(st.text() | st.integers(), max_size=4)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=3)
)
WORDS = st.sampled_from(
    [
        *("{{ annotator }}", "{{ dataset }}", "{{ score }}", "{{ meta.a }}", "{{ meta }}", "{{ labels[0] }}"),
        *("{{ recipient.name }}", "{{ recipient.session }}", "{{ rule.name }}", "{{ task.a }}", "{{ time }}", "{# #}"),
        *("{{ decided_at }}", "https://x/", " ", "  ", "\n", "said", "é", "\x07", "%20", "{{ type }}"),
    ]
)


def compiled(fields: Any, text: str, part: Part) -> MessageTemplate:
    template, flaws = compile_template(text, part, fields, ("meta", "task"))
    assert template, flaws
    return template


@pytest.mark.parametrize("part", Part)
@settings(max_examples=150, deadline=None)
@given(words=st.lists(WORDS, max_size=6), value=VALUES, dataset=st.none() | st.text(), session=st.none() | st.text())
def test_joined_and_rendered_texts_are_the_same(fields, event, part, words, value, dataset, session):
    """An empty value at the end is enough for Jinja2 to be asked."""
    text = "".join(words)
    joined, rendered = compiled(fields, text, part), compiled(fields, text + "{{ '' }}", part)
    assert isinstance(joined.content, tuple) or "{{" not in text
    assert not isinstance(rendered.content, tuple)
    found = event(annotator=value, score=value, labels=value, meta={"a": value}, dataset=dataset)
    recipient = {"name": "Ann Meyer", "session": session}
    assert joined.render(found, RULE, recipient) == rendered.render(found, RULE, recipient)
