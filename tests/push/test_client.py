"""What really happens on a socket, told apart into: answered, never sent, and maybe sent."""

import asyncio
import socket
import ssl

import pytest

from otpushd.push.answer import Answered, NotSent, Unanswered
from otpushd.push.client import Limits, client, post
from otpushd.push.opentext_push import connect

TINY = {"connect": "300ms", "read": "300ms", "write": "300ms", "pool": "300ms"}


async def closes(reader, writer, request):
    """Read the request, then close without a word."""
    writer.close()


async def resets(reader, writer, request):
    """Read the request, then reset the connection."""
    writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


async def hangs(reader, writer, request):
    await asyncio.sleep(60)


async def trickles(reader, writer, request):
    """A byte of a header now and then, for ever: no single read times out."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        writer.write(b"a")
        await asyncio.sleep(0.1)


async def trickles_body(reader, writer, request):
    writer.write(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"a")
        await asyncio.sleep(0.1)


def says(text):
    async def behave(reader, writer, request):
        writer.write(text)
        await writer.drain()
        writer.close()

    return behave


@pytest.mark.parametrize(
    ("behave", "detail"),
    [
        pytest.param(closes, "closed the connection", id="closes"),
        pytest.param(resets, "connection reset", id="resets"),
        pytest.param(hangs, "not in time", id="hangs"),
        pytest.param(trickles, "not in time", id="trickles headers"),
        pytest.param(says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "not HTTP", id="another protocol"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}"), "broke off", id="cut body"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n"), "no answer", id="broken chunks"
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), "broke off", id="cut chunk"
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
            "broke off",
            id="false gzip",
        ),
    ],
)
def test_a_request_without_a_usable_answer_arrives_exactly_once(start, settings, send, behave, detail):
    """aiohttp must not repeat a POST by itself, and the outcome must say that it may have been taken."""
    gateway = start(behave)

    (answer,) = send(settings(gateway.url, timeouts=TINY))

    assert isinstance(answer, Unanswered)
    assert detail in answer.detail
    assert len(gateway.requests) == 1


def test_a_stale_connection_does_not_repeat_the_request(start, settings, send, message):
    """The second request meets a connection that the far side closes on it: it arrives once, and is unanswered."""
    gateway = start()
    taking = gateway.behave

    async def take_then_close(reader, writer, request):
        await (taking if len(gateway.requests) == 1 else closes)(reader, writer, request)

    gateway.behave = take_then_close
    first, second = send(settings(gateway.url), message(1), message(2))

    assert isinstance(first, Answered)
    assert isinstance(second, Unanswered)
    assert (len(gateway.requests), gateway.connections) == (2, 1)


def test_a_refused_connection_is_not_sent(settings, send):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        (answer,) = send(settings(f"http://127.0.0.1:{held.getsockname()[1]}"))

    assert answer == NotSent("not sent: connection refused")


def test_an_unknown_name_is_not_sent(settings, send):
    (answer,) = send(settings("http://gateway.invalid", allow_insecure=True))

    assert answer == NotSent("not sent: the gateway's name is not known")


def test_a_handshake_that_never_comes_is_not_sent(settings, send):
    """The far side takes the TCP connection and then says nothing: no byte of ours but the TLS greeting has left."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (answer,) = send(settings(f"https://127.0.0.1:{silent.getsockname()[1]}", timeouts=TINY))

    assert answer == NotSent("not sent: no connection in time")


