"""What is to be known about a channel before anybody is asked."""

from pathlib import Path

from otpushd.push.channel_facts import channel_facts
from otpushd.push.document_load import EXAMPLE


def test_secrets_are_told_by_their_places_alone(settings, tmp_path: Path) -> None:
    auth = {"basic": {"user": {"env": "OT_USER"}, "password": {"file": "secret"}}}
    (tmp_path / "secret").write_text("s3cret-in-file\n")

    facts = channel_facts(settings("https://a.example", auth=auth), tmp_path, {"OT_USER": "s3cret-in-env"})

    assert (facts.secret_files, facts.plain, facts.unreadable) == ((tmp_path / "secret",), (), None)
    assert "s3cret" not in repr(facts)


def test_a_password_in_the_configuration_is_told_by_its_key(settings, tmp_path: Path) -> None:
    facts = channel_facts(settings("https://a.example"), tmp_path, {})

    assert facts.plain == ("auth.basic.password",)
    assert "s3cret" not in repr(facts)


def test_a_secret_that_is_not_there_is_told(settings, tmp_path: Path) -> None:
    auth = {"basic": {"user": "acme", "password": {"env": "OT_PASSWORD"}}}

    facts = channel_facts(settings("https://a.example", auth=auth), tmp_path, {})

    assert facts.unreadable and "OT_PASSWORD is not set" in facts.unreadable


def test_a_copy_of_the_example_is_the_example(settings, tmp_path: Path) -> None:
    (tmp_path / "mine.j2").write_text(EXAMPLE.read_text().partition("-#}")[2])
    (tmp_path / "own.j2").write_text('{"to": "{{ recipient.address }}", "say": "{{ title }}"}')

    copied, own = (
        channel_facts(settings("https://a.example", document=name), tmp_path, {}) for name in ("mine.j2", "own.j2")
    )

    assert (copied.unverified, own.unverified) == (True, False)
