"""The store as a command opens it, by its URL, on each database."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from otpushd.files.postgres_url import postgres_url
from otpushd.store.command import is_there, open_for
from otpushd.store.sql import rows


def test_a_file_is_made_when_it_is_opened(path: Path) -> None:
    url = f"sqlite:///{path}"
    assert not is_there(url)
    open_for(url, {}, "emit", "token").close()
    assert is_there(url)


def test_on_a_server_it_says_which_command_it_is(place: Mapping[str, str]) -> None:
    plain = {name: value for name, value in place.items() if name != "options"}
    url = postgres_url(plain)
    with closing(open_for(url, {"options": place["options"]}, "emit", "token")) as database:
        ((name,),) = rows(database, "SELECT current_setting('application_name')")
    assert is_there(url)
    assert name.startswith("otpushd-store emit ")


@pytest.mark.parametrize("command", ["emit", "silence"])
def test_two_uses_do_not_shut_each_other_out(place: Mapping[str, str], command: str) -> None:
    url = postgres_url({name: value for name, value in place.items() if name != "options"})
    more = {"options": place["options"]}
    with closing(open_for(url, more, command, "one")), closing(open_for(url, more, "silence", "other")) as database:
        assert rows(database, "SELECT count(*) FROM silence") == [(0,)]
