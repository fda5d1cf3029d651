"""Where a base URL really leads is judged before anything is sent there."""

import pytest

from otpushd.push.target import target


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        pytest.param("https://api.eu.opentext.com//", "https://api.eu.opentext.com", id="slashes"),
        pytest.param("HTTPS://API.Example:8443/ot/", "https://api.example:8443/ot", id="case, port and path"),
        pytest.param("https://api.example./", "https://api.example", id="dot at the end"),
        pytest.param("http://[::1]:18080", "http://[::1]:18080", id="IPv6"),
        pytest.param("http://[0:0::1]/", "http://[::1]", id="IPv6 in another spelling"),
    ],
)  # fmt: skip
def test_a_base_url_is_brought_into_normal_form(base_url, url):
    assert target(base_url).url == url


@pytest.mark.parametrize(
    "base_url",
    [
        *("", "api.example", "ftp://api.example", "https://", "https:///x", "https://a b", "https://a\tb", "https://a\n"),
        *("https://ann:s3cret@api.example", "https://s3cret@api.example", "https://:s3cret@x", "https://@api.example"),
        *("https://api.example?x", "https://api.example/#x", "https://a\\@b", "https://a%2eb", "https://a..b", "https://-a"),
        *("https://a:0", "https://a:99999", "https://a:x", "https://[::1", "https://[::1%25eth0]", "https://[1]"),
        *("https://a/../b", "https://ann:s3cret@[1]", "https://ann:s3cret@[::1"),
        *("https://\uff4fpentext.com", "https://api。opentext。com", "https://äpi.example", "https://api.example/ä"),
        *("https://api.example/mra/v1", "https://api.example/x/mra/v1/utils/parser/"),
    ],
)  # fmt: skip
def test_what_is_not_plainly_a_base_url_is_refused_without_repeating_it(base_url):
    with pytest.raises(ValueError, match="base_url") as caught:
        target(base_url)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "opentext"),
    [
        ("t2api.us.cloudmessaging.opentext.com", True),
        ("opentext.com", True),
        ("OpenText.COM", True),
        ("api.opentext.com.", True),
        ("api.opentext.com:8443", True),
        ("opentext.com.example", False),
        ("notopentext.com", False),
        ("opentext.org", False),
        ("127.0.0.1", False),
    ],
)
def test_opentexts_own_hosts_are_known_whatever_their_spelling(host, opentext):
    assert target(f"https://{host}").opentext is opentext


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *[
            (host, True)
            for host in ("localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]")
        ],
        *[(host, False) for host in ("localhost.example", "127.0.0.1.example", "0.0.0.0", "10.0.0.1", "[::]", "127.1")],
    ],
)
def test_loopback_is_this_machine_only(host, loopback):
    assert target(f"http://{host}:8080").loopback is loopback
