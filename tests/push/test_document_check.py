"""What is wrong with a template is found when it is loaded, with its line and the mend."""

import pytest

from otpushd.push.document_check import compiled


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param('{\n"a": "{{ titel }}"}', "t:2: unknown name 'titel'; did you mean 'title'?", id="unknown name"),
        pytest.param('{"a": "{{ recipient.adress }}"}', "has no 'adress'; did you mean 'address'?", id="unknown part"),
        pytest.param('{"a": "{{ recipient["session"] }}"}', "t:1: recipient has no 'session'", id="not for documents"),
        pytest.param('{"a": "{{ event.subjct }}"}', "did you mean 'subject'?", id="unknown attribute of the event"),
        pytest.param('{"a": "{{ title.x }}"}', "t:1: title has no parts", id="part of a text"),
        pytest.param('{"a": "{{ recipient.name.x }}"}', "t:1: recipient.name has no parts", id="part of a part"),
        pytest.param('{"a": "{{ title.__class__.__mro__ }}"}', "t:1: title has no parts", id="under the hood"),
        pytest.param('{"a": "{{ title | uper }}"}', "filter 'uper' is not allowed; did you mean 'upper'?", id="filter"),
        pytest.param('{"a": {{ title | safe }}}', "filter 'safe' is not allowed", id="unescaped"),
        pytest.param('{"a": "{{ title | center(9999999) }}"}', "filter 'center' is not allowed", id="padding"),
        pytest.param('{"a": {{ 5 | round(-999999999) }}}', "short literal arguments", id="endless rounding"),
        pytest.param('{"a": {{ 5 | round(precision=-9) }}}', "short literal arguments", id="named argument"),
        pytest.param('{"a": "{{ body | join(body) }}"}', "short literal arguments", id="squared length"),
        pytest.param('{% for x in event %}{{ x }}{% endfor %}', "t:1: loops are not allowed", id="loop"),
        pytest.param('{"a": "{{ title * 9 }}"}', "`*` is not allowed", id="repetition"),
        pytest.param('{"a": {{ 9 ** 9 }}}', "`**` is not allowed", id="power"),
        pytest.param('{"a": "{{ "%99999999d" % 1 }}"}', "`%` is not allowed", id="formatting"),
        pytest.param('{% set x = title ~ title %}{}', "`set` is not allowed", id="doubling"),
        pytest.param('{% macro m() %}{% endmacro %}{}', "`macro` is not allowed", id="macro"),
        pytest.param('{% include "/etc/passwd" %}', "`include` is not allowed", id="include"),
        pytest.param('{"a": "{{ title.ljust(99999999) }}"}', "calls are not allowed", id="call"),
        pytest.param('{"a": "{{ range(9) }}"}', "calls are not allowed", id="function"),
        pytest.param('{"a": "{{ title[:5] }}"}', "slices are not allowed", id="slice"),
        pytest.param('{"a": "{{ event.data[title] }}"}', "by a literal name or number only", id="computed name"),
        pytest.param('{"a": {{ event.data.items }}}', "not a value that JSON has", id="method of a mapping"),
        pytest.param('{"a": "{{ title', "t:1: unexpected end of template", id="open bracket"),
        pytest.param('{"a": {{ title }}}', "write {{ name }} between quotes, {{ name | tojson }} without", id="bare"),
        pytest.param('{"a": "{{ title | tojson }}"}', "does not render to JSON", id="two pairs of quotes"),
        pytest.param('{"a": {{ expires_at }}}', "does not render to JSON", id="instant without quotes"),
        pytest.param('{"a": {% if link %}1{% endif %}}', "where link and expires_at are null", id="only with a link"),
        pytest.param('{"a": 1, "a": 2}', "a key comes twice in one object", id="same key twice"),
        pytest.param('{"a": NaN}', "NaN is not a JSON number", id="not a number"),
        pytest.param('["{{ title }}"]', "not to an object in braces", id="list"),
        pytest.param("", "does not render to JSON", id="empty"),
        pytest.param("x" * 70_000, "longer than 65536 characters", id="too long"),
        pytest.param("{{" + "(" * 3000 + "1" + ")" * 3000 + "}}", "not a template that can be used", id="too deep"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_work_is_refused(source, told):
    checked = compiled(source, "t")

    assert checked.document is None
    assert told in "\n".join(checked.problems)


def test_all_problems_are_told_at_once_in_the_order_of_their_lines():
    checked = compiled('{"a": "{{ titel }}",\n"b": "{{ bodi }}",\n"c": "{{ 2 * 2 }}"}', "t")

    assert [problem.split(" ")[0] for problem in checked.problems] == ["t:1:", "t:2:", "t:3:"]


@pytest.mark.parametrize(
    "source",
    [
        '{"a": {{ event.data.score }}, "b": "{{ event.data.labels | join(", ") }}"}',
        '{"a": {{ event.data.x | default(0) | round(2) }}, "b": {{ event.data.n + 1 }}}',
        '{"a": "{% if event.data.score >= 0.5 and link is not none %}x{% endif %}"}',
        '{"a": "{{ event.data["a-b"].c | upper }}", "b": {{ event.data.d | tojson }}}',
        '{"a": "{{ body | truncate(100) }}", "b": "{{ event.subject }}", "c": {{ [1, link] | tojson }}}',
    ],
    ids=["kinds", "numbers", "conditions", "names", "the rest"],
)
def test_what_an_event_may_hold_is_tried_with_a_value_that_fits(source):
    assert compiled(source, "t").problems == ()
