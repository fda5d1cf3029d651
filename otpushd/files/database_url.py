"""Database URLs as people write them, and their one normal form: `sqlite:////absolute/path`, or postgres_url.py's."""

import re
from pathlib import Path
from urllib.parse import unquote

from otpushd.files.postgres_url import parse_postgres_url

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_POSTGRES = ("postgres", "postgresql")
_SUPPORTED = "supported: sqlite:////absolute/path and postgresql://user@host/database"


def parse_database_url(url: str, folder: Path) -> str:
    """The normal form of a database URL; `sqlite:///relative` is relative to the absolute `folder`.

    Raises ValueError, with the mend and without the URL, which may hold a password: for another kind of database, a
    database in memory, a query string. The file need not exist. `%3F` and its like are decoded. The normal form of a
    PostgreSQL URL still holds its password: it is for `without_secrets`.
    """
    scheme = match[1].lower() if (match := _SCHEME.match(url)) else ""
    if scheme in _POSTGRES and url[match.end() if match else 0 :].startswith("//"):
        return parse_postgres_url(url)
    if scheme.split("+")[0] in _POSTGRES:
        raise ValueError("a PostgreSQL database is written postgresql://user@host/database")
    if scheme == "sqlite":
        return sqlite_url(folder / _sqlite_name(url[len("sqlite:") :]))
    if scheme and "//" in url:
        raise ValueError(f"`{scheme}` databases are not supported by otpushd; {_SUPPORTED}")
    raise ValueError("not a database URL; write sqlite:///PATH, which makes four slashes before an absolute path")


def sqlite_url(path: Path) -> str:
    """The normal form for an absolute path; `%` and `?` are percent-encoded."""
    return "sqlite:///" + str(path).replace("%", "%25").replace("?", "%3F")


def is_postgres(url: str) -> bool:
    """Whether a URL in its normal form is one of PostgreSQL's."""
    return url.startswith("postgresql:")


def sqlite_path(url: str) -> Path:
    """The absolute path of a URL in its normal form."""
    return Path(unquote(url.removeprefix("sqlite:///")))


def _sqlite_name(rest: str) -> str:
    if not rest.startswith("//"):
        raise ValueError("`sqlite:` takes three slashes and a path: sqlite:////absolute/path or sqlite:///relative")
    if rest in ("//", "///", "///:memory:"):
        raise ValueError("a database in memory is seen by one process only; name a file: sqlite:////absolute/path")
    if not rest.startswith("///"):
        raise ValueError("an SQLite database has no host; write three slashes and a path: sqlite:////absolute/path")
    if "?" in rest:
        raise ValueError("a query string is not supported; write %3F if the file's name has a question mark")
    try:
        name = unquote(rest[3:], errors="strict")
    except UnicodeDecodeError:
        raise ValueError("what is percent-encoded in the URL is not UTF-8") from None
    if "\0" in name:
        raise ValueError("a path cannot hold %00")
    if name.startswith("~"):
        raise ValueError("`~` means nothing in a URL; write the whole path: sqlite:////absolute/path")
    return name
