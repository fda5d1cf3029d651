"""Proxies and trust come from the environment that is handed in, and never show a password."""

import ssl

import pytest

from otpushd.push.surroundings import SurroundingsError, proxy_of, trust
from otpushd.push.target import target

PROXY = "http://ann:s3cret@proxy.example:3128"


@pytest.mark.parametrize(
    ("base_url", "environ", "proxied"),
    [
        pytest.param("https://a.example", {"HTTPS_PROXY": PROXY}, True, id="https"),
        pytest.param("https://a.example", {"https_proxy": PROXY}, True, id="lower case"),
        pytest.param("https://a.example", {"HTTP_PROXY": PROXY}, False, id="the other scheme"),
        pytest.param("http://a.example", {"HTTP_PROXY": PROXY}, True, id="http"),
        pytest.param("https://a.example", {"ALL_PROXY": PROXY}, True, id="all"),
        pytest.param("http://127.0.0.1", {"ALL_PROXY": PROXY}, False, id="loopback"),
        pytest.param("https://a.example", {"HTTPS_PROXY": PROXY, "NO_PROXY": "b, .Example"}, False, id="exempt domain"),
        pytest.param("https://a.example", {"HTTPS_PROXY": PROXY, "no_proxy": "*"}, False, id="all exempt"),
        pytest.param(
            "https://an-example", {"HTTPS_PROXY": PROXY, "no_proxy": "example"}, True, id="not under the domain"
        ),
        pytest.param("https://a.example", {"HTTPS_PROXY": "", "NO_PROXY": ""}, False, id="empty"),
    ],
)
def test_a_proxy_is_taken_from_the_environment(base_url, environ, proxied):
    assert proxy_of(target(base_url), environ) == (PROXY if proxied else None)


@pytest.mark.parametrize("proxy", ["socks5://ann:s3cret@p:1080", "http://", "http://s3cret:x", "http://s3cret@p:0"])
def test_a_proxy_that_does_not_speak_http_is_refused(proxy):
    with pytest.raises(SurroundingsError, match=r"^HTTPS_PROXY does not name a proxy as http://host:port$"):
        proxy_of(target("https://a.example"), {"HTTPS_PROXY": proxy})


@pytest.mark.parametrize("environ", [{}, {"SSL_CERT_FILE": ""}], ids=["nothing", "empty"])
def test_certificates_and_names_are_always_checked(environ):
    context = trust(environ)

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_told(name, tmp_path):
    with pytest.raises(SurroundingsError, match=name):
        trust({name: str(tmp_path / "missing")})
