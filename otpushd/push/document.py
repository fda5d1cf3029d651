"""The JSON request file inside a push: the operator's Jinja2 template, rendered, read back and made byte-stable.

Invariant: what comes out is one JSON object in compact, key-sorted UTF-8; no text of a message can change its shape.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NoReturn, Protocol

from jinja2 import StrictUndefined, Template, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from otpushd.model.delivery import Message
from otpushd.push.budget import whole

LARGEST_OUTPUT = 262_144
"""Characters a document may have; the simulator's limit for the decoded file is the same (opentext-openapi.yaml)."""

FILTERS = frozenset(
    {
        *("abs", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length", "lower"),
        *("round", "string", "title", "tojson", "trim", "truncate", "upper"),
    }
)


# Made once: json.dumps makes one for each call that says how, which takes longer than using it.
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_SORTED = json.JSONEncoder(sort_keys=True)
_COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_AS_IT_IS = (Markup, StrictUndefined)
_IN_JSON = (bool, int, float, Mapping, list, tuple)


class DocumentError(Exception):
    """A message has no document. The text names lines, names and rules of the operator's own files, never content."""


class SchemaViolation(Protocol):
    """The part of a jsonschema_rs error that is used."""

    @property
    def schema_path(self) -> list[str | int]: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A compiled template. `violations` applies the operator's JSON Schema; None where there is none."""

    name: str
    template: Template
    violations: Callable[[Any], list[SchemaViolation]] | None = None

    def render(self, message: Message, body: str) -> bytes:
        """The document of `message` with `body` in place of its own. Raises DocumentError."""
        document = compact(parsed(self.text(context(message, body)), self.name))
        broken = self.violations(json.loads(document)) if self.violations else []
        if broken:
            # Values and the keys of exposed content stay out of the text: the schema's own path is the operator's.
            rules = sorted({"/" + "/".join(map(str, violation.schema_path)) for violation in broken})
            raise DocumentError(f"the document breaks document_schema at {', '.join(rules[:3])}")
        return document

    def text(self, names: Mapping[str, Any]) -> str:
        """What the template renders to, JSON or not. Raises DocumentError."""
        pieces: list[str] = []
        size = 0
        try:
            for piece in self.template.generate(names):
                size += len(piece)
                if size > LARGEST_OUTPUT:
                    raise DocumentError(f"{self.name}: the document is longer than {LARGEST_OUTPUT} characters")
                pieces.append(piece)
        except DocumentError:
            raise
        except UndefinedError as error:
            # Only literal names can stand in an allowed template, so Jinja's text names no content.
            raise DocumentError(f"{self._place(error.__traceback__)}: {error.message}; use `| default(…)`") from None
        except Exception as error:
            # Whatever a template can make Python raise; its text may quote content, its kind cannot.
            raise DocumentError(f"{self._place(error.__traceback__)}: {type(error).__name__}") from None
        return "".join(pieces)

    def _place(self, trace: TracebackType | None) -> str:
        line = None
        while trace:
            if trace.tb_frame.f_code.co_filename == self.name:
                line = trace.tb_lineno
            trace = trace.tb_next
        return f"{self.name}:{line}" if line else self.name


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja2 cut down to what a JSON document needs; what is printed is escaped for the inside of a JSON string."""
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=printed, autoescape=False, cache_size=0)
    made.globals.clear()
    made.policies["json.dumps_function"] = _dumped
    for name in set(made.filters) - FILTERS:
        del made.filters[name]
    return made


def printed(value: Any) -> Any:
    """A value as `{{ … }}` writes it: JSON, except that a text lacks its quotes and null is nothing.

    The Markup that `| tojson` makes is JSON already, and an undefined name is left to raise its error.
    """
    if type(value) is str:
        return _JSON.encode(value)[1:-1]
    if isinstance(value, _AS_IT_IS):
        return value
    if value is None:
        return ""
    if isinstance(value, str):
        return _JSON.encode(str(value))[1:-1]
    if isinstance(value, _IN_JSON):
        return _JSON.encode(value)
    raise TypeError("not a value that JSON has")


def context(message: Message, body: str) -> dict[str, Any]:
    """The names a template sees (product.md section 4). Plain texts, since a Markup would pass unescaped."""
    recipient = message.recipient
    return {
        "id": str(message.id),
        "title": str(message.title),
        "body": str(body),
        "link": None if message.link is None else str(message.link),
        "priority": message.priority.value,
        "expires_at": None if message.expires_at is None else _instant(message.expires_at),
        "rule": str(message.rule),
        "event": message.event,
        "recipient": {"address": str(recipient.address), "id": str(recipient.id), "name": str(recipient.name)},
    }


def parsed(text: str, name: str) -> dict[str, Any]:
    """The one JSON object in `text`. Raises DocumentError with the line of the rendered text and no piece of it."""
    try:
        document = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refused)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"{name} does not render to JSON: {error.msg} in line {error.lineno}, column {error.colno} of its output"
        ) from None
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} does not render to JSON: {error}") from None
    if not isinstance(document, dict):
        raise DocumentError(f"{name} renders to JSON, but not to an object in braces")
    return document


def compact(document: Mapping[str, Any]) -> bytes:
    """Key-sorted JSON without spaces in UTF-8: the same document is the same bytes, over retries and restarts."""
    return whole(_COMPACT.encode(document)).encode()


def _dumped(value: Any, **options: Any) -> str:
    """What `| tojson` calls: json.dumps with the options that Jinja2 gives it unless a template says more."""
    return _SORTED.encode(value) if options == {"sort_keys": True} else json.dumps(value, **options)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key comes twice in one object")
    return made


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
