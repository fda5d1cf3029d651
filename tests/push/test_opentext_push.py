"""The channel as its users meet it: exactly OpenText's envelope, the guard, secrets, and nothing leaked."""

import asyncio
import base64
import json
import logging
import re

import pytest
from pydantic import ValidationError

from otpushd.model.delivery import Recipient
from otpushd.push.answer import Answered, NotSent, Unanswered, Unsendable
from otpushd.push.document_load import EXAMPLE
from otpushd.push.opentext_push import OpentextPushSettings, connect, problems, secret_problem, secrets
from otpushd.push.retry import Reading, reading

OPENTEXT = "https://t2api.us.cloudmessaging.opentext.com"
LOCAL = "http://127.0.0.1:18080"


def test_the_request_is_exactly_opentexts_envelope(gateway, settings, send, message):
    send(settings(gateway.url + "//"), message(7))

    head, _, body = gateway.requests[0].partition(b"\r\n\r\n")
    lines = sorted(head.decode().lower().split("\r\n"))
    assert lines == sorted(
        [
            *("post /mra/v1/utils/parser http/1.1", f"host: 127.0.0.1:{gateway.port}", f"content-length: {len(body)}"),
            *("content-type: application/json", "accept: application/json", "accept-encoding: identity"),
            *("connection: keep-alive", "user-agent: otpushd/0.1.0", f"x-mra-submitid: otpushd-{7:040x}"),
            "authorization: basic " + base64.b64encode(b"acme-push:s3cret-Passw0rd").decode().lower(),
        ]
    )
    assert list(json.loads(body)) == ["data", "domain", "filename"]
    assert (gateway.envelopes[0]["domain"], gateway.envelopes[0]["filename"]) == ("MR", f"otpushd-{7:040x}.json")


def test_the_document_is_compact_sorted_utf8_in_standard_base64(gateway, settings, send, message):
    send(settings(gateway.url), message(title="Größe ☃ 😀", body='"\\\n'))

    data = base64.b64decode(gateway.envelopes[0]["data"], validate=True)
    document = json.loads(data)
    assert data == json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert document["notification"] == {"title": "Größe ☃ 😀", "body": '"\\\n'}


def test_a_retry_is_the_same_bytes(gateway, settings, send, message):
    send(settings(gateway.url), message(1))
    send(settings(gateway.url), message(1))

    assert gateway.requests[0] == gateway.requests[1]


def test_a_long_body_is_cut_and_the_answer_says_so(gateway, settings, send, message):
    (answer,) = send(settings(gateway.url), message(body="😀" * 5000))

    data = base64.b64decode(gateway.envelopes[0]["data"])
    assert 3490 < len(data) <= 3500
    assert re.fullmatch("😀+…", json.loads(data)["notification"]["body"])
    assert answer.detail == "HTTP 200, JSON, 2 bytes; the body was cut to keep within the 3500 bytes of a push"


def test_what_is_too_long_without_its_body_is_sent_and_told(gateway, settings, send, message):
    (answer,) = send(settings(gateway.url), message(title="x" * 5000))

    assert gateway.documents[0]["notification"]["body"] == "…"
    assert re.search(r"the document is \d+ bytes over the 3500 of a push even with an empty body$", answer.detail)


@pytest.mark.parametrize(
    ("change", "guarded"),
    [
        pytest.param(lambda text: text, True, id="as shipped"),
        pytest.param(lambda text: re.sub(r"\{#.*#\}", "", text, flags=re.S), True, id="comment removed"),
        pytest.param(lambda text: re.sub(r"\{#.*#\}|\s", "", text, flags=re.S), True, id="comment and spaces removed"),
        pytest.param(lambda text: "{# mine #}" + re.sub(r"\{#.*#\}", "", text, flags=re.S), True, id="another comment"),
        pytest.param(
            lambda text: re.sub(r"\{#.*#\}", "", text, flags=re.S).replace('"{{ title }}"', "{{ title | tojson }}"),
            True,
            id="written in another way",
        ),
        pytest.param(lambda text: text.replace('"link"', '"url"'), True, id="edited, with the marker left in"),
        pytest.param(
            lambda text: re.sub(r"\{#.*#\}", "", text, flags=re.S).replace('"link"', '"url"'),
            False,
            id="another layout",
        ),
    ],
)
def test_a_copy_of_the_example_is_the_example(settings, tmp_path, change, guarded):
    (tmp_path / "mine.j2").write_text(change(EXAMPLE.read_text()))

    found = problems(settings(OPENTEXT, document="mine.j2"), tmp_path, {})

    assert [("unverified example" in text) for text in found] == ([True] if guarded else [])


