"""PostgreSQL URLs as libpq reads them, and their normal form. What is secret in one is taken out before it is kept.

The names of the parameters are from PostgreSQL's documentation, "Parameter Key Words" of libpq.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, unquote

from otpushd.files.suggest import did_you_mean

SECRETS = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})
_WORDS = (
    "host hostaddr port dbname user passfile require_auth channel_binding connect_timeout options application_name "
    "keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslmode sslnegotiation "
    "sslcompression sslcert sslkey sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer "
    "ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname gsslib gssdelegation service "
    "target_session_attrs load_balance_hosts oauth_issuer oauth_client_id oauth_scope min_protocol_version "
    "max_protocol_version"
)
PARAMETERS = SECRETS | frozenset(_WORDS.split())
_AUTHORITY = re.compile(r"(?:(?P<user>[^:@/?]*)(?::(?P<password>[^@/?]*))?@)?(?P<hosts>[^/?]*)")
_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d*))?")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9._-]+")
_ENCODING = "a `/`, `?`, `#` or `@` in the password is written %2F, %3F, %23 or %40"


def parse_postgres_url(url: str) -> str:
    """The normal form of a `postgresql://` URL, its secrets still in it. Raises ValueError, without the URL."""
    return postgres_url(postgres_parameters(url))


def postgres_url(parameters: Mapping[str, str]) -> str:
    """The normal form for libpq's parameters, in which the secrets stand in the query string."""
    rest = dict(sorted(parameters.items()))
    url = "postgresql://"
    host = rest.get("host", "")
    if _PLAIN_HOST.fullmatch(host):
        user, port = rest.pop("user", ""), rest.pop("port", "")
        url += (quote(user, safe="") + "@" if user else "") + rest.pop("host") + (f":{port}" if port else "")
    url += "/" + quote(rest.pop("dbname", ""), safe="")
    return url + ("?" + "&".join(f"{name}={quote(value, safe='/,')}" for name, value in rest.items()) if rest else "")


def postgres_parameters(url: str) -> dict[str, str]:
    """libpq's parameters from a URL. Raises ValueError with the mend and without the URL, which may hold a password."""
    if "${" in url:
        raise ValueError(
            "the URL still holds a placeholder `${…}`; fill it in, or leave it to the environment (PGUSER…)"
        )
    rest = url.partition("://")[2]
    match = _AUTHORITY.match(rest)
    assert match is not None  # every part of it may be empty
    path, _, query = rest[match.end() :].partition("?")
    if "#" in rest or "@" in path or "@" in match["hosts"] or path.count("/") > 1:
        raise ValueError(f"this is no URL that can be read; {_ENCODING}")
    found = dict(_hosts(match["hosts"]))
    found |= {"user": match["user"] or "", "password": match["password"] or "", "dbname": path[1:]}
    found = {name: _decoded(value) for name, value in found.items() if value} | dict(_query(query))
    for name, value in found.items():
        if wrong := problem_of(name, value):
            raise ValueError(wrong)
    return found


def without_secrets(url: str) -> tuple[str, dict[str, str]]:
    """A normal form fit to be shown, and the secrets that it lacks."""
    parameters = postgres_parameters(url)
    secrets = {name: parameters.pop(name) for name in sorted(SECRETS & parameters.keys())}
    return postgres_url(parameters), secrets


def shown(parameters: Mapping[str, str]) -> str:
    """The database as it is named in texts: nothing but who, where and which."""
    user, host, port, name = (parameters.get(each, "") for each in ("user", "host", "port", "dbname"))
    return f"postgresql://{user and user + '@'}{host}{port and ':' + port}/{name}"


def problem_of(name: str, value: str) -> str | None:
    """What is wrong with one of libpq's parameters, or None; never the value."""
    if name not in PARAMETERS:
        return f"`{name}` is no connection parameter of PostgreSQL{did_you_mean(name, sorted(PARAMETERS))}"
    if "\0" in value:
        return f"`{name}` holds a zero byte"
    if name == "port" and not all(each.isdecimal() and 0 < int(each) < 65536 for each in value.split(",") if each):
        return "a port is a number from 1 to 65535"
    return None


def _hosts(text: str) -> Iterator[tuple[str, str]]:
    hosts, ports = [], []
    for each in text.split(","):
        match = _HOST.fullmatch(each)
        if match is None:
            raise ValueError(f"the host cannot be read: write host:port, an IPv6 address in brackets; {_ENCODING}")
        hosts.append(match["host"].strip("[]"))
        ports.append(match["port"] or "")
    yield "host", ",".join(hosts).strip(",")
    yield "port", ",".join(ports) if any(ports) else ""


def _query(query: str) -> Iterator[tuple[str, str]]:
    try:
        # A `+` is a plus in a URL of libpq's, not a blank.
        pairs = parse_qsl(
            query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=bool(query), errors="strict"
        )
    except ValueError:
        raise ValueError("what follows `?` is not made of name=value pairs joined by `&`") from None
    yield from pairs


def _decoded(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("what is percent-encoded in the URL is not UTF-8") from None
