"""Token issuing as OpenText Cloud Platform and OTDS do it: requests are judged purely, tokens live in one table.

Two rules stand above all: client credentials come in exactly one way, and no refusal says which half was wrong.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from otpushd.sandbox.checks import knows, read_basic
from otpushd.sandbox.refusal import CHALLENGES


class Style(StrEnum):
    """How a token endpoint wants to be asked (opentext.md, section 1.3)."""

    OCP_FORM = "form body, client id and secret as Basic"
    OCP_JSON = "JSON body with client id and secret, no Authorization"
    OTDS_FORM = "form body with client id and secret, or with user name and password"


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """An OAuth error (RFC 6749, section 5.2). `challenges` become WWW-Authenticate headers."""

    status: int
    error: str
    description: str
    challenges: tuple[str, ...] = ()

    def body(self) -> dict[str, str]:
        """The schema OAuthError."""
        return {"error": self.error, "error_description": self.description}


def check_token_request(
    style: Style,
    members: Sequence[tuple[str, Any]],
    authorization: Sequence[str],
    clients: Mapping[str, str],
    accounts: Mapping[str, str],
) -> TokenRefusal | None:
    """None where a token may be issued. `members` are the body's pairs in order, repeats included."""
    body = dict(members)
    if len(body) != len(members):
        return TokenRefusal(400, "invalid_request", "a parameter came twice")
    if not isinstance(body.get("grant_type"), str) or not body["grant_type"]:
        return TokenRefusal(400, "invalid_request", "grant_type is missing")
    grants = ("client_credentials", "password") if style is Style.OTDS_FORM else ("client_credentials",)
    if body["grant_type"] not in grants:
        return TokenRefusal(400, "unsupported_grant_type", f"grant_type must be {' or '.join(grants)}")
    if style is Style.OCP_FORM:
        return _check_basic(body, authorization, clients)
    if authorization:
        return TokenRefusal(400, "invalid_request", f"this style takes no Authorization header: {style}")
    if body["grant_type"] == "password":
        return _check_pair(body, "username", "password", accounts, "invalid_grant")
    return _check_pair(body, "client_id", "client_secret", clients, "invalid_client")


def _check_basic(
    body: Mapping[str, Any], authorization: Sequence[str], clients: Mapping[str, str]
) -> TokenRefusal | None:
    if "client_secret" in body:
        return TokenRefusal(400, "invalid_request", f"the secret belongs into one place: {Style.OCP_FORM}")
    refused = TokenRefusal(401, "invalid_client", f"client id or secret refused; {Style.OCP_FORM}", CHALLENGES[:1])
    if len(authorization) != 1:
        return refused
    scheme, _, value = authorization[0].strip().partition(" ")
    pair = read_basic(value.strip()) if scheme.lower() == "basic" else None
    return None if pair is not None and knows(clients, *pair) else refused


def _check_pair(
    body: Mapping[str, Any], name: str, secret: str, table: Mapping[str, str], error: str
) -> TokenRefusal | None:
    if not isinstance(body.get(name), str) or not isinstance(body.get(secret), str):
        return TokenRefusal(400, "invalid_request", f"{name} and {secret} must be given as strings")
    if knows(table, body[name], body[secret]):
        return None
    # RFC 6749 section 5.2 answers invalid_grant with 400; only a refused client is 401.
    return TokenRefusal(400 if error == "invalid_grant" else 401, error, f"{name} or {secret} refused")


@dataclass(slots=True)
class TokenTable:
    """Tokens that were issued, kept as digests only. `random` makes a fresh secret string on every call."""

    lifetime: timedelta
    random: Callable[[], str]
    _expiry: dict[bytes, datetime] = field(default_factory=dict, repr=False)

    def issue(self, now: datetime) -> dict[str, Any]:
        """The schema TokenResponse with a new token, valid from `now` for the table's lifetime."""
        self._expiry = {digest: end for digest, end in self._expiry.items() if end > now}
        token = self.random()
        self._expiry[_digest(token)] = now + self.lifetime
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(self.lifetime.total_seconds())}

    def is_valid(self, token: str, now: datetime) -> bool:
        """Whether `token` was issued here and has not expired at `now`."""
        end = self._expiry.get(_digest(token))
        return end is not None and now < end


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
