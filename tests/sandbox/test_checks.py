"""Each check of the contract refuses what it should, with the status that the contract names, and quotes no content."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.sandbox.checks import ParserRules, check_credentials, check_media_type, check_submission
from otpushd.sandbox.document_schema import document_checker

RULES = ParserRules()


def body(**changed: object) -> bytes:
    members = {"domain": "MR", "filename": "a.json", "data": encoded(b'{"title": "Hello"}')} | changed
    return json.dumps({name: value for name, value in members.items() if value is not ...}).encode()


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def basic(pair: str) -> str:
    return "Basic " + encoded(pair.encode())


def test_a_submission_as_the_contract_shows_it_is_taken() -> None:
    """The sample of the contract, with a document inside."""
    taken = check_submission(body(), RULES)
    assert taken.refusal is None
    assert (taken.domain, taken.filename, taken.document, taken.warnings) == ("MR", "a.json", {"title": "Hello"}, ())


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        pytest.param(b"", 400, "not JSON", id="empty body"),
        pytest.param(b"domain=MR", 400, "not JSON", id="form body"),
        pytest.param(b'{"domain": "\xff"}', 400, "not UTF-8", id="body in Latin-1"),
        pytest.param(b"\xef\xbb\xbf" + body(), 400, "BOM", id="byte order mark"),
        pytest.param(body()[:-1], 400, "not JSON", id="body cut off"),
        pytest.param(body() + b"{}", 400, "Extra data", id="two bodies"),
        pytest.param(b"[1]", 400, "JSON object", id="list"),
        pytest.param(b'{"domain": "MR", "domain": "MR"}', 400, "twice", id="member twice"),
        pytest.param(b"[" * 50_000, 400, "deeper", id="nested beyond the parser"),
        pytest.param(b"9" * 5000, 400, "", id="number beyond the parser"),
        pytest.param(body(domain=...), 400, "domain is missing", id="no domain"),
        pytest.param(body(filename=...), 400, "filename is missing", id="no filename"),
        pytest.param(body(data=...), 400, "data is missing", id="no data"),
        pytest.param(body(domain=None), 400, "domain must be a string", id="domain null"),
        pytest.param(body(filename=7), 400, "filename must be a string", id="filename a number"),
        pytest.param(body(data={}), 400, "data must be a string", id="data an object"),
        pytest.param(body(filename=""), 400, "must not be empty", id="filename empty"),
        pytest.param(body(name="app"), 400, "1 more", id="extra member"),
        pytest.param(body(domain="XDDS"), 400, "allowed: MR", id="domain not allowed"),
        pytest.param(body(data="eyJ9"[:3]), 400, "padded base64", id="padding left out"),
        pytest.param(body(data="e30="[:2] + "\n0="), 400, "padded base64", id="line break in base64"),
        pytest.param(body(data="{}"), 400, "padded base64", id="data not encoded"),
        pytest.param(body(data="e+0_"), 400, "padded base64", id="alphabets mixed"),
        pytest.param(body(data="===="), 400, "padded base64", id="padding alone"),
        pytest.param(body(data=""), 400, "not JSON", id="document empty"),
        pytest.param(body(data=encoded(b"\xff")), 400, "not UTF-8", id="document not UTF-8"),
        pytest.param(body(data=encoded(b"hello")), 400, "not JSON", id="document not JSON"),
        pytest.param(body(data=encoded(b'{"a": NaN}')), 400, "NaN", id="document with NaN"),
        pytest.param(body(data=encoded(b"[]")), 400, "JSON object", id="document a list"),
        pytest.param(body(data=encoded(b'{"a":' * 101 + b"1" + b"}" * 101)), 400, "deeper", id="document too deep"),
        pytest.param(body(data=encoded(b" " * 262_145)), 413, "budget is 262144", id="document over the budget"),
    ],
)
def test_a_submission_is_refused(raw: bytes, status: int, reason: str) -> None:
    """One case for each way to be wrong."""
    refusal = check_submission(raw, RULES).refusal
    assert refusal is not None
    assert refusal.status == status
    assert reason in refusal.reason


def test_a_document_of_exactly_the_budget_is_taken() -> None:
    """The budget counts decoded bytes and includes its end."""
    document = b'{"a": "' + b"x" * (262_144 - 9) + b'"}'
    assert check_submission(body(data=encoded(document)), RULES).refusal is None


def test_the_url_safe_alphabet_is_taken_with_a_warning() -> None:
    """A client of the SOAP ancestor sent it, so a real gateway may take it; a sender should not rely on that."""
    data = base64.urlsafe_b64encode(b'{"a": "\xc3\xbf\xc3\xbf>>>???"}').decode()
    taken = check_submission(body(data=data), RULES)
    assert "-" in data or "_" in data
    assert taken.refusal is None
    assert taken.document == {"a": "ÿÿ>>>???"}
    assert "URL-safe" in taken.warnings[0]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_body_brings_the_checks_down(raw: bytes) -> None:
    """Whatever comes in, the answer is a submission, with or without a refusal."""
    submission = check_submission(raw, RULES)
    assert submission.refusal is not None or submission.document is not None


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5))
def test_every_json_object_within_the_budget_is_taken_unchanged(document: dict[str, object]) -> None:
    """What a sender encodes, the sandbox decodes."""
    data = encoded(json.dumps(document).encode())
    assert check_submission(body(data=data), RULES).document == document


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="none"),
        pytest.param([basic("u:p"), "Bearer good"], id="both"),
        pytest.param([basic("u:p"), basic("u:p")], id="the same twice"),
        pytest.param([basic("u:wrong")], id="wrong password"),
        pytest.param([basic("nobody:p")], id="unknown user"),
        pytest.param([basic("nobody:")], id="unknown user, empty password"),
        pytest.param([basic("u")], id="no colon"),
        pytest.param(["Basic u:p"], id="not encoded"),
        pytest.param(["Basic"], id="scheme alone"),
        pytest.param(["Bearer bad"], id="unknown token"),
        pytest.param(["Digest username=u"], id="another scheme"),
    ],
)
def test_credentials_are_refused(headers: list[str]) -> None:
    """Exactly one known Basic pair or valid token, else 401 with both challenges and without what was sent."""
    refusal = check_credentials(headers, {"u": "p"}, lambda token: token == "good")
    assert refusal is not None
    assert refusal.status == 401
    assert [challenge.split()[0] for challenge in refusal.challenges] == ["Basic", "Bearer"]
    assert "wrong" not in refusal.reason


@pytest.mark.parametrize("header", [basic("u:p"), "bearer good", "basic " + encoded(b"u:p")])
def test_credentials_are_taken(header: str) -> None:
    """The scheme's name is case-insensitive (RFC 9110, section 11.1)."""
    assert check_credentials([header], {"u": "p"}, lambda token: token == "good") is None