def test_a_self_signed_certificate_is_refused(start, settings, send, certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    gateway = start(tls=tls)

    (answer,) = send(settings(gateway.url.replace("http:", "https:")))

    assert answer == NotSent("not sent: the gateway's certificate is not trusted (self-signed)")
    assert gateway.requests == []


def test_a_certificate_named_by_ssl_cert_file_is_trusted(start, settings, send, certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    gateway = start(tls=tls)

    (answer,) = send(settings(gateway.url.replace("http:", "https:")), environ={"SSL_CERT_FILE": str(certificate)})

    assert answer == Answered(200, media="JSON", size=2)


def test_clear_text_behind_https_is_not_sent(gateway, settings, send):
    gateway.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"

    (answer,) = send(settings(gateway.url.replace("http:", "https:")))

    assert answer == NotSent("not sent: TLS failed")
    assert gateway.requests == []


def test_a_redirect_is_not_followed_and_credentials_stay(start, settings, send, replying):
    elsewhere = start()
    gateway = start(replying("307 Temporary Redirect", headers=f"Location: {elsewhere.url}/secret?x=1"))

    (answer,) = send(settings(gateway.url))

    assert (answer.status, answer.place) == (307, "127.0.0.1")
    assert (elsewhere.connections, elsewhere.requests) == (0, [])


def test_a_status_stands_even_where_its_body_never_ends(start, settings, send):
    gateway = start(trickles_body)

    (answer,) = send(settings(gateway.url, timeouts=TINY))

    assert (answer.status, answer.retry_after, answer.size) == (503, "7", 0)


def test_a_huge_answer_is_read_only_in_part(start, settings, send, replying, message):
    gateway = start(replying(body=b"x" * 3_000_000))

    answers = send(settings(gateway.url), message(1), message(2))

    assert [(answer.status, answer.size) for answer in answers] == [(200, 65_536)] * 2


def test_fifty_messages_one_after_another_use_one_connection(gateway, settings, send, message):
    answers = send(settings(gateway.url), *map(message, range(50)))

    assert {answer.status for answer in answers} == {200}
    assert (len(gateway.requests), gateway.connections) == (50, 1)


def test_sixty_four_messages_are_in_flight_together(start, settings, message, tmp_path):
    """The gateway answers nobody before all 64 have asked: fewer in flight would never be answered."""
    gateway = start()
    complete = asyncio.Event()

    async def all_together(reader, writer, request):
        if len(gateway.requests) == 64:
            complete.set()
        await complete.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def scenario():
        sender = connect(settings(gateway.url, concurrency=64), tmp_path, {})
        answers = await asyncio.gather(*(sender.send(message(number)) for number in range(64)))
        await sender.aclose()
        return answers

    gateway.behave = all_together
    assert {answer.status for answer in asyncio.run(scenario())} == {200}
    assert (gateway.most_at_once, gateway.connections) == (64, 64)


@pytest.mark.parametrize(
    ("keep_alive", "connections"), [pytest.param(5, 1, id="kept"), pytest.param(0.05, 2, id="expired")]
)
def test_an_idle_connection_is_kept_as_long_as_asked(gateway, keep_alive, connections):
    async def scenario():
        http = client(None, None, Limits(), 4, keep_alive)
        for _ in range(2):
            await post(http, gateway.url, {}, b"{}", Limits())
            await asyncio.sleep(0.15)
        await http.aclose()

    asyncio.run(scenario())

    assert gateway.connections == connections


def test_cookies_are_not_kept(start, settings, send, replying, message):
    gateway = start(replying(headers="Set-Cookie: session=1; Path=/"))

    send(settings(gateway.url), message(1), message(2))

    assert [b"cookie" in request.lower() for request in gateway.requests] == [False, False]


def test_a_proxy_is_used_but_never_for_loopback(start, settings, send):
    """A clear-text request through a proxy names the whole address; loopback goes straight."""
    proxy, gateway = start(), start()
    environ = {"HTTP_PROXY": proxy.url}

    send(settings("http://gateway.invalid", allow_insecure=True), environ=environ)
    send(settings(gateway.url), environ=environ)

    assert proxy.requests[0].startswith(b"POST http://gateway.invalid/mra/v1/utils/parser HTTP/1.1\r\n")
    assert (len(proxy.requests), len(gateway.requests)) == (1, 1)


def test_a_proxy_that_refuses_the_tunnel_is_not_sent(start, settings, send, replying):
    proxy = start(replying("407 Proxy Authentication Required"))

    (answer,) = send(settings("https://gateway.invalid"), environ={"https_proxy": proxy.url})

    assert answer == NotSent("not sent: the proxy answered 407")
    assert proxy.requests[0].startswith(b"CONNECT gateway.invalid:443 HTTP/1.1\r\n")


def test_a_proxy_that_cannot_be_reached_is_not_sent(settings, send):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        environ = {"https_proxy": f"http://127.0.0.1:{held.getsockname()[1]}"}
        (answer,) = send(settings("https://gateway.invalid"), environ=environ)

    assert answer == NotSent("not sent: the proxy cannot be reached (connection refused)")


def stopped(url, begun, limits=None):
    """What a `post` to `url` says that is cancelled once `begun` is true, or `cancelled` if it raises that."""

    async def run():
        each = limits or Limits()
        http = client(None, None, each, 4)
        task = asyncio.create_task(post(http, url, {}, b"{}", each))
        async with asyncio.timeout(10):
            while not await begun():
                await asyncio.sleep(0.01)
        task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            return "cancelled"
        finally:
            await http.aclose()

    return asyncio.run(run())


def test_a_stop_before_there_is_a_connection_counts_as_never_sent():
    """A gateway whose queue of connections is full: connecting hangs, and nothing can have left."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())

        async def soon():
            await asyncio.sleep(0.3)
            return True

        answer = stopped(f"http://127.0.0.1:{full.getsockname()[1]}/", soon)

    assert answer == NotSent("not sent: stopped before there was a connection")


def test_a_stop_after_the_request_left_is_let_out(start):
    gateway = start(hangs)

    async def arrived():
        return bool(gateway.requests)

    assert stopped(gateway.url, arrived) == "cancelled"
