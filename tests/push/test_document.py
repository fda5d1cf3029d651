"""A document is one JSON object, whatever a message says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from otpushd.model.delivery import Message, Priority, Recipient
from otpushd.push.document import DocumentError
from otpushd.push.document_check import compiled

ANYTHING = st.text(st.characters(exclude_categories=()))


def made(source, body="body", **more):
    values = {
        "title": "title",
        "link": None,
        "expires_at": None,
        "rule": "r",
        "event": {"type": "x", "data": {}},
    } | more
    recipient = values.pop("recipient", Recipient("address", "ann", "Ann", None))
    message = Message(id="id", body=body, priority=Priority.HIGH, recipient=recipient, **values)
    checked = compiled(source, "push.j2")
    assert checked.problems == ()
    return json.loads(checked.document.render(message, body))


@given(ANYTHING, ANYTHING)
def test_any_text_comes_through_both_ways_of_writing_it(title, body):
    """Quotes, backslashes, line ends and control characters cannot end the JSON string; only lone surrogates change."""
    document = made('{"a": "{{ title }}", "b": {{ body | tojson }}, "c": "{{ title ~ body }}"}', title=title, body=body)

    def mended(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    assert document["b"] == mended(body)
    assert document["a"] == mended(title)
    assert document["c"] == mended(title + body)


def test_a_text_that_calls_itself_safe_is_escaped_all_the_same():
    assert made('{"a": "{{ title }}"}', title=Markup('", "b": "')) == {"a": '", "b": "'}


def test_what_looks_like_a_template_is_not_rendered_again():
    assert made('{"a": "{{ title }}"}', title="{{ 7 + 7 }}") == {"a": "{{ 7 + 7 }}"}


def test_null_is_nothing_between_quotes_and_null_as_a_value():
    assert made('{"a": "{{ link }}", "b": {{ link | tojson }}}') == {"a": "", "b": None}


def test_values_of_an_event_keep_their_kind():
    data = {"score": 0.5, "labels": ["A", "B"], "flagged": True, "meta": {"doc_id": "7"}, "session": None}
    source = """{"score": {{ event.data.score }}, "labels": {{ event.data.labels | tojson }},
      "n": "{{ event.data.score }}", "doc": "{{ event.data.meta.doc_id }}",
      "first": "{{ event.data.labels | first }}", "flagged": {{ event.data.flagged }},
      "none": {{ event.data.missing | default(none) | tojson }}, "whole": {{ event.data.meta }},
      "text": "{% if event.data.score > 0.4 %}high{% else %}low{% endif %}"}"""

    assert made(source, event={"data": data}) == {
        **{"score": 0.5, "labels": ["A", "B"], "n": "0.5", "first": "A", "flagged": True, "doc": "7"},
        **{"none": None, "whole": {"doc_id": "7"}, "text": "high"},
    }


def test_every_name_of_the_contract_is_there_and_no_other():
    source = """{"id": "{{ id }}", "p": "{{ priority }}", "e": "{{ expires_at }}", "r": "{{ rule }}",
      "t": "{{ event.type }}",
      "to": ["{{ recipient.address }}", "{{ recipient.id }}", "{{ recipient.name }}"]}"""

    assert made(source) == {"id": "id", "p": "high", "e": "", "r": "r", "t": "x", "to": ["address", "ann", "Ann"]}


def test_the_bytes_do_not_depend_on_the_order_of_keys(message):
    one, other = (compiled(text, "t").document for text in ('{"b": 1, "a": "{{ id }}"}', '{"a":"{{ id }}","b":1}'))

    assert one.render(message(), "") == other.render(message(), "") == b'{"a":"otpushd-' + b"0" * 40 + b'","b":1}'


@pytest.mark.parametrize(
    ("source", "event", "told"),
    [
        pytest.param(
            '{\n"a": "{{ event.data.doc }}"}',
            {"data": {}},
            "push.j2:2: 'dict object' has no attribute 'doc'; use `| default(…)`",
            id="field that the event lacks",
        ),
        pytest.param(
            '{\n\n"a": {{ event.data.n + 1 }}}', {"data": {"n": "secret"}}, "push.j2:3: TypeError", id="wrong kind"
        ),
        pytest.param(
            '{"a": {{ event.data.n }}}',
            {"data": {"n": "secret"}},
            "push.j2 does not render to JSON: Expecting value in line 1, column 7 of its output",
            id="text without quotes",
        ),
        pytest.param(
            '{"a": "{{ event.data.n }}", "b": {{ event | tojson }}}',
            {"data": {"n": 1}, "x": "secret" * 60_000},
            "push.j2: the document is longer than 262144 characters",
            id="too long",
        ),
    ],
)
def test_a_message_without_a_document_says_where_and_quotes_no_content(source, event, told):
    with pytest.raises(DocumentError) as caught:
        made(source, event=event)

    assert str(caught.value) == told
