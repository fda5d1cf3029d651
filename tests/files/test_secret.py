"""Secrets: read from where they are, and shown nowhere."""

import json
import traceback
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from otpushd.files.secret import Secret, SecretUnreadable


class Account(BaseModel):
    """A model that holds a secret."""

    password: Secret


def secret_of(written: object) -> Secret:
    return Account.model_validate({"password": written}).password


@pytest.mark.parametrize(
    ("content", "secret"),
    [(b"s3cret", "s3cret"), (b"s3cret\n", "s3cret"), (b"s3cret\r\n", "s3cret"), (b" s\n\n", " s\n"), (b"\n", None)],
)
def test_a_file_gives_its_text_without_one_newline_at_the_end(
    tmp_path: Path, content: bytes, secret: str | None
) -> None:
    """Its path is relative to the given folder. Nothing but a newline is no secret."""
    (tmp_path / "f").write_bytes(content)
    if secret is None:
        with pytest.raises(SecretUnreadable, match="is empty"):
            secret_of({"file": "f"}).read({}, tmp_path)
    else:
        assert secret_of({"file": "f"}).read({}, tmp_path) == secret


def test_a_variable_and_a_plain_text_give_themselves(tmp_path: Path) -> None:
    """Neither needs a file."""
    assert secret_of({"env": "OT"}).read({"OT": "s3cret"}, tmp_path) == "s3cret"
    assert secret_of("s3cret").read({}, tmp_path) == "s3cret"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"env": "OT_GONE"}, "variable OT_GONE is not set"),
        ({"env": "OT_EMPTY"}, "variable OT_EMPTY is empty"),
        ({"file": "gone"}, "gone cannot be read: No such file"),
        ({"file": "."}, "cannot be read: Is a directory"),
        ({"file": "binary"}, "binary is not UTF-8"),
    ],
)
def test_an_unreadable_secret_names_its_place(tmp_path: Path, written: object, said: str) -> None:
    """The reader can tell which file or variable to mend."""
    (tmp_path / "binary").write_bytes(b"s3cret\xff")
    with pytest.raises(SecretUnreadable, match=said) as caught:
        secret_of(written).read({"OT_EMPTY": ""}, tmp_path)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value, chain=True))


@pytest.mark.parametrize("shown", [repr, str, lambda one: one.model_dump_json(), lambda one: str(one.model_dump())])
def test_a_plain_secret_is_never_shown(shown) -> None:
    """Not by repr, str or a dump of the model that holds it."""
    assert "s3cret" not in shown(Account.model_validate({"password": "s3cret"}))


@pytest.mark.parametrize(
    "written",
    [{}, {"fil": "s3cret"}, {"file": "a", "env": "s3cret"}, {"file": 3}, {"env": ""}, "", 5, None, ["s3cret"]],
    ids=str,
)
def test_what_is_no_secret_is_refused_without_showing_it(written: object) -> None:
    """The mend names the three ways."""
    with pytest.raises(ValidationError) as caught:
        secret_of(written)
    message = caught.value.errors()[0]["msg"]
    assert "write {file: PATH}, {env: NAME} or a text" in message
    assert "s3cret" not in message


def test_the_json_schema_knows_the_three_ways() -> None:
    """For editors."""
    assert '"env"' in json.dumps(Account.model_json_schema())
