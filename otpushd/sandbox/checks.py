"""The checks that the contract asks of a push gateway (opentext-openapi.yaml, submitPushDocument, x-simulator). Pure.

A submission is taken only if every check holds; the first one that fails decides the answer.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otpushd.sandbox.json_text import read_json
from otpushd.sandbox.refusal import Refusal, unauthorized

MEMBERS = ("domain", "filename", "data")
STANDARD = re.compile(r"[A-Za-z0-9+/]*={0,2}")
URL_SAFE = re.compile(r"[A-Za-z0-9_-]*={0,2}")

DocumentProblem = Callable[[Any], str | None]
"""Given the decoded document: why the operator's JSON Schema refuses it, or None."""


def _no_schema(_document: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ParserRules:
    """What one account may submit. `budget` is the most bytes that `data` may decode to."""

    domains: frozenset[str] = frozenset({"MR"})
    budget: int = 262_144
    document_problem: DocumentProblem = _no_schema


@dataclass(frozen=True, slots=True)
class Submission:
    """A push request as far as it could be read. `refusal` is None where it is taken."""

    domain: str | None = None
    filename: str | None = None
    document: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    refusal: Refusal | None = None


def check_credentials(
    authorization: Sequence[str], accounts: Mapping[str, str], bearer_is_valid: Callable[[str], bool]
) -> Refusal | None:
    """None if there is exactly one Authorization header with a known Basic pair or a token that is still valid."""
    if len(authorization) != 1:
        return unauthorized("send exactly one Authorization header, with Basic or Bearer credentials")
    scheme, _, value = authorization[0].strip().partition(" ")
    if scheme.lower() == "bearer":
        known = bearer_is_valid(value.strip())
        return None if known else unauthorized("this bearer token is unknown or has expired")
    if scheme.lower() == "basic":
        pair = read_basic(value.strip())
        known = pair is not None and knows(accounts, *pair)
        return None if known else unauthorized("this user and password are not in the sandbox's table")
    return unauthorized("the Authorization scheme must be Basic or Bearer")


def read_basic(value: str) -> tuple[str, str] | None:
    """User and password from the part after `Basic `, or None where it is not base64 of UTF-8 `user:password`."""
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def knows(table: Mapping[str, str], name: str, secret: str) -> bool:
    """Whether `table` gives `name` this secret, in a time that does not tell how much of it was right."""
    expected = table.get(name, "").encode("utf-8", "surrogatepass")
    return hmac.compare_digest(expected, secret.encode("utf-8", "surrogatepass")) and name in table


def check_media_type(content_types: Sequence[str], encodings: Sequence[str]) -> Refusal | None:
    """None for one `application/json`, in UTF-8 and with no content encoding: the contract knows nothing else."""
    if len(content_types) != 1:
        return Refusal(400, "send exactly one Content-Type header: application/json")
    essence, *parameters = (part.strip().lower() for part in content_types[0].split(";"))
    if essence != "application/json":
        return Refusal(400, "Content-Type must be application/json")
    if any(part not in ("", "charset=utf-8", 'charset="utf-8"') for part in parameters):
        return Refusal(400, "Content-Type may carry no parameter but charset=utf-8")
    if any(encoding.strip().lower() != "identity" for encoding in encodings):
        return Refusal(400, "the contract knows no Content-Encoding")
    return None


def check_submission(body: bytes, rules: ParserRules) -> Submission:
    """The submission in `body`, with its refusal if a check of the envelope or of the document fails."""
    try:
        envelope = read_json(body)
    except ValueError as error:
        return Submission(refusal=Refusal(400, f"the body is not a good JSON document: {error}"))
    problem = _envelope_problem(envelope)
    if problem is not None:
        return Submission(refusal=Refusal(400, problem))
    domain, filename = envelope["domain"], envelope["filename"]
    if domain not in rules.domains:
        allowed = ", ".join(sorted(rules.domains))
        return Submission(
            domain, filename, refusal=Refusal(400, f"this domain is not allowed here; allowed: {allowed}")
        )
    document, warnings, refusal = _decode(envelope["data"], rules)
    return Submission(domain, filename, document, warnings, refusal)


def _envelope_problem(envelope: Any) -> str | None:
    if not isinstance(envelope, dict):
        return "the body must be a JSON object"
    for member in MEMBERS:
        if member not in envelope:
            return f"the member {member} is missing"
        if not isinstance(envelope[member], str):
            return f"the member {member} must be a string"
    if not envelope["filename"]:
        return "the member filename must not be empty"
    extra = len(envelope.keys() - set(MEMBERS))
    return f"only domain, filename and data are members of the contract; {extra} more came" if extra else None


def _decode(data: str, rules: ParserRules) -> tuple[dict[str, Any] | None, tuple[str, ...], Refusal | None]:
    warnings: tuple[str, ...] = ()
    if URL_SAFE.fullmatch(data) and not STANDARD.fullmatch(data):
        warnings = ("data uses the URL-safe base64 alphabet; the contract names the standard one",)
        data = data.replace("-", "+").replace("_", "/")
    if not STANDARD.fullmatch(data) or len(data) % 4:
        return None, warnings, Refusal(400, "data is not standard padded base64 on one line")
    try:
        raw = base64.b64decode(data, validate=True)
    except binascii.Error:
        return None, warnings, Refusal(400, "data is not standard padded base64 on one line")
    if len(raw) > rules.budget:
        reason = f"data decodes to {len(raw)} bytes; the budget is {rules.budget}"
        return None, warnings, Refusal(413, reason)
    try:
        document = read_json(raw)
    except ValueError as error:
        return None, warnings, Refusal(400, f"the file in data is not a good JSON document: {error}")
    if not isinstance(document, dict):
        return None, warnings, Refusal(400, "the file in data must hold a JSON object")
    problem = rules.document_problem(document)
    return document, warnings, None if problem is None else Refusal(400, problem)
