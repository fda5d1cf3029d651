"""The channel `opentext-push`: OpenText Push Notifications for Cloud Messaging (opentext.md section 1.1).

Envelope, path and authentication are fixed here; the JSON request file inside is the operator's template.
Invariant: the same message is the same bytes with the same id, over retries and restarts.
"""

import base64
import contextlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic.json_schema import SkipJsonSchema

from otpushd import __version__
from otpushd.files.duration import Duration
from otpushd.files.secret import Secret, SecretUnreadable
from otpushd.model.delivery import Message
from otpushd.push.answer import Answer, Answered, NotSent, Unsendable
from otpushd.push.budget import BUDGET, Fitted, fit
from otpushd.push.client import Limits, client, post
from otpushd.push.document import Document, DocumentError
from otpushd.push.document_load import EXAMPLE, read_document
from otpushd.push.sender import Sender
from otpushd.push.surroundings import SurroundingsError, proxy_of, trust
from otpushd.push.target import OURS, target

_ENVELOPE = json.JSONEncoder(separators=(",", ":"), sort_keys=True)


def _base_url(value: str) -> str:
    return target(value).url


def _later(what: str) -> BeforeValidator:
    def refuse(value: Any) -> None:
        raise ValueError(what)

    return BeforeValidator(refuse)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)


class Basic(_Frozen):
    """HTTP Basic: the account's user and password at OpenText, each a secret or a text."""

    user: Secret
    password: Secret


class Auth(_Frozen):
    """How to sign in: Basic only. For push no source says that a bearer token is taken (opentext.md section 1.1)."""

    basic: Basic
    oauth2: SkipJsonSchema[
        Annotated[None, _later("`oauth2` is not supported for push: OpenText does not say it takes one; use `basic`")]
    ] = None


class Timeouts(_Frozen):
    """For each stage of one request; `pool` covers waiting for a connection and making it."""

    connect: Duration = timedelta(seconds=10)
    read: Duration = timedelta(seconds=30)
    write: Duration = timedelta(seconds=10)
    pool: Duration = timedelta(seconds=15)

    @field_validator("connect", "read", "write", "pool")
    @classmethod
    def _sensible(cls, value: timedelta) -> timedelta:
        # A request then takes four minutes at most (client.Limits.whole), less than the lease of a claim.
        if not timedelta(0) < value <= timedelta(minutes=1):
            raise ValueError("a time-out is more than 0 s and at most 1m")
        return value

    @property
    def limits(self) -> Limits:
        """The same in seconds."""
        return Limits(*(one.total_seconds() for one in (self.connect, self.read, self.write, self.pool)))


class OpentextPushSettings(_Frozen):
    """One channel of kind `opentext-push` in the configuration. Paths are relative to its folder."""

    kind: Literal["opentext-push"]
    base_url: Annotated[str, AfterValidator(_base_url)]
    auth: Auth
    document: str | None = Field(default=None, min_length=1)
    document_schema: str | None = Field(default=None, min_length=1)
    domain: str = Field(default="MR", pattern=r"^[A-Za-z0-9._-]{1,64}$")
    allow_unverified_document: bool = False
    allow_insecure: bool = False
    concurrency: int = Field(default=32, ge=1, le=256)
    repeat_after_timeout: bool = True
    timeouts: Timeouts = Timeouts()


def problems(settings: OpentextPushSettings, folder: Path, environ: Mapping[str, str]) -> list[str]:
    """What keeps the channel from being used, one text each and all at once; empty where `connect` will succeed.

    Reads template, schema and certificates; sends nothing. `folder` is the configuration's.
    """
    return [*_of_target(settings), *_document(settings, folder)[1], *_of_surroundings(settings, environ)]


def secret_problem(settings: OpentextPushSettings, folder: Path, environ: Mapping[str, str]) -> str | None:
    """Why user or password cannot be read here and now, or None. Apart from `problems`: a sender reads them anew."""
    try:
        basic(settings.auth.basic, folder, environ)
    except SecretUnreadable as error:
        return f"auth: {error}"
    return None