@pytest.mark.parametrize("value", ["application/json", "Application/JSON; charset=UTF-8"])
def test_the_media_type_is_taken(value: str) -> None:
    """Names are case-insensitive, and UTF-8 may be said."""
    assert check_media_type([value], []) is None


@pytest.mark.parametrize(
    ("types", "encodings"),
    [
        pytest.param([], [], id="none"),
        pytest.param(["text/plain"], [], id="another"),
        pytest.param(["application/json; charset=latin-1"], [], id="another charset"),
        pytest.param(["application/json", "application/json"], [], id="twice"),
        pytest.param(["application/json"], ["gzip"], id="compressed"),
    ],
)
def test_the_media_type_is_refused(types: list[str], encodings: list[str]) -> None:
    """Anything but plain application/json is a 400."""
    refusal = check_media_type(types, encodings)
    assert refusal is not None
    assert refusal.status == 400


def test_the_operators_schema_refuses_by_place_and_never_by_content() -> None:
    """The answer goes into the sender's log, where annotators' content must not appear."""
    schema = {"properties": {"title": {"maxLength": 3}, "to": {"type": "string"}}, "required": ["to"]}
    rules = ParserRules(document_problem=document_checker(schema))
    refused = check_submission(body(data=encoded(b'{"title": "private words"}')), rules)
    assert refused.refusal is not None
    assert refused.refusal.status == 400
    assert "maxLength at /title" in refused.refusal.reason
    assert "private" not in refused.refusal.reason


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "objekt"}, id="no JSON Schema"),
        pytest.param({"$ref": "http://127.0.0.1:9/schema"}, id="refers elsewhere"),
        pytest.param({"$ref": "file:///etc/hostname"}, id="refers to a file"),
        pytest.param([], id="a list"),
    ],
)
def test_an_unusable_schema_is_refused_and_nothing_is_fetched(schema: object) -> None:
    """A sandbox that quietly checks nothing would be worse than none."""
    with pytest.raises(ValueError, match="not a usable JSON Schema"):
        document_checker(schema)


def test_a_document_that_the_schema_library_cannot_take_is_refused() -> None:
    """A lone surrogate is JSON, but no text: the checker's library raises where others say no."""
    rules = ParserRules(document_problem=document_checker({"properties": {"a": {"maxLength": 2}}}))
    refusal = check_submission(body(data=encoded(b'{"\\ud800": 1}')), rules).refusal
    assert refusal is not None
    assert "cannot be checked" in refusal.reason
