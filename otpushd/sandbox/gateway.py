"""The OpenText operations over HTTP: push, tokens, discovery. Reads a request, asks the checks, answers, records.

Between taking a fault and recording the request nothing is awaited, so that records stand in the order of arrival.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from otpushd.sandbox import faults, token
from otpushd.sandbox.checks import Submission, check_credentials, check_media_type, check_submission
from otpushd.sandbox.journal import Journal, Outcome, Received
from otpushd.sandbox.json_text import read_json
from otpushd.sandbox.refusal import Refusal, mra_error, unauthorized
from otpushd.sandbox.settings import Settings

PAGE_IN_BETWEEN = "<!doctype html><title>Sign in</title><h1>Welcome</h1><p>Please sign in to this network.</p>\n"
FORM = "application/x-www-form-urlencoded"


class Gateway:
    """The state behind the operations: settings, journal, issued tokens, the faults still to come, the end."""

    def __init__(
        self, settings: Settings, journal: Journal, now: Callable[[], datetime], random_token: Callable[[], str]
    ) -> None:
        self.settings = settings
        self.journal = journal
        self.now = now
        self.tokens = token.TokenTable(settings.token_lifetime, random_token)
        self.pending = faults.Pending().with_more(*settings.faults)
        self.closing = asyncio.Event()
        self._jobs = 0

    async def push(self, request: web.Request) -> web.StreamResponse:
        """POST /mra/v1/utils/parser, operation submitPushDocument."""
        received, effect = self._submit(request, await request.read())
        match effect:
            case faults.Hang():
                await self.closing.wait()
                return _cut(request)
            case faults.Drop():
                return _cut(request)
            case faults.Slow(delay):
                await self._pause(delay)
            case faults.Html():
                return web.Response(text=PAGE_IN_BETWEEN, content_type="text/html")
            case faults.Status(code, retry_after):
                return refuse(_injected(code, retry_after))
        if received.submission.refusal is not None:
            return refuse(received.submission.refusal)
        return web.json_response({"job_id": received.job_id} if received.job_id else {})

    async def ocp_token(self, request: web.Request) -> web.Response:
        """POST /tenants/{tenant_id}/oauth2/token: the body's media type tells which of the two styles it is."""
        style = token.Style.OCP_JSON if request.content_type == "application/json" else token.Style.OCP_FORM
        return await self._issue(request, style)

    async def otds_token(self, request: web.Request) -> web.Response:
        """POST to one of the three OTDS token endpoints."""
        return await self._issue(request, token.Style.OTDS_FORM)

    async def discovery(self, request: web.Request) -> web.Response:
        """GET /tenants/{tenant_id}/.well-known/openid-configuration, with the address that the caller used."""
        issuer = request.url.origin() / "tenants" / request.match_info["tenant_id"]
        self.record(request, 200, Outcome.OTHER)
        return web.json_response({"issuer": str(issuer), "token_endpoint": str(issuer / "oauth2" / "token")})

    def record(self, request: web.Request, status: int, outcome: Outcome, problem: str | None = None) -> None:
        """Write down a request that is no push. Its query and body stay out: either may hold a secret."""
        self.journal.add(Received(self.now(), request.method, request.path, status, outcome, problem=problem))

    def _submit(self, request: web.Request, body: bytes) -> tuple[Received, faults.Effect | None]:
        effect, self.pending = faults.take(self.pending, self.now())
        received = self._judge(request, body)
        match effect:
            case faults.Status(code, _):
                received = _untaken(received, code)
            case faults.Html():
                received = _untaken(received, 200)
            case faults.Hang():
                received = _untaken(received, None)
            case faults.Drop():
                received = replace(received, status=None)
        if received.outcome is Outcome.ACCEPTED and self.settings.job_id:
            self._jobs += 1
            received = replace(received, job_id=f"usme-{self._jobs}")
        if effect is not None:
            received = replace(received, fault=faults.describe(effect))
        self.journal.add(received)
        return received, effect

    def _judge(self, request: web.Request, body: bytes) -> Received:
        submission = self._check(request, body)
        seen = Received(
            time=self.now(),
            method=request.method,
            path=request.path,
            status=200,
            outcome=Outcome.ACCEPTED,
            submission=submission,
            submit_id=request.headers.get("X-MRA-SubmitId"),
        )
        if submission.refusal is not None:
            refusal = submission.refusal
            return replace(seen, status=refusal.status, outcome=Outcome.REFUSED, problem=refusal.reason)
        filename = submission.filename or ""
        times = self.journal.times(filename) + 1
        if times > 1 and self.settings.dedupe_by_filename:
            return replace(seen, outcome=Outcome.REPEAT, times=times, job_id=self.journal.job_of(filename))
        return replace(seen, times=times)

    def _check(self, request: web.Request, body: bytes) -> Submission:
        headers = request.headers
        refusal = check_credentials(
            headers.getall("Authorization", []),
            self.settings.accounts,
            lambda value: self.tokens.is_valid(value, self.now()),
        )
        if refusal is None and request.query_string:
            refusal = Refusal(400, "this operation takes no query")
        if refusal is None:
            refusal = check_media_type(headers.getall("Content-Type", []), headers.getall("Content-Encoding", []))
        if refusal is not None:
            return Submission(refusal=refusal)
        return check_submission(body, self.settings.parser)

    async def _pause(self, delay: timedelta) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), delay.total_seconds())
        except TimeoutError:
            return

    async def _issue(self, request: web.Request, style: token.Style) -> web.Response:
        try:
            members = _members(request.content_type, await request.read(), style)
        except ValueError as error:
            problem: token.TokenRefusal | None = token.TokenRefusal(400, "invalid_request", str(error))
        else:
            given = request.headers.getall("Authorization", [])
            problem = token.check_token_request(style, members, given, self.settings.clients, self.settings.accounts)
        no_store = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, section 5.1
        if problem is None:
            self.record(request, 200, Outcome.TOKEN)
            return web.json_response(self.tokens.issue(self.now()), headers=no_store)
        self.record(request, problem.status, Outcome.REFUSED, problem.description)
        answer = web.json_response(problem.body(), status=problem.status, headers=no_store)
        for challenge in problem.challenges:
            answer.headers.add("WWW-Authenticate", challenge)
        return answer


def refuse(refusal: Refusal) -> web.Response:
    """The refusal as an answer with the schema MraError."""
    answer = web.json_response(mra_error(refusal.status, refusal.reason), status=refusal.status)
    answer.headers.update(refusal.headers)
    for challenge in refusal.challenges:
        answer.headers.add("WWW-Authenticate", challenge)
    return answer


def _untaken(received: Received, status: int | None) -> Received:
    return replace(received, status=status, outcome=Outcome.FAULT, problem=None, times=None, job_id=None)


def _injected(code: int, retry_after: str | None) -> Refusal:
    challenges = unauthorized("").challenges if code == 401 else ()
    return Refusal(code, "injected fault", challenges, {} if retry_after is None else {"Retry-After": retry_after})


def _cut(request: web.Request) -> web.Response:
    # aiohttp finds the transport closing and sends nothing of this response.
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _members(content_type: str, raw: bytes, style: token.Style) -> list[tuple[str, Any]]:
    if style is token.Style.OCP_JSON:
        body = read_json(raw)
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        return list(body.items())
    if content_type != FORM:
        raise ValueError(f"Content-Type must be {FORM}")
    return list(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))
