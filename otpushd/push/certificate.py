"""What stands in a gateway's certificate, one that was refused too. It vouches for nothing."""

import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from otpushd.push.way import Stopped, Way, connect, secure

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python's ssl has no name for."""
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Certificate:
    """For which names it is, who issued it, from when until when it holds. Names are the far side's, made printable."""

    names: tuple[str, ...]
    issuer: str
    begins: datetime
    expires: datetime


def decoded(found: Mapping[str, Any] | None) -> Certificate | None:
    """From the form that ssl's getpeercert gives; None where that is empty."""
    if not found or "notAfter" not in found or "notBefore" not in found:
        return None
    names = [name for kind, name in found.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]
    issuer = {key: value for part in found.get("issuer", ()) for key, value in part}
    called = dict.fromkeys(issuer[key] for key in ("organizationName", "commonName") if key in issuer)
    return Certificate(
        tuple(map(_printable, names)), _printable(", ".join(called)), _at(found["notBefore"]), _at(found["notAfter"])
    )


def presented(way: Way) -> Certificate | None:
    """The certificate that a gateway shows, whether it can be trusted or not; None if none can be had.

    Python decodes only what it has verified: so it is fetched, and then verified against itself, in a handshake each.
    """
    try:
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        raw = _shaken(way, blind, lambda channel: channel.getpeercert(binary_form=True))
        itself = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        itself.check_hostname = False
        itself.load_verify_locations(cadata=raw)
        itself.verify_flags |= ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME)
        return decoded(_shaken(way, itself, lambda channel: channel.getpeercert()))
    except (OSError, ValueError, Stopped):
        return None


def _shaken(way: Way, tls: ssl.SSLContext, read: Callable[[ssl.SSLSocket], Any]) -> Any:
    with closing(connect(way)) as plain, closing(secure(way, plain, tls)) as channel:
        return read(channel)


def _at(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)


def _printable(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name[:LONGEST_NAME])
