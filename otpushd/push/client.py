"""One POST over httpx on aiohttp's connections, and what came of it as a value. Knows HTTP, not OpenText.

Invariant: a request is on the wire at most once. aiohttp repeats a request on a stale connection only for idempotent
methods (aiohttp.client.IDEMPOTENT_METHODS), and redirects are not followed.
"""

import asyncio
import errno
import ssl
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from otpushd.push.answer import Answer, NotSent, Unanswered, answered

LARGEST_ANSWER = 65_536
KEEP_ALIVE = 180.0
"""Seconds that an idle connection is kept.

A new TLS connection costs 6 ms, and some networks forget one silently after 4 minutes."""

_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_WIRE = (httpx.HTTPError, aiohttp.ClientError, OSError)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each stage of a request. `pool` covers waiting for a connection and making one, names included."""

    connect: float = 10.0
    read: float = 30.0
    write: float = 10.0
    pool: float = 15.0

    @property
    def whole(self) -> float:
        """The most a request may take: aiohttp has no write time-out, and an answer may trickle for ever."""
        return self.pool + self.write + 2 * self.read


_connections: ContextVar[list[bool]] = ContextVar("connections")
"""What the connection pool tells the request under way; each `post` has a list of its own."""


class Wordless(httpx.AsyncBaseTransport):
    """Drops the reason phrase of an answer: httpx logs it, and a gateway could write our request into it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        response.extensions.pop("reason_phrase", None)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def client(
    tls: ssl.SSLContext | None, proxy: str | None, limits: Limits, connections: int, keep_alive: float = KEEP_ALIVE
) -> httpx.AsyncClient:
    """A client with its own pool of `connections`, without cookies, redirects, netrc or further environment.

    `tls` is None where only clear HTTP is spoken. Needs no running loop; the pool is made by the first request.
    """

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=keep_alive, ssl=tls or True)
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(_note_connection)
        trace.on_connection_reuseconn.append(_note_connection)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trace_configs=[trace])

    transport = AiohttpTransport(
        verify=tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        proxy=httpx.Proxy(proxy) if proxy else None,
        client=session,
    )
    return httpx.AsyncClient(
        transport=Wordless(transport),
        timeout=httpx.Timeout(connect=limits.connect, read=limits.read, write=limits.write, pool=limits.pool),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


async def _note_connection(*_: object) -> None:
    """aiohttp calls it in the requesting task once there is a connection, new or kept alive."""
    _connections.get().append(True)


async def post(client: httpx.AsyncClient, url: str, headers: dict[str, str], body: bytes, limits: Limits) -> Answer:
    """Send once and say what happened. Raises only bugs, and CancelledError once the request may be on its way.

    A 2xx whose body breaks off is no usable answer; any other status stands without its body. Without a connection
    nothing was sent, whatever ended the wait for one: a stop during a dead name server must not count as a silence.
    """
    connections: list[bool] = []
    _connections.set(connections)
    request = client.build_request("POST", url, headers=headers, content=body)
    response: httpx.Response | None = None
    content = b""
    try:
        async with asyncio.timeout(limits.whole):
            response = await client.send(request, stream=True)
            content = await _beginning(response)
    except asyncio.CancelledError:
        if connections:
            raise
        return NotSent("not sent: stopped before there was a connection")
    except _WIRE as error:
        if response is None or response.is_success:
            what = failed(error)
            return what if connections or isinstance(what, NotSent) else NotSent("not sent: no connection in time")
    finally:
        if response is not None:
            with suppress(*_WIRE):
                await response.aclose()
    return answered(response.status_code, {name.lower(): value for name, value in response.headers.items()}, content)


def failed(error: Exception) -> NotSent | Unanswered:
    """Which side of the wire an exception fell on.

    httpx-aiohttp 0.2.0 raises ConnectTimeout for a server that disconnects after the request (its map has
    ClientConnectionError there), so aiohttp's own exception decides and httpx's is only a wrapping.
    """
    cause = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    if isinstance(cause, _NEVER_SENT):
        return NotSent(f"not sent: {_why_not_sent(cause)}")
    return Unanswered(f"no answer: {_why_unanswered(cause)}")


async def _beginning(response: httpx.Response) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) >= LARGEST_ANSWER:
            break
    return bytes(content[:LARGEST_ANSWER])


def _why_not_sent(cause: BaseException) -> str:
    match cause:
        case aiohttp.ConnectionTimeoutError():
            return "no connection in time"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy cannot be reached ({_errno(cause)})"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answered {cause.status}"
        case aiohttp.ClientConnectorCertificateError():
            return f"the gateway's certificate is not trusted ({_certificate(cause.certificate_error)})"
        case aiohttp.ClientConnectorSSLError():
            return "TLS failed"
        case aiohttp.ClientConnectorDNSError():
            return "the gateway's name is not known"
        case aiohttp.ClientConnectorError():
            return _errno(cause)
        case _:
            return "the address is not one that HTTP can use"


def _why_unanswered(cause: BaseException) -> str:
    match cause:
        case aiohttp.ServerDisconnectedError():
            return "the gateway closed the connection"
        case TimeoutError():
            return "not in time"
        case aiohttp.ClientPayloadError() | httpx.DecodingError():
            return "its body broke off"
        case aiohttp.ClientResponseError():
            return "what came is not HTTP"
        case OSError():
            return _errno(cause)
        case _:
            return "the connection was lost"


def _errno(cause: OSError) -> str:
    number = cause.errno
    known = {errno.ECONNREFUSED: "connection refused", errno.ECONNRESET: "connection reset"}
    return known.get(number or 0) or errno.errorcode.get(number or 0, "connection failed")


def _certificate(error: Exception) -> str:
    # OpenSSL's words for a verify code are fixed; its longer message quotes host names.
    code = getattr(error, "verify_code", 0)
    known = {
        10: "expired",
        18: "self-signed",
        19: "self-signed in its chain",
        20: "unknown issuer",
        62: "another host's name",
    }
    return known.get(code, f"verify code {code}")
