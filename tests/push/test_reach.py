"""How far a gateway can be reached, on real sockets with real certificates; nothing is signed and nothing is sent."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from otpushd.push.reach import Reached, reach
from otpushd.push.target import target
from otpushd.push.way import Stage

DATE = "Date: Mon, 23 Nov 2026 12:00:00 GMT"
NEVER = "https://gateway.invalid"


def openssl(*arguments: object) -> bool:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def expired(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Path:
    """The self-signed certificate's twin, whose time is over. Newer versions of openssl want dates instead of -days."""
    pem = tmp_path_factory.mktemp("expired") / "expired.pem"
    key, made = certificate.with_suffix(".key"), pem.with_suffix(".crt")
    names = pem.with_suffix(".cnf")
    names.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:TRUE\n")
    request = pem.with_suffix(".csr")
    assert openssl("req", "-new", "-key", key, "-subj", "/O=Old Gateway", "-out", request)
    sign = ["x509", "-req", "-in", request, "-signkey", key, "-extfile", names, "-out", made]
    dates = ["-not_before", "20260101000000Z", "-not_after", "20260102000000Z"]
    assert openssl(*sign, "-days", "-1") or openssl(*sign, *dates)
    pem.write_text(made.read_text() + key.read_text())
    return pem


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate with its key, and the file of the authority that issued it."""
    folder = tmp_path_factory.mktemp("issued")
    authority, key, request, leaf = (folder / name for name in ("ca.pem", "ca.key", "leaf.csr", "leaf.crt"))
    rsa = ["-newkey", "rsa:2048", "-nodes"]
    assert openssl(
        "req", "-x509", *rsa, "-days", 2, "-subj", "/O=Acme TLS Inspection", "-keyout", key, "-out", authority
    )
    assert openssl("req", *rsa, "-subj", "/CN=gateway", "-keyout", folder / "leaf.key", "-out", request)
    names = folder / "names.cnf"
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:gateway.example\n")
    sign = ["x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-CAcreateserial", "-days", 40]
    assert openssl(*sign, "-extfile", names, "-out", leaf)
    pem = folder / "leaf.pem"
    pem.write_text(leaf.read_text() + (folder / "leaf.key").read_text())
    return pem, authority


@pytest.fixture
def tls(start: Callable[..., object], replying: Callable[..., object]) -> Callable[[Path], str]:
    """Starts a gateway with a certificate; its address with %s for the host."""

    def starting(pem: Path) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return f"https://%s:{start(replying(headers=DATE), context).port}"  # type: ignore[attr-defined]

    return starting


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a socket that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def ways_end(url: str, environ: dict[str, str] | None = None, seconds: float = 2.0) -> Reached:
    return reach(target(url), environ or {}, seconds)


def test_all_the_way_tells_the_gateway_s_clock_and_asks_for_nothing_else(start, replying) -> None:
    gateway = start(replying(headers=DATE))

    reached = ways_end(gateway.url + "/base")

    assert (reached.stage, reached.why, reached.certificate) == (Stage.ANSWER, "", None)
    there = datetime(2026, 11, 23, 12, 0, 0, 500_000, tzinfo=UTC) - datetime.now(UTC)
    assert reached.ahead and abs(reached.ahead - there) < timedelta(seconds=1)
    (request,) = gateway.requests
    assert request.startswith(b"HEAD /base HTTP/1.1\r\n")
    assert b"authorization" not in request.lower()


@pytest.mark.parametrize("headers", ["", "Date: yesterday", "Date: Mon, 99 Nov 2026 12:00:00 GMT"])
def test_an_answer_without_a_usable_date_is_an_answer(start, replying, headers: str) -> None:
    reached = ways_end(start(replying("404 Not Found", headers=headers)).url)

    assert (reached.stage, reached.ahead) == (Stage.ANSWER, None)


def test_a_trusted_certificate_is_told_with_its_end(tls, issued: tuple[Path, Path]) -> None:
    reached = ways_end(tls(issued[0]) % "127.0.0.1", {"SSL_CERT_FILE": str(issued[1])})

    assert reached.stage is Stage.ANSWER and reached.certificate
    assert reached.certificate.issuer == "Acme TLS Inspection"
    assert timedelta(days=39) < reached.certificate.expires - datetime.now(UTC) < timedelta(days=41)


def test_an_issuer_that_nobody_here_knows_is_named(tls, issued: tuple[Path, Path]) -> None:
    reached = ways_end(tls(issued[0]) % "127.0.0.1")

    assert (reached.stage, reached.code) in ((Stage.TLS, 20), (Stage.TLS, 21))
    assert reached.certificate and reached.certificate.issuer == "Acme TLS Inspection"


def test_a_certificate_for_another_name_is_told_with_its_names(tls, issued: tuple[Path, Path]) -> None:
    reached = ways_end(tls(issued[0]) % "localhost", {"SSL_CERT_FILE": str(issued[1])})

    assert (reached.stage, reached.code) == (Stage.TLS, 62)
    assert reached.certificate and reached.certificate.names == ("127.0.0.1", "gateway.example")


def test_an_expired_certificate_is_told_with_its_end(tls, expired: Path) -> None:
    reached = ways_end(tls(expired) % "127.0.0.1", {"SSL_CERT_FILE": str(expired)})

    assert (reached.stage, reached.code) == (Stage.TLS, 10)
    assert reached.certificate and reached.certificate.expires < datetime.now(UTC)


def test_a_self_signed_certificate_is_told_as_such(tls, certificate: Path) -> None:
    reached = ways_end(tls(certificate) % "127.0.0.1")

    assert (reached.stage, reached.code) == (Stage.TLS, 18)
    assert reached.certificate and reached.certificate.issuer == "otpushd-test"


def test_a_name_that_nobody_knows_ends_there() -> None:
    assert ways_end(NEVER).stage is Stage.NAME


def test_a_closed_port_ends_there() -> None:
    reached = ways_end("http://127.0.0.1:1")

    assert (reached.stage, reached.why) == (Stage.CONNECTION, "connection refused")


@pytest.mark.parametrize(
    ("scheme", "stage", "why"),
    [("https", Stage.TLS, "no answer in the handshake"), ("http", Stage.HTTP, "no answer")],
)
def test_a_host_that_hangs_is_given_up(silent: int, scheme: str, stage: Stage, why: str) -> None:
    reached = ways_end(f"{scheme}://127.0.0.1:{silent}", seconds=0.2)

    assert (reached.stage, reached.why) == (stage, why)


def test_a_port_that_speaks_no_tls_is_told(start) -> None:
    reached = ways_end(start().url.replace("http:", "https:"), seconds=0.3)

    assert reached.stage is Stage.TLS and reached.why


def test_surroundings_that_cannot_be_used_are_told_without_a_password() -> None:
    reached = ways_end(NEVER, {"HTTPS_PROXY": "socks5://ann:s3cret@p:1080"})

    assert reached.stage is Stage.SURROUNDINGS
    assert "s3cret" not in repr(reached)


def test_a_proxy_that_refuses_is_told_without_its_password(start, replying) -> None:
    proxy = start(replying("407 Proxy Authentication Required"))

    reached = ways_end(NEVER, {"HTTPS_PROXY": f"http://ann:s3cret@127.0.0.1:{proxy.port}"})

    assert (reached.stage, reached.why, reached.proxy) == (Stage.PROXY, "it answered 407", f"127.0.0.1:{proxy.port}")
    assert b"Proxy-Authorization: Basic YW5uOnMzY3JldA==" in proxy.requests[0]
    assert "s3cret" not in repr(reached)


def test_a_proxy_takes_us_to_the_gateway_s_certificate(start, tls, issued: tuple[Path, Path]) -> None:
    """It is asked for a name that only it knows."""
    port = int((tls(issued[0]) % "x").rpartition(":")[2])

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, ours), pump(theirs, writer))

    proxy = start(tunnel)
    surroundings = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(issued[1])}
    reached = ways_end("https://gateway.example", surroundings)

    assert (reached.stage, reached.host) == (Stage.ANSWER, "gateway.example")
    assert proxy.requests[0].startswith(b"CONNECT gateway.example:443 HTTP/1.1\r\n")


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
    writer.close()
