"""How far a gateway can be reached, without signing in and without sending anything to anybody.

Asks HEAD of the base URL's own path, for nothing but the Date header that any HTTP server answers with (RFC 9110).
"""

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from otpushd import __version__
from otpushd.push.certificate import Certificate, decoded, presented
from otpushd.push.surroundings import SurroundingsError, proxy_of, trust
from otpushd.push.target import Target
from otpushd.push.way import Stage, Stopped, Way, connect, secure

SECONDS = 2.5
"""For each step: what hangs is to be named before the reader gives up."""
_WORDS = {
    "WRONG_VERSION_NUMBER": "what answers there does not speak TLS",
    "UNEXPECTED_EOF_WHILE_READING": "the connection was closed in the handshake",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """`why` says in fixed words why it went no further; `code` is OpenSSL's verify code, 0 where it was not that.

    `proxy` is host:port. `ahead` is the gateway's clock minus ours, to a second; `took` the time of one answer.
    """

    host: str
    stage: Stage
    why: str = ""
    code: int = 0
    proxy: str | None = None
    certificate: Certificate | None = None
    ahead: timedelta | None = None
    took: timedelta | None = None


def reach(target: Target, environ: Mapping[str, str], seconds: float = SECONDS) -> Reached:
    """Go as far as the daemon would get, with the same trust and the same proxy. Blocking."""
    try:
        proxy, tls = proxy_of(target, environ), trust(environ) if target.secure else None
    except SurroundingsError as error:
        return Reached(target.host, Stage.SURROUNDINGS, str(error))
    way = Way(target, proxy, seconds)
    reached = Reached(target.host, Stage.HTTP, proxy=way.via)
    try:
        with closing(connect(way)) as plain, closing(secure(way, plain, tls) if tls else plain) as channel:
            if isinstance(channel, ssl.SSLSocket):
                reached = replace(reached, certificate=decoded(channel.getpeercert()))
            return _asked(way, channel, reached)
    except ssl.SSLCertVerificationError as error:
        return replace(reached, stage=Stage.TLS, code=error.verify_code, certificate=presented(way))
    except ssl.SSLError as error:
        # OpenSSL's name for it is a fixed word.
        return replace(
            reached, stage=Stage.TLS, why=_WORDS.get(error.reason or "", f"OpenSSL says {error.reason or 'nothing'}")
        )
    except Stopped as error:
        return replace(reached, stage=error.stage, why=error.why)


def _asked(way: Way, channel: socket.socket, reached: Reached) -> Reached:
    """Whatever status comes back, its Date tells the gateway's clock."""
    asking = HTTPConnection(way.target.host, way.port)
    asking.sock = channel
    in_clear = way.proxy is not None and not way.target.secure  # a proxy then wants to see the whole URL
    path = (way.target.url if in_clear else urlsplit(way.target.url).path) or "/"
    headers = {"User-Agent": f"otpushd/{__version__}", "Connection": "close", **(way.sign_in if in_clear else {})}
    before, begun = datetime.now(UTC), time.perf_counter()
    try:
        asking.request("HEAD", path, headers=headers)
        date = asking.getresponse().headers.get("Date", "")
    except (OSError, HTTPException) as error:
        return replace(reached, why="no answer" if isinstance(error, TimeoutError) else "what came is no HTTP answer")
    took = timedelta(seconds=time.perf_counter() - begun)
    theirs = _instant(date)
    ahead = None if theirs is None else theirs - (before + took / 2)
    return replace(reached, stage=Stage.ANSWER, ahead=ahead, took=took)


def _instant(date: str) -> datetime | None:
    """The middle of the second that a Date header names."""
    try:
        found = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)) + timedelta(milliseconds=500)
