"""What a field of a pydantic model takes, in words for people: `a list of texts`. Knows annotations, not values."""

import types
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from otpushd.files.secret import Secret

_WORDS: Mapping[Any, tuple[str, str]] = {
    str: ("a text", "texts"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
    timedelta: ("a duration such as 30s", "durations such as 30s"),
    datetime: ("an instant such as 2026-03-02T09:00", "instants such as 2026-03-02T09:00"),
    tzinfo: ("a time zone such as Europe/Zurich", "time zones"),
    Secret: ("a secret", "secrets"),
    Any: ("a value", "values"),
}


def alternatives(annotation: Any) -> Iterator[Any]:
    """The types an annotation allows, without Annotated, Optional and unions around them; None is left out."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from alternatives(one)
    elif annotation is not type(None):
        yield annotation


def alternative(annotation: Any, tag: Any) -> Any:
    """The alternative of a union that pydantic calls `tag`: a model by its name or its discriminator's value.

    The annotation itself where none is found.
    """
    for one in alternatives(annotation):
        if isinstance(one, type) and issubclass(one, BaseModel):
            literals = (field.annotation for field in one.model_fields.values())
            if one.__name__ == tag or any(get_origin(of) is Literal and tag in get_args(of) for of in literals):
                return one
    return annotation


def below(annotation: Any, step: str | int) -> Iterator[Any]:
    """The annotations that a value under `step` (a key or an index) of such a value may have."""
    for one in alternatives(annotation):
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield from (field.annotation for name, field in one.model_fields.items() if step in (field.alias, name))
        elif _is(one, Mapping) and get_args(one):
            yield get_args(one)[1]
        elif _is_list(one) and get_args(one):
            yield get_args(one)[0]


def keys(annotation: Any) -> list[str]:
    """The keys that the models among the alternatives know, as written in files."""
    models = (one for one in alternatives(annotation) if isinstance(one, type) and issubclass(one, BaseModel))
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def expected(*annotations: Any, plural: bool = False) -> str:
    """`a text or a list of texts` for `str | list[str]`."""
    kinds = [kind for annotation in annotations for kind in alternatives(annotation)]
    if float in kinds:
        kinds = [kind for kind in kinds if kind is not int]
    words = list(dict.fromkeys(_one(kind, plural) for kind in kinds)) or ["another kind of value"]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def got(value: Any) -> str:
    """The kind of a value in a file, without the value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def mend(wanted: str, value: Any) -> str:
    """What to do about a value of the wrong kind, where one thing is nearly always meant; else an empty text."""
    if "text" in wanted and isinstance(value, bool | int | float):
        return "; put it in quotes"
    if wanted.startswith("a list") and isinstance(value, dict):
        return "; begin each entry with `- `"
    return ""


def _one(annotation: Any, plural: bool) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation][plural]
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(value) for value in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(str(member.value) for member in annotation)
    if _is_list(annotation):
        of = expected(get_args(annotation)[0], plural=True) if get_args(annotation) else "values"
        return f"lists of {of}" if plural else f"a list of {of}"
    return "mappings" if plural else "a mapping"


def _is_list(annotation: Any) -> bool:
    return any(_is(annotation, kind) for kind in (Sequence, Set)) and annotation is not str


def _is(annotation: Any, kind: type) -> bool:
    origin = get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, kind)