@pytest.mark.parametrize(
    ("base_url", "more", "guarded"),
    [
        pytest.param(OPENTEXT, {}, True, id="under opentext.com"),
        pytest.param("https://OPENTEXT.com.:8443/x/", {}, True, id="the domain itself, oddly spelled"),
        pytest.param(OPENTEXT, {"allow_unverified_document": True}, False, id="allowed"),
        pytest.param("https://gateway.acme.example", {}, False, id="elsewhere"),
        pytest.param(LOCAL, {}, False, id="sandbox"),
    ],
)
def test_the_example_is_refused_at_opentext_unless_allowed(settings, tmp_path, base_url, more, guarded):
    channel = settings(base_url, **more)

    assert bool(problems(channel, tmp_path, {})) is guarded
    if guarded:
        with pytest.raises(ValueError, match="unverified example"):
            connect(channel, tmp_path, {})


def test_plain_http_needs_loopback_or_permission(settings, tmp_path):
    remote = "http://gateway.acme.example"

    assert problems(settings(LOCAL), tmp_path, {}) == []
    assert problems(settings(remote, allow_insecure=True), tmp_path, {}) == []
    assert "plain http to gateway.acme.example" in problems(settings(remote), tmp_path, {})[0]


def test_all_problems_are_told_at_once(settings, tmp_path):
    channel = settings("http://acme.example", document="missing.j2", document_schema="missing.json")

    found = problems(channel, tmp_path, {})

    assert [text.split(":")[0] for text in found] == ["base_url", f"document {tmp_path}/missing.j2 cannot be read"]


@pytest.mark.parametrize(
    ("user", "told"),
    [
        pytest.param("a:b", "holds a colon", id="a user with a colon"),
        pytest.param("acme", "missing", id="a file that is not there"),
    ],
)
def test_secrets_that_cannot_be_used_are_told_apart_and_never_shown(settings, tmp_path, user, told):
    channel = settings(LOCAL, auth={"basic": {"user": {"env": "OT_USER"}, "password": {"file": "missing"}}})

    if user == "a:b":
        (tmp_path / "missing").write_text("hunter2")

    found = secret_problem(channel, tmp_path, {"OT_USER": user})

    assert found is not None
    assert told in found
    assert "hunter2" not in found
    assert "a:b" not in found
    assert secrets(channel, tmp_path, {"OT_USER": user})[0] == user


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        pytest.param('{"type": "objekt"}', "document_schema s.json: ", id="not a schema"),
        pytest.param("{,}", "document_schema s.json:1:2: not JSON", id="not JSON"),
        pytest.param("[]", "a JSON Schema is an object", id="list"),
        pytest.param('{"$ref": "http://schema.invalid/x.json"}', "document_schema s.json: ", id="somewhere else"),
        pytest.param(
            '{"required": ["to"]}', "no document of this template fits it (rule /required)", id="lacks a member"
        ),
        pytest.param('{"additionalProperties": false}', "(rule /additionalProperties)", id="has one too many"),
    ],
)
def test_a_schema_that_cannot_be_met_is_a_problem(settings, tmp_path, schema, told):
    (tmp_path / "s.json").write_text(schema)

    (found,) = problems(settings(LOCAL, document_schema="s.json"), tmp_path, {})

    assert told in found


def test_a_message_that_breaks_the_schema_is_unsendable_and_not_quoted(gateway, settings, send, message, tmp_path):
    (tmp_path / "s.json").write_text('{"properties": {"recipient": {"properties": {"address": {"pattern": "^[+]"}}}}}')

    (answer,) = send(settings(gateway.url, document_schema="s.json"), message())

    rule = "/properties/recipient/properties/address/pattern"
    assert answer == Unsendable(f"the document breaks document_schema at {rule}")
    assert reading(answer) is Reading.REFUSED
    assert gateway.connections == 0


def test_a_refused_secret_is_read_anew_for_the_next_try(gateway, settings, message, tmp_path, replying):
    (tmp_path / "pw").write_text("old\n")
    channel = settings(gateway.url, auth={"basic": {"user": "acme", "password": {"file": "pw"}}})
    gateway.behave = replying("401 Unauthorized")

    async def scenario():
        sender = connect(channel, tmp_path, {})
        await sender.send(message())
        (tmp_path / "pw").write_text("new\n")
        gateway.behave = replying()
        await sender.send(message())
        (tmp_path / "pw").write_text("unused\n")
        await sender.send(message())
        await sender.aclose()

    asyncio.run(scenario())

    sent = [re.search(rb"(?i)authorization: Basic (\S+)", request)[1] for request in gateway.requests]
    assert [base64.b64decode(one) for one in sent] == [b"acme:old", b"acme:new", b"acme:new"]


