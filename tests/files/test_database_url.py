"""Database URLs in and their normal form out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.files.database_url import parse_database_url, sqlite_path, sqlite_url


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("sqlite:////srv/prodigy.db", "/srv/prodigy.db"),
        ("sqlite:///prodigy.db", "/etc/otpushd/prodigy.db"),
        ("sqlite:///../x.db", "/etc/otpushd/../x.db"),
        ("SQLite:////srv/a%20b%3F%25.db", "/srv/a b?%.db"),
        ("sqlite:////srv/a#b é.db", "/srv/a#b é.db"),
    ],
)
def test_a_sqlite_url_is_a_path(written: str, path: str) -> None:
    """Absolute with four slashes, relative to the configuration with three, percent-decoded."""
    assert sqlite_path(parse_database_url(written, Path("/etc/otpushd"))) == Path(path)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("postgres+psycopg://u:s3cret@db/prodigy", "is written postgresql://user@host/database"),
        ("postgresql:u:s3cret@db/prodigy", "is written postgresql://user@host/database"),
        ("mysql://u:s3cret@db/prodigy", "`mysql` databases are not supported by otpushd; supported: sqlite"),
        ("/srv/prodigy.db", "not a database URL; write sqlite:///PATH"),
        ("", "not a database URL"),
        ("sqlite:/srv/prodigy.db", "takes three slashes"),
        ("sqlite://srv/s3cret.db", "has no host"),
        ("sqlite://", "in memory"),
        ("sqlite:///", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:////srv/p.db?mode=ro", "a query string is not supported"),
        ("sqlite:////srv/%ff", "not UTF-8"),
        ("sqlite:////srv/%00", "%00"),
        ("sqlite:///~/p.db", "`~` means nothing in a URL"),
    ],
)
def test_another_url_is_refused_with_its_mend(written: str, said: str) -> None:
    """And never shown, because it may hold a password."""
    with pytest.raises(ValueError, match=said) as caught:
        parse_database_url(written, Path("/etc/otpushd"))
    assert "s3cret" not in str(caught.value)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1))
def test_the_normal_form_keeps_every_path(name: str) -> None:
    """Percent and question marks included."""
    path = Path("/srv") / name
    assert sqlite_path(sqlite_url(path)) == path
