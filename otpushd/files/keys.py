"""A mapping read key by key, so that one bad key hides no other, which `validate` alone would do."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel

from otpushd.files.problem import Problem, Severity
from otpushd.files.validate import validate
from otpushd.files.yaml_document import Steps, YamlDocument

M = TypeVar("M", bound=BaseModel)

NOTHING: Mapping[str, Severity] = MappingProxyType({})


def read_keys(
    model: type[M],
    document: YamlDocument,
    path: Steps,
    later: Mapping[str, Severity] = NOTHING,
    elsewhere: Collection[str] = (),
) -> tuple[M, list[Problem]]:
    """The keys of the mapping at `path` that are right, and a problem for each that is wrong or of a `later` version.

    Every field of the model must have a default. Keys that are looked at `elsewhere` are left out.
    """
    data = document.at(path)
    if not isinstance(data, dict):
        return model.model_construct(), validate(model, document, path)[1]
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key in elsewhere:
            continue
        if key in later:
            problems.append(unsupported(document, (*path, key), later[key]))
        elif value is None and key in names:
            text = f"`{key}` has no value{_hidden(document, path, key)}"
            problems.append(document.problem((*path, key), text, key=True))
        else:
            found, wrong = validate(model, document, path, {key: value})
            problems += wrong
            if found is not None:
                values[names[key]] = getattr(found, names[key])
    return model.model_construct(**values), problems


def _hidden(document: YamlDocument, path: Steps, key: str) -> str:
    """What may have become of a value that is not there."""
    line, column = document.position((*path, key), key=True)
    rest = document.text.split("\n")[line - 1][column - 1 :].partition(":")[2]
    return "; a text that begins with `#` needs quotes, for a comment begins there" if rest.lstrip()[:1] == "#" else ""


def unsupported(document: YamlDocument, path: Steps, severity: Severity = Severity.ERROR) -> Problem:
    """What to say about a key that a later version takes; a warning where going on changes nothing of who gets what."""
    text = f"`{path[-1]}` is not supported by this version of otpushd"
    return document.problem(path, text, key=True, severity=severity)