def test_a_secret_that_went_missing_is_not_sent(gateway, settings, message, tmp_path):
    (tmp_path / "pw").write_text("old\n")
    channel = settings(gateway.url, auth={"basic": {"user": "acme", "password": {"file": "pw"}}})

    async def scenario():
        sender = connect(channel, tmp_path, {})
        (tmp_path / "pw").unlink()
        answer = await sender.send(message())
        await sender.aclose()
        return answer

    assert asyncio.run(scenario()) == NotSent(
        f"not sent: the secret's file {tmp_path}/pw cannot be read: No such file or directory"
    )
    assert gateway.connections == 0


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"base_url": "https://ann:s3cret@api.example"}, id="password in the URL"),
        pytest.param({"auth": {"oauth2": {"client_secret": "s3cret"}}}, id="oauth2"),
        pytest.param({"auth": {"basic": {"user": "a", "password": ["s3cret"]}}}, id="password as a list"),
        pytest.param({"kind": "s3cret"}, id="another kind"),
        pytest.param({"timeouts": {"read": "0s"}}, id="no time at all"),
        pytest.param({"timeouts": {"pool": "2m"}}, id="longer than a claim may last"),
        pytest.param({"concurrency": 0}, id="nobody may send"),
        pytest.param({"dokument": "s3cret"}, id="unknown key"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_without_showing_them(settings, values):
    with pytest.raises(ValidationError) as caught:
        settings(**({"base_url": LOCAL} | values))

    assert "s3cret" not in str(caught.value)


def test_oauth2_is_refused_with_the_reason(settings):
    with pytest.raises(ValidationError, match="`oauth2` is not supported for push"):
        settings(LOCAL, auth={"oauth2": {}, "basic": {"user": "a", "password": "b"}})


def test_settings_do_not_show_the_password(settings):
    channel = settings(LOCAL)

    assert "s3cret" not in repr(channel) + str(channel.model_dump()) + channel.model_dump_json()


async def echoes(reader, writer, request):
    """Write everything that was asked into every part of the answer, as a helpful gateway might."""
    told = re.sub(rb"[\r\n]+", b" ", request) + base64.b64decode(json.loads(request.partition(b"\r\n\r\n")[2])["data"])
    headers = b"Content-Type: text/x-%s\r\nLocation: http://%s/\r\nRetry-After: %s" % ((told,) * 3)
    writer.write(b"HTTP/1.1 400 %s\r\n%s\r\nContent-Length: %d\r\n\r\n%s" % (told, headers, len(told), told))


async def echoes_and_breaks(reader, writer, request):
    writer.write(b"HTTP/1.1 abc " + re.sub(rb"[\r\n]+", b" ", request) + b"\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(
    ("behave", "kind"),
    [pytest.param(echoes, Answered, id="answers"), pytest.param(echoes_and_breaks, Unanswered, id="breaks")],
)
def test_no_secret_address_or_content_is_logged_or_told(start, settings, send, message, caplog, capfd, behave, kind):
    """Even with every logger wide open, and a gateway that repeats the whole request."""
    caplog.set_level(logging.DEBUG)
    gateway = start(behave)
    private = message(title="TITLE-x", body="BODY-x", recipient=Recipient("ADDRESS-x", "ann", "NAME-x", None))

    (answer,) = send(settings(gateway.url), private)

    out = capfd.readouterr()
    told = answer.detail + caplog.text + out.out + out.err
    secrets = [
        "TITLE-x",
        "BODY-x",
        "ADDRESS-x",
        "NAME-x",
        "s3cret",
        base64.b64encode(b"acme-push:s3cret").decode()[:20],
    ]
    assert isinstance(answer, kind)
    assert [secret for secret in secrets if secret in told] == []


def test_closing_twice_is_harmless(settings, tmp_path):
    async def scenario():
        sender = connect(settings(LOCAL), tmp_path, {})
        await sender.aclose()
        await sender.aclose()
        return sender.concurrency, sender.repeat_after_timeout

    assert asyncio.run(scenario()) == (32, True)


def test_the_schema_of_the_settings_can_be_made():
    named = OpentextPushSettings.model_json_schema()["properties"]

    assert {"base_url", "auth", "document", "domain", "timeouts"} <= set(named)
