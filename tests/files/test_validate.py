"""Models over documents: one readable problem for each place, at its character."""

from datetime import timedelta
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from otpushd.files.duration import Duration, Zone
from otpushd.files.secret import Secret
from otpushd.files.validate import validate
from otpushd.files.yaml_document import YamlDocument, parse_yaml


class Strict(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bounds(Strict):
    """A mapping among the alternatives of a union."""

    at_least: float | None = None
    above: float | None = None


class Basic(Strict):
    """One of two kinds."""

    kind: Literal["basic"]
    user: str


class Token(Strict):
    """The other."""

    kind: Literal["token"]
    seconds: Annotated[int, Field(ge=1)]


def no_x(text: str) -> str:
    if text == "x":
        raise ValueError("x is taken")
    return text


class Sheet(Strict):
    """Every shape that the project's files have."""

    to: str | list[str]
    wait: Duration = timedelta(0)
    zone: Zone | None = None
    password: Secret | None = None
    match: dict[str, str | int | float | bool | list[str | int] | Bounds] = {}
    auth: Annotated[Basic | Token, Field(discriminator="kind")] | None = None
    counts: dict[Annotated[str, AfterValidator(no_x)], int] = {}
    on: str = Field(alias="when", default="x")
    priority: Literal["low", "normal", "high"] = "low"
    names: Annotated[list[str], Field(min_length=1)] = ["a"]
    steps: Annotated[tuple[Bounds, ...], Field(min_length=1)] = (Bounds(),)
    is_on: bool = False


def document_of(text: str) -> YamlDocument:
    document, problems = parse_yaml(text, "f.yaml")
    assert document is not None
    assert problems == []
    return document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("to: «5", "expected a text or a list of texts, got a number", id="no alternative fits"),
        pytest.param("to: [a, «5]", "expected a text, got a number", id="an entry of the alternative that fits"),
        pytest.param("«wait: 5s", "`to` is missing", id="a missing key of the file"),
        pytest.param("to: a\nwait: «5", "the duration has no unit; write 5s", id="a validator's own words"),
        pytest.param("to: a\nzone: «Europe/Zurch", "did you mean 'Europe/Zurich'?", id="a zone"),
        pytest.param("to: a\nmatch: {score: {at_least: «hi}}", "expected a number, got a text", id="inside a union"),
        pytest.param(
            "to: a\nmatch: {score: {at_leest: 1}}".replace("at_leest", "«at_leest"),
            "unknown key `at_leest`; did you mean 'at_least'?",
            id="an unknown key inside a union",
        ),
        pytest.param(
            "to: a\nmatch: {a: [b, «{c: 1}]}", "expected a text or a whole number, got a mapping", id="deep in a list"
        ),
        pytest.param(
            "to: a\nmatch: {a: «null}",
            "expected a text, a number, true or false, a list of texts or whole numbers or a mapping, got nothing",
            id="a wide union",
        ),
        pytest.param("to: a\n«auth: {user: u}", "`kind` is missing", id="no kind"),
        pytest.param(
            "to: a\nauth: {kind: «basci, user: u}", "must be one of basic, token; did you mean 'basic'?", id="kind"
        ),
        pytest.param("to: a\n«auth: {kind: basic}", "`user` is missing", id="a missing key of one kind"),
        pytest.param(
            "to: a\nauth: {kind: token, seconds: 3, «user: u}",
            "unknown key `user`; known here: kind, seconds",
            id="a key of the other kind",
        ),
        pytest.param("to: a\nauth: {kind: token, seconds: «0}", "must be at least 1", id="too small"),
        pytest.param("to: a\ncounts: {«x: 1}", "x is taken", id="a refused key"),
        pytest.param("to: a\ncounts: {b: «[1]}", "expected a whole number, got a list", id="a value under a key"),
        pytest.param("to: a\n«whn: 1", "unknown key `whn`; did you mean 'when'?", id="an alias is what files say"),
        pytest.param("to: a\npriority: «hihg", "must be one of low, normal, high; did you mean 'high'?", id="a choice"),
        pytest.param("to: a\nnames: «[]", "must not be empty", id="an empty list"),
        pytest.param("to: a\nnames: «b", "expected a list of texts, got a text", id="a text for a list"),
        pytest.param("to: a\nsteps: [«3]", "expected a mapping, got a number", id="the only entry"),
        pytest.param(
            "to: a\nsteps:\n- at_least: 1\n- «abov: 2", "unknown key `abov`; did you mean 'above'?", id="in a list"
        ),
        pytest.param("to: a\nis_on: «maybe", "expected true or false, got a text", id="a truth value"),
        pytest.param("«- a", "expected a mapping, got a list", id="no mapping at all"),
        pytest.param("to: a\npassword: «{fil: s3cret}", "not a secret; write {file: PATH}", id="a secret"),
    ],
)
def test_each_mistake_is_one_problem_at_its_place(text: str, said: str, marked) -> None:
    """Unions do not report every alternative."""
    text, position = marked(text)
    model, problems = validate(Sheet, document_of(text))
    assert model is None
    assert [((one.line, one.column), said in one.text) for one in problems] == [(position, True)], problems


def test_all_mistakes_come_at_once_in_the_files_order() -> None:
    """Five mistakes, five lines."""
    text = "to: 1\nwait: x\nsteps: [{abov: 1}]\nnames: []\nzzzzzz: 1\n"
    _, problems = validate(Sheet, document_of(text))
    assert [problem.line for problem in problems] == [1, 2, 3, 4, 5]


def test_a_part_of_a_document_is_validated_in_its_place() -> None:
    """With data of the caller's in its stead, if wanted."""
    document = document_of("auth:\n  kind: basic\n  usr: u\n")
    _, problems = validate(Basic, document, ("auth",))
    assert [str(one) for one in problems] == [
        "f.yaml:1:1: `user` is missing",
        "f.yaml:3:3: unknown key `usr`; did you mean 'user'?",
    ]
    model, _ = validate(Basic, document, ("auth",), {"kind": "basic", "user": "u"})
    assert model == Basic(kind="basic", user="u")


_keys = st.sampled_from(["to", "match", "auth", "password", "steps", "kind", "user", "at_least", "str", "Basic"])
_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just("s3cret"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
)


@given(st.dictionaries(_keys, _data, max_size=5))
def test_no_data_makes_validation_fail_or_show_a_value(data: dict) -> None:
    """One problem a place, with a text, and none of the values in it."""
    _, problems = validate(Sheet, document_of("to: a"), (), data)
    assert len({(problem.line, problem.column) for problem in problems}) == len(problems)
    assert all(problem.text and "s3cret" not in problem.text for problem in problems)
