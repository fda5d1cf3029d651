"""The event as it leaves the machine: the same JSON that the standard library would write."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.model.event import cloud_event
from otpushd.routing.route import event_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(value=JSON)
def test_it_says_what_the_standard_library_says(event, value):
    """Numbers of any size, texts of any characters, and nesting come through; meta as far as it is exposed."""
    found = event(odd=value, meta={"a": value})
    assert json.loads(event_json(found, ["meta.a"])) == json.loads(json.dumps(cloud_event(found, ["meta.a"])))


def test_what_json_lacks_is_null_and_what_utf8_lacks_is_replaced(event):
    """In place, and nothing around it is lost."""
    found = event(odd={"n": float("nan"), "s": "a\ud800b", "k": 1}, annotator="ann")
    data = json.loads(event_json(found, []))["data"]
    assert (data["odd"], data["annotator"]) == ({"n": None, "s": "a?b", "k": 1}, "ann")
