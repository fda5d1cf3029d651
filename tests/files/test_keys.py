"""A mapping read key by key."""

from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from otpushd.files.keys import read_keys
from otpushd.files.problem import Severity
from otpushd.files.yaml_document import parse_yaml


class Colours(BaseModel):
    """A model as read_keys wants it: every field has a default."""

    model_config = ConfigDict(extra="forbid")

    red: int = 1
    in_: Annotated[str | None, Field(alias="in")] = None


@pytest.mark.parametrize(
    ("text", "red", "within", "said"),
    [
        pytest.param("{red: 2, in: a}", 2, "a", [], id="right"),
        pytest.param("{}", 1, None, [], id="defaults"),
        pytest.param("{red: x, in: a}", 1, "a", ["1:7 expected a whole number, got a text"], id="one wrong"),
        pytest.param(
            "{red: x, in: 3}",
            1,
            None,
            ["1:7 expected a whole number, got a text", "1:14 expected a text, got a number; put it in quotes"],
            id="both wrong",
        ),
        pytest.param("{in: }", 1, None, ["1:2 `in` has no value"], id="no value"),
        pytest.param("{rde: 3}", 1, None, ["1:2 unknown key `rde`; did you mean 'red'?"], id="unknown"),
        pytest.param(
            "{later: 3, red: 5}", 5, None, ["1:2 `later` is not supported by this version of otpushd"], id="later"
        ),
        pytest.param("{other: 3, red: 5}", 5, None, [], id="looked at elsewhere"),
        pytest.param("[1]", 1, None, ["1:1 expected a mapping, got a list"], id="no mapping"),
    ],
)
def test_one_bad_key_hides_no_other(text: str, red: int, within: str | None, said: list[str]) -> None:
    """What is right is had, each wrong key is told, also under a name that Python reserves."""
    document, _ = parse_yaml(text, "f")
    assert document is not None
    found, problems = read_keys(Colours, document, (), {"later": Severity.WARNING}, ("other",))

    assert (found.red, found.in_) == (red, within)
    assert [f"{one.line}:{one.column} {one.text}" for one in problems] == said