def secrets(settings: OpentextPushSettings, folder: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What must never be seen in a log line; as far as it can be read."""
    found = []
    for secret in (settings.auth.basic.user, settings.auth.basic.password):
        with contextlib.suppress(SecretUnreadable):
            found.append(secret.read(environ, folder))
    return (*found, ":".join(found))


def connect(settings: OpentextPushSettings, folder: Path, environ: Mapping[str, str]) -> Sender:
    """A sender; no connection is made before its first message. Needs no running loop.

    Raises ValueError with the texts of `problems` where there are any.
    """
    found = problems(settings, folder, environ)
    document, _ = _document(settings, folder)
    if found or document is None:
        raise ValueError("; ".join(found))
    return OpentextPush(settings, folder, environ, document)


class OpentextPush:
    """Sends messages to one account. Holds the connections and, until it is refused, the account's authorization."""

    def __init__(
        self, settings: OpentextPushSettings, folder: Path, environ: Mapping[str, str], document: Document
    ) -> None:
        where = target(settings.base_url)
        proxy = proxy_of(where, environ)
        tls = trust(environ) if where.secure or (proxy or "").startswith("https:") else None
        self._settings = settings
        self._folder = folder
        self._environ = environ
        self._document = document
        self._limits = settings.timeouts.limits
        self._client = client(tls, proxy, self._limits, settings.concurrency)
        self._authorization: str | None = None

    @property
    def concurrency(self) -> int:
        """How many messages may be in flight; the pool has as many connections."""
        return self._settings.concurrency

    @property
    def repeat_after_timeout(self) -> bool:
        """For `retry.decide`."""
        return self._settings.repeat_after_timeout

    async def send(self, message: Message) -> Answer:
        """One POST. A message without a document is Unsendable, unreadable secrets are NotSent; see answer.py."""
        try:
            fitted = fit(lambda body: self._document.render(message, body), message.body)
        except DocumentError as error:
            return Unsendable(str(error))
        try:
            authorization = self._authorization or basic(self._settings.auth.basic, self._folder, self._environ)
        except SecretUnreadable as error:
            return NotSent(f"not sent: {error}")
        self._authorization = authorization
        body = envelope(message.id, fitted.document, self._settings.domain)
        answer = await post(
            self._client, self._settings.base_url + OURS, headers(message.id, authorization), body, self._limits
        )
        if isinstance(answer, Answered):
            if answer.status == 401 and self._authorization == authorization:
                # A secret that was changed on disk counts from the next try on.
                self._authorization = None
            return replace(answer, note=_note(fitted))
        return answer

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def envelope(id: str, document: bytes, domain: str) -> bytes:
    """The request's body: exactly `domain`, `filename` and `data` (ParserSubmission in opentext-openapi.yaml)."""
    content = {"data": base64.b64encode(document).decode("ascii"), "domain": domain, "filename": f"{id}.json"}
    return _ENVELOPE.encode(content).encode()


def headers(id: str, authorization: str) -> dict[str, str]:
    """The request's headers. No compressed answer is asked for, since it would only hide its size."""
    return {
        "Authorization": authorization,
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"otpushd/{__version__}",
        "X-MRA-SubmitId": id,
    }


def basic(account: Basic, folder: Path, environ: Mapping[str, str]) -> str:
    """The Authorization header of RFC 7617 in UTF-8. Raises SecretUnreadable."""
    user, password = account.user.read(environ, folder), account.password.read(environ, folder)
    if ":" in user:
        raise SecretUnreadable(f"the user ({account.user.shown}) holds a colon, which HTTP Basic does not allow")
    for name, secret, where in (("user", user, account.user), ("password", password, account.password)):
        if any(ord(character) < 32 or ord(character) == 127 for character in secret):
            raise SecretUnreadable(f"the {name} ({where.shown}) holds a line break or another control character")
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(errors="replace")).decode("ascii")


def _of_target(settings: OpentextPushSettings) -> list[str]:
    where = target(settings.base_url)
    if where.secure or where.loopback or settings.allow_insecure:
        return []
    return [
        f"base_url: plain http to {where.host} would show the password to everyone on the way; "
        "use https, or set `allow_insecure: true`"
    ]


def _document(settings: OpentextPushSettings, folder: Path) -> tuple[Document | None, list[str]]:
    path = folder / settings.document if settings.document else EXAMPLE
    schema = folder / settings.document_schema if settings.document_schema else None
    document, unverified, found = read_document(path, schema)
    if unverified and target(settings.base_url).opentext and not settings.allow_unverified_document:
        found.append(
            f"document {path.name} is the unverified example, whose layout is a guess: write the layout from "
            "OpenText's onboarding papers into a copy, or set `allow_unverified_document: true`"
        )
    return document, found


def _of_surroundings(settings: OpentextPushSettings, environ: Mapping[str, str]) -> list[str]:
    found = []
    where = target(settings.base_url)
    try:
        proxy_of(where, environ)
        if where.secure:
            trust(environ)
    except SurroundingsError as error:
        found.append(str(error))
    return found


def _note(fitted: Fitted) -> str:
    if fitted.over:
        return f"the document is {fitted.over} bytes over the {BUDGET} of a push even with an empty body"
    return f"the body was cut to keep within the {BUDGET} bytes of a push" if fitted.cut else ""
