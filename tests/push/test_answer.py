"""An answer keeps what decides, and nothing that could be content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.push.answer import answered


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b'{"status_code": 0}', 0, id="zero"),
        pytest.param(b'{"status_code": 2051, "job_id": "x"}', 2051, id="number"),
        pytest.param(b'{"StatusCode": "1"}', 1, id="text, as the SOAP twin spells it"),
        pytest.param(b'{"status_code": 1.0}', 1, id="whole float"),
        pytest.param(b'{"status_code": true}', None, id="boolean"),
        pytest.param(b'{"status_code": "+41 79"}', None, id="not a number"),
        pytest.param(b'{"status_code": null}', None, id="null"),
        pytest.param(b"[1]", None, id="list"),
        pytest.param(b"[" * 60_000, None, id="nested too deeply"),
        pytest.param(b'{"status_code": ' + b"9" * 5000 + b"}", None, id="number too long"),
        pytest.param(b"\xff\xfe", None, id="not UTF-8"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_the_status_code_is_read_from_a_json_object(body, code):
    assert answered(200, {}, body).code == code


@pytest.mark.parametrize(
    ("kind", "body", "media"),
    [
        pytest.param("application/json; charset=utf-8", b"{}", "JSON", id="JSON"),
        pytest.param("text/html", b"Welcome", "HTML", id="HTML by type"),
        pytest.param("application/json", b"\n <!DOCTYPE html><p>", "HTML", id="HTML by its look"),
        pytest.param("application/x-ann-meyer", b"x", "another content type", id="unknown type"),
        pytest.param("", b"x", "no content type", id="none"),
    ],
)
def test_the_kind_of_a_body_is_one_of_a_few_words(kind, body, media):
    assert answered(200, {"content-type": kind}, body).media == media


def test_a_number_as_long_as_a_telephone_number_is_not_shown():
    assert answered(400, {}, b'{"status_code": 41790000000}').detail == (
        "HTTP 400, a status code out of range, no content type, 28 bytes"
    )


@pytest.mark.parametrize(
    ("location", "place"),
    [
        pytest.param("https://Login.Example:8443/x?user=ann#y", "login.example", id="host only"),
        pytest.param("https://ann:pw@login.example/", None, id="with a password"),
        pytest.param("/login?user=ann", None, id="relative"),
        pytest.param("https://ann@acme.example", None, id="address"),
        pytest.param("", None, id="none"),
    ],
)
def test_of_a_redirect_only_the_host_is_kept(location, place):
    assert answered(302, {"location": location}, b"").place == place


@given(st.integers(100, 999), st.text(), st.text(), st.text(min_size=4), st.text())
def test_no_piece_of_an_answer_reaches_its_detail(status, kind, retry, secret, location):
    """Whatever the gateway says, the line is made of fixed words and numbers."""
    body = f'{{"status_message": "{secret}", "status_code": 7}}'.encode(errors="replace")
    plain = answered(status, {}, b"x" * len(body)).detail
    told = answered(status, {"content-type": kind + secret, "retry-after": retry, "location": location}, body).detail

    assert told.replace(", status code 7", "").replace("another content type", "no content type") == plain
