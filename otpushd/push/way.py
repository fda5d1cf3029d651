"""The way to a gateway, step by step, for finding out where it ends: name, connection, proxy, TLS. Nothing is sent."""

import base64
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

from otpushd.push.target import Target

LONGEST_HEAD = 16_384
MOST_ADDRESSES = 3


class Stage(StrEnum):
    """Where the way ended; `ANSWER` is all the way."""

    SURROUNDINGS = "surroundings"
    NAME = "name"
    CONNECTION = "connection"
    PROXY = "proxy"
    TLS = "tls"
    HTTP = "http"
    ANSWER = "answer"


class Stopped(Exception):
    """The way ended at `stage`; `why` are fixed words."""

    def __init__(self, stage: Stage, why: str) -> None:
        super().__init__(why)
        self.stage, self.why = stage, why


@dataclass(frozen=True, slots=True)
class Way:
    """To where, through which proxy, and how many seconds each step may take, but for asking for a name."""

    target: Target
    proxy: str | None
    seconds: float

    @property
    def port(self) -> int:
        """The gateway's port."""
        return urlsplit(self.target.url).port or (443 if self.target.secure else 80)

    @property
    def via(self) -> str | None:
        """The proxy as host:port, fit to be shown."""
        return f"{_proxy(self.proxy).hostname}:{_proxy(self.proxy).port or 80}" if self.proxy else None

    @property
    def sign_in(self) -> dict[str, str]:
        """The header that the proxy wants, if its URL says who we are."""
        parts = _proxy(self.proxy or "")
        if parts.username is None:
            return {}
        account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return {"Proxy-Authorization": f"Basic {base64.b64encode(account.encode()).decode('ascii')}"}


def connect(way: Way) -> socket.socket:
    """A connection to the gateway, through the proxy if there is one. Raises Stopped."""
    if not way.proxy:
        return _open(way.target.host, way.port, way.seconds)
    proxy = _proxy(way.proxy)
    if proxy.scheme == "https":
        raise Stopped(Stage.PROXY, "it is itself reached over TLS, which doctor does not try")
    channel = _open(proxy.hostname or "", proxy.port or 80, way.seconds)
    try:
        if way.target.secure:
            _tunnel(way, channel)
    except BaseException:
        channel.close()
        raise
    return channel


def secure(way: Way, channel: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
    """TLS on a connection, which it takes over. Raises ssl.SSLError for TLS's own reasons, else Stopped."""
    try:
        return tls.wrap_socket(channel, server_hostname=way.target.host)
    except ssl.SSLError:
        raise
    except TimeoutError:
        raise Stopped(Stage.TLS, "no answer in the handshake") from None
    except (OSError, ValueError):
        raise Stopped(Stage.TLS, "the connection was closed in the handshake") from None


def _open(host: str, port: int, seconds: float) -> socket.socket:
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Stopped(Stage.NAME, host) from None
    why = "no address"
    for family, kind, protocol, _, address in places[:MOST_ADDRESSES]:
        channel = socket.socket(family, kind, protocol)
        channel.settimeout(seconds)
        try:
            channel.connect(address)
        except OSError as error:
            channel.close()
            why = "no answer" if isinstance(error, TimeoutError) else (error.strerror or "no connection").lower()
        else:
            return channel
    raise Stopped(Stage.CONNECTION, why)


def _tunnel(way: Way, channel: socket.socket) -> None:
    host = f"[{way.target.host}]" if ":" in way.target.host else way.target.host
    headers = {"Host": f"{host}:{way.port}", **way.sign_in}
    lines = [f"CONNECT {host}:{way.port} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    head = b""
    try:
        channel.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in head and len(head) < LONGEST_HEAD:
            if not (piece := channel.recv(1)):  # a byte more would be the gateway's
                break
            head += piece
    except OSError:
        raise Stopped(Stage.PROXY, "it does not answer") from None
    status = head.partition(b" ")[2][:3]
    if not status.startswith(b"2"):
        raise Stopped(Stage.PROXY, f"it answered {status.decode()}" if status.isdigit() else "it is no HTTP proxy")


def _proxy(url: str | None) -> SplitResult:
    return urlsplit(url or "")
