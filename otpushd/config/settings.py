"""The shape of otpushd.yaml. What hangs together across files, or is a channel kind's own, is checked elsewhere."""

import re
from datetime import UTC, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from otpushd.files.duration import Duration, Zone
from otpushd.model.event import COMMON_FIELDS, CONTENT_FIELDS, Kind

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXPOSED = re.compile(r"(meta|task)(\.[^.\s]+)+")
_SHORTEST_POLL = timedelta(milliseconds=10)

RESERVED_FIELDS = (
    frozenset(COMMON_FIELDS)
    | CONTENT_FIELDS
    | {"type", "event_type", "event", "trigger", "rule", "recipient", "present"}
    # Words of CEL (its language definition, "Syntax") and of Jinja2, which could not be used as bare names.
    | {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"}
    | {"let", "loop", "package", "namespace", "return", "var", "void", "while"}
    | {"and", "or", "not", "is", "none", "None", "True", "False"}
)
"""Names that a declared event type's field cannot have, because conditions and templates use them otherwise."""


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a name is made of letters, digits, `_`, `.` and `-`")
    return name


def _event_field(name: str) -> str:
    if not _FIELD.fullmatch(name):
        raise ValueError("a field's name is made of letters, digits and `_`, and does not begin with a digit")
    if name in RESERVED_FIELDS:
        raise ValueError(f"`{name}` cannot be a field's name, it has a meaning of its own; choose another")
    return name


def _exposed_path(path: str) -> str:
    if not _EXPOSED.fullmatch(path):
        raise ValueError(
            "name a field below `meta` or `task`, such as meta.doc_id; all else may leave the machine anyway"
        )
    return path


def _poll(value: timedelta) -> timedelta:
    if value < _SHORTEST_POLL:
        raise ValueError("the shortest poll is 10ms")
    return value


def _retention(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("retention must be longer than nothing; 90d is usual")
    return value


def _version(value: Any) -> int:
    if isinstance(value, bool) or value != 1:
        raise ValueError("this version of otpushd reads `version: 1`")
    return 1


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, AfterValidator(_named)]
EventField = Annotated[str, AfterValidator(_event_field)]
ExposedPath = Annotated[str, AfterValidator(_exposed_path)]
PathText = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SourceSettings(_Strict):
    """A Prodigy to watch: by its own settings file (or the folder that holds it), or by its database's URL."""

    name: Name
    prodigy: PathText | None = None
    url: str | None = None
    poll: Annotated[Duration, AfterValidator(_poll)] = timedelta(seconds=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.prodigy is None) == (self.url is None):
            raise ValueError("a source takes either `prodigy` (Prodigy's settings file) or `url`, one of them")
        return self


class StoreSettings(_Strict):
    """Where otpushd keeps what it must remember."""

    url: str


class Settings(_Strict):
    """otpushd.yaml. A channel's own keys are judged by its kind's model; `metrics` is not read yet."""

    version: Annotated[int, BeforeValidator(_version), WithJsonSchema({"const": 1})]
    timezone: Zone = Field(default_factory=lambda: UTC)
    sources: Annotated[tuple[SourceSettings, ...], Field(min_length=1)]
    store: StoreSettings
    channels: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    rules: Annotated[tuple[PathText, ...], BeforeValidator(_list), Field(min_length=1)]
    people: PathText
    plan: PathText | None = None
    expose: tuple[ExposedPath, ...] = ()
    retention: Annotated[Duration, AfterValidator(_retention)] = timedelta(days=90)
    metrics: Any = None
    events: dict[Name, dict[EventField, Kind]] = {}
