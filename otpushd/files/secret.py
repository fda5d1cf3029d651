"""A secret in a file people write: where to read it, or, discouraged, the text itself. It never shows its value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_HOW = "write {file: PATH}, {env: NAME} or a text in quotes"


class SecretUnreadable(Exception):
    """The secret is not there or cannot be used. The text names the file or variable, never the value."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """One of `{file: …}`, `{env: …}` or a plain text; a field type for pydantic models. Exactly one is set."""

    file: str | None = None
    env: str | None = None
    text: str | None = field(default=None)

    def __repr__(self) -> str:
        return f"Secret({self.shown})"

    @property
    def shown(self) -> str:
        """Where the secret comes from, fit to be shown: `file 'x'`, `env 'X'` or asterisks."""
        if self.file is not None:
            return f"file {self.file!r}"
        return f"env {self.env!r}" if self.env is not None else "**********"

    def read(self, environ: Mapping[str, str], folder: Path) -> str:
        """The secret itself. A file is relative to `folder`; one newline at its end is not part of the secret.

        Raises SecretUnreadable where the file or variable is missing, unreadable, not UTF-8 or empty.
        """
        if self.file is not None:
            return _from_file(folder / self.file)
        if self.env is None:
            return self.text or ""
        if self.env not in environ:
            raise SecretUnreadable(f"the environment variable {self.env} is not set")
        if not environ[self.env]:
            raise SecretUnreadable(f"the environment variable {self.env} is empty")
        return environ[self.env]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _parse, serialization=core_schema.plain_serializer_function_ser_schema(lambda secret: secret.shown)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        def only(key: str) -> JsonSchemaValue:
            text = {"type": "string", "minLength": 1}
            return {"type": "object", "properties": {key: text}, "required": [key], "additionalProperties": False}

        return {"anyOf": [only("file"), only("env"), {"type": "string", "minLength": 1}]}


def _parse(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        if not value:
            raise ValueError(f"the secret is empty; {_HOW}")
        return Secret(text=value)
    if isinstance(value, dict) and len(value) == 1:
        key, where = next(iter(value.items()))
        if key in ("file", "env"):
            if not isinstance(where, str) or not where or "\0" in where:
                raise ValueError(f"`{key}` of a secret takes a text: {_HOW}")
            return Secret(**{key: where})
    raise ValueError(f"not a secret; {_HOW}")


def _from_file(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SecretUnreadable(f"the secret's file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretUnreadable(f"the secret's file {path} is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise SecretUnreadable(f"the secret's file {path} is empty")
    return text
