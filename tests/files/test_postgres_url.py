"""PostgreSQL URLs in, libpq's parameters and a normal form without secrets out."""

import psycopg.conninfo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.files.postgres_url import (
    PARAMETERS,
    SECRETS,
    parse_postgres_url,
    postgres_parameters,
    postgres_url,
    without_secrets,
)

URLS = [
    "postgresql://",
    "postgresql:///p",
    "postgresql://db",
    "postgresql://u@db/p",
    "postgresql://u:s3cret@db:5433/p",
    "postgresql://u%40corp:a%2Fb%3F%23@db/my%20db",
    "postgresql://u@[::1]:5433/p",
    "postgresql://u@%2Frun%2Fpostgresql/p",
    "postgresql://u@a:1,b:2,c/p?target_session_attrs=primary",
    "postgresql://u@db/p?sslmode=verify-full&options=-c%20search_path%3Dx+y&application_name=a%26b",
    "postgresql:///p?host=/run/postgresql&user=u&password=s3cret",
]


@pytest.mark.parametrize("url", URLS)
def test_a_url_means_what_libpq_takes_it_to_mean(url: str) -> None:
    """Before and after it is brought into its normal form."""
    meant = {name: str(value) for name, value in psycopg.conninfo.conninfo_to_dict(url).items()}
    assert postgres_parameters(url) == meant
    assert psycopg.conninfo.conninfo_to_dict(parse_postgres_url(url)) == meant


def test_the_normal_form_is_short_where_it_can_be() -> None:
    """As people write it."""
    assert parse_postgres_url("postgres://u@db:5433/p?sslmode=require") == "postgresql://u@db:5433/p?sslmode=require"


@given(
    st.dictionaries(
        st.sampled_from(sorted(PARAMETERS - {"port"})),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
            lambda text: "${" not in text
        ),
    )
)
def test_the_normal_form_keeps_every_parameter(parameters: dict[str, str]) -> None:
    """Whatever characters are in it."""
    assert postgres_parameters(postgres_url(parameters)) == parameters


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_secrets_are_taken_out(name: str) -> None:
    """All of them."""
    url, secrets = without_secrets(postgres_url({"host": "db", "dbname": "p", name: "s3cret"}))
    assert (url, secrets) == ("postgresql://db/p", {name: "s3cret"})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:s3cret/@db/p", "no URL that can be read; .*%2F"),
        ("postgresql://u:12/s3cret@db/p", "no URL that can be read; .*%40"),
        ("postgresql://u:s3cret#@db/p", "no URL that can be read; .*%23"),
        ("postgresql://u:s3cret@x@db/p", "no URL that can be read; .*%40"),
        ("postgresql://u:s3cret[@db]x/p", "the host cannot be read: .*brackets"),
        ("postgresql://u@db/p/s3cret", "no URL that can be read"),
        ("postgresql://u:${s3cret}@db/p", "still holds a placeholder"),
        ("postgresql://u@db:99999/p?password=s3cret", "a port is a number"),
        ("postgresql://u:s3cret@db/p?sslmod=require", "`sslmod` is no connection .*did you mean 'sslmode'"),
        ("postgresql://u:s3cret@db/p?sslmode", "name=value pairs"),
        ("postgresql://u:s3cret%ff@db/p", "not UTF-8"),
        ("postgresql://u:s3cret%00@db/p", "zero byte"),
        ("postgresql://u@db/p?password=s3cret%00", "zero byte"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_shown(url: str, said: str) -> None:
    """It may hold a password."""
    with pytest.raises(ValueError, match=said) as caught:
        parse_postgres_url(url)
    assert "s3cret" not in str(caught.value)
