"""Where a channel sends: a base URL taken apart and judged. Opens nothing, asks no name server.

Invariant: the host that is judged here is, letter by letter, the host that is connected to; hence ASCII only.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*")
OURS = "/mra/v1/utils/parser"
"""The one operation of OpenText's push service (opentext.md section 1.1)."""


@dataclass(frozen=True, slots=True)
class Target:
    """`url` is the base, in normal form and without a slash at its end; `host` is lower case, without a last dot."""

    url: str
    host: str
    secure: bool

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine by its name `localhost` or by a loopback address."""
        try:
            address = ip_address(self.host)
        except ValueError:
            return self.host == "localhost"
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return (mapped or address).is_loopback

    @property
    def opentext(self) -> bool:
        """Whether the host is opentext.com or under it, whatever its letter case, port or last dot."""
        return self.host == "opentext.com" or self.host.endswith(".opentext.com")


def target(base_url: str) -> Target:
    """The target a base URL names. Raises ValueError, with the mend and without the URL, which may hold a password."""
    if not base_url.isascii():
        raise ValueError("the host and path of `base_url` are to be written in ASCII (a host as xn--…)")
    if not re.fullmatch(r"[!-~]+", base_url) or "\\" in base_url:
        raise ValueError("`base_url` holds a space, a backslash or a control character")
    try:
        parts = urlsplit(base_url)
    except ValueError:
        # Its text quotes what it stumbled over.
        raise ValueError("the host of `base_url` is not a host name or an address") from None
    if parts.scheme not in ("https", "http"):
        raise ValueError("`base_url` is to begin with https:// (or http:// for this machine)")
    if "@" in parts.netloc:
        raise ValueError("`base_url` holds a user or password; they belong under `auth: {basic: …}`")
    if "?" in base_url or "#" in base_url:
        raise ValueError("`base_url` ends with its path; leave out ? and #")
    host, port = _host_and_port(parts)
    path = parts.path.rstrip("/")
    for ending in (OURS, "/mra/v1"):
        if path.endswith(ending):
            raise ValueError(f"`base_url` is to end before {ending}, which otpushd adds itself")
    if not _PATH.fullmatch(path) or "." in path.split("/") or ".." in path.split("/"):
        raise ValueError("the path of `base_url` is not one")
    shown = f"[{host}]" if ":" in host else host
    return Target(f"{parts.scheme}://{shown}{port}{path}", host, parts.scheme == "https")


def _host_and_port(parts: SplitResult) -> tuple[str, str]:
    try:
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise ValueError("the port of `base_url` is not a number from 1 to 65535") from None
    if port == 0:
        raise ValueError("the port of `base_url` is not a number from 1 to 65535")
    host = host.removesuffix(".")
    if parts.netloc.startswith("["):
        try:
            address = IPv6Address(host)
            if address.scope_id is None:
                return address.compressed, f":{port}" if port else ""
        except ValueError:
            pass
        raise ValueError("the host of `base_url` is not an IPv6 address")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise ValueError("the host of `base_url` is not a host name or an address")
    return host, f":{port}" if port else ""
