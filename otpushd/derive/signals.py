"""What others may hand in with `otpushd emit`: which types, with which fields, and what is wrong with an event."""

import json
import math
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from otpushd.files.field_value import field_value
from otpushd.files.suggest import did_you_mean
from otpushd.model.event import CONTENT_FIELDS, Catalogue, EventType, Field, Kind
from otpushd.model.queue import parse_example, parse_selection

_SIGNAL = {
    "model": Field(Kind.STRING),
    "metric": Field(Kind.STRING),
    "value": Field(Kind.NUMBER),
    "bound": Field(Kind.NUMBER),
    "examples": Field(Kind.STRINGS),
    "selection": Field(Kind.STRING),
}
SIGNALS = tuple(EventType(name, _SIGNAL) for name in ("model.drift", "model.errors", "model.low_confidence"))
IMPORT_FAILED = EventType(
    "import.failed",
    {"command": Field(Kind.STRING), "status": Field(Kind.INTEGER), "detail": Field(Kind.STRING)},
)
EXAMPLE_ADDED = "example.added"
TYPES = (*SIGNALS, IMPORT_FAILED)
ALLOWED = (EXAMPLE_ADDED, *(kind.name for kind in TYPES))
"""Of the built-in types, those that may be handed in. All others are what otpushd itself has seen."""


def known_signal(name: str, catalogue: Catalogue, declared: Catalogue) -> EventType:
    """The type that may be handed in under that name. Raises ValueError with the reason why it may not."""
    if name in declared and name not in catalogue:
        return declared[name]
    if name in ALLOWED:
        return catalogue[name]
    may = ", ".join([*ALLOWED, *declared])
    if name in catalogue:
        raise ValueError(f"the type `{name}` is reserved: otpushd makes it itself; what may be handed in is {may}")
    nearest = did_you_mean(name, [*ALLOWED, *declared])
    raise ValueError(
        f"no event type `{name}`{nearest or f'; what may be handed in is {may}'}; "
        "own types are declared under `events:` in otpushd.yaml"
    )


def read_signal(kind: EventType, text: str | bytes) -> tuple[dict[str, Any], list[str]]:
    """The fields of an event from the text of a JSON object, and everything that is wrong with it. Never raises."""
    try:
        found = json.loads(text, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        return {}, [f"this is no JSON: {_why(error)}"]
    if not isinstance(found, dict):
        return {}, ["an event's data is a JSON object, such as {}".format('{"value": 0.31}')]
    fields: dict[str, Any] = {}
    wrong: list[str] = []
    for name, value in found.items():
        fields[name], problem = _field(kind, name, value)
        wrong += [problem] if problem else []
    return fields, wrong


def _field(kind: EventType, name: str, value: Any) -> tuple[Any, str]:
    field = kind.fields.get(name)
    if field is None:
        known = ", ".join(kind.fields) or "none"
        return None, f"`{kind.name}` has no field `{name}`{did_you_mean(name, kind.fields) or f'; it has {known}'}"
    if value is None:
        return None, ""
    if name == "examples" and kind in SIGNALS:
        return _examples(value)
    if name == "selection" and kind in SIGNALS and isinstance(value, str):
        try:
            parse_selection(value)
        except ValueError as error:
            return None, f"`selection`: {error}"
    if name in CONTENT_FIELDS and isinstance(value, Mapping):
        return value, ""
    return field_value(name, value, field.kind, field.values, UTC)


def _examples(value: Any) -> tuple[Any, str]:
    """Ids and hashes are numbers, and the field is a list of texts, because templates show those."""
    entries = value if isinstance(value, list) else [value]
    try:
        return [str(parse_example(one)) for one in entries], ""
    except ValueError as error:
        return None, f"`examples`: {error}"


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is larger than any number")
    return number


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON; write null")


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at line {error.lineno}, column {error.colno}"
    return "nested too deep" if isinstance(error, RecursionError) else str(error)
