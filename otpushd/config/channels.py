"""The configured channels: each is judged by the model of its kind. Which kinds there are, the caller says."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from otpushd.config.people import PERSON_KEYS
from otpushd.files.problem import Problem
from otpushd.files.suggest import did_you_mean
from otpushd.files.validate import validate
from otpushd.files.yaml_document import Steps, YamlDocument

KINDS = ("opentext-push", "opentext-sms", "opentext-email", "opentext-whatsapp", "opentext-appworks", "log")
"""All kinds of the contract (product.md, section 4), of which this version may have fewer."""


def read_channels(document: YamlDocument, kinds: Mapping[str, type[BaseModel]]) -> tuple[dict[str, Any], list[Problem]]:
    """Each channel's settings, in the file's order, without those that have problems, and the problems."""
    channels: dict[str, Any] = {}
    problems: list[Problem] = []
    entries = document.at(("channels",))
    for name, entry in (entries if isinstance(entries, dict) else {}).items():
        path: Steps = ("channels", name)
        if name in PERSON_KEYS:
            text = f"a channel cannot be called `{name}`, which means something else in the people file"
            problems.append(document.problem(path, text, key=True))
        if not isinstance(entry, dict):
            continue
        model, wrong = _model(document, path, entry, kinds)
        problems += wrong
        if model is None:
            continue
        settings, wrong = validate(model, document, path, _taken(entry, model))
        problems += wrong
        if settings is not None:
            channels[name] = settings
    return channels, problems


def _model(
    document: YamlDocument, path: Steps, entry: Mapping[str, Any], kinds: Mapping[str, type[BaseModel]]
) -> tuple[type[BaseModel] | None, list[Problem]]:
    supported = f"supported: {', '.join(kinds)}"
    if "kind" not in entry:
        return None, [document.problem(path, f"`kind` is missing; {supported}", key=True)]
    kind = entry["kind"]
    if not isinstance(kind, str):
        return None, [document.problem((*path, "kind"), f"expected a channel's kind; {supported}")]
    if kind in kinds:
        return kinds[kind], []
    if kind in KINDS:
        text = f"`{kind}` is not supported by this version of otpushd; {supported}"
    else:
        text = f"there is no kind of channel `{kind}`" + (did_you_mean(kind, kinds) or f"; {supported}")
    return None, [document.problem((*path, "kind"), text)]


def _taken(entry: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The entry without what belongs to every channel: rates, and its kind if the model has none."""
    return {
        key: value for key, value in entry.items() if key != "rates" and (key != "kind" or key in model.model_fields)
    }
