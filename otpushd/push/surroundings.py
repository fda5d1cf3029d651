"""What the machine's environment says about reaching a gateway: whom to trust (TLS) and which proxy to go through."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from otpushd.push.target import Target


class SurroundingsError(Exception):
    """The environment names something that cannot be used. The text names the variable, never a password in it."""


def trust(environ: Mapping[str, str]) -> ssl.SSLContext:
    """One TLS context, to be built once (it costs some 40 ms): SSL_CERT_FILE, SSL_CERT_DIR, else the system's store.

    A machine without a store gets certifi's. Certificates and host names are always checked. Raises SurroundingsError.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if not (file or folder):
        return ssl.create_default_context(cafile=None if _has_store() else certifi.where())
    if folder and not Path(folder).is_dir():
        raise SurroundingsError("SSL_CERT_DIR does not name a folder")
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except OSError as error:
        raise SurroundingsError(f"SSL_CERT_FILE names no file of certificates in PEM form: {error.strerror}") from None


def proxy_of(target: Target, environ: Mapping[str, str]) -> str | None:
    """The proxy for a target: HTTPS_PROXY or HTTP_PROXY by its scheme, else ALL_PROXY, unless NO_PROXY names the host.

    Lower-case names win, as in urllib. Loopback is never reached through a proxy: another machine's loopback is not
    ours. Raises SurroundingsError for a proxy that does not speak HTTP (aiohttp knows no SOCKS).
    """
    if target.loopback:
        return None
    names = ("https_proxy" if target.secure else "http_proxy", "all_proxy")
    found = ((name, environ.get(name) or environ.get(name.upper())) for name in names)
    name, proxy = next(((name, value) for name, value in found if value), ("", None))
    if not proxy or _bypassed(target, environ):
        return None
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SurroundingsError(f"{name.upper()} does not name a proxy as http://host:port")
    return parts.geturl()


def _bypassed(target: Target, environ: Mapping[str, str]) -> bool:
    """NO_PROXY as curl and urllib read it: `*`, or host names, each with what is under it, a leading dot ignored."""
    named = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").lower().split(",")
    exempt = {name.strip().lstrip(".") for name in named} - {""}
    return any(name in ("*", target.host) or target.host.endswith(f".{name}") for name in exempt)


def _has_store() -> bool:
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or (paths.capath is not None and any(Path(paths.capath).iterdir()))
