"""Reads a channel's document template and schema from disk, and knows the shipped example when it sees it.

Invariant: a copy of the example is the example, whatever was done to its comments, spaces or order of keys.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs

from otpushd.push.document import Document, SchemaViolation
from otpushd.push.document_check import Checked, compiled

EXAMPLE = Path(__file__).with_name("push-document.json.j2")
MARKER = "otpushd:unverified-document"

_STRUCTURE = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
Violations = Callable[[Any], list[SchemaViolation]]


def read_document(path: Path, schema: Path | None) -> tuple[Document | None, bool, list[str]]:
    """The document, whether it is the unverified example, and what is wrong with template or schema."""
    source, problems = _read(path, "document")
    if source is None:
        return None, False, problems
    checked = compiled(source, path.name)
    violations, wrong = _read_schema(schema) if schema else (None, [])
    problems = [*checked.problems, *wrong]
    document = checked.document
    if document and schema and violations:
        document = replace(document, violations=violations)
        problems += [text for made in checked.specimens[:1] for text in _never_fits(violations(made), schema.name)]
    return document, _is_example(checked, source), problems


def _is_example(checked: Checked, source: str) -> bool:
    original = EXAMPLE.read_text("utf-8")
    if MARKER in source.lower() or _bare(source) == _bare(original):
        return True
    return any(made in compiled(original, EXAMPLE.name).specimens for made in checked.specimens)


def _bare(source: str) -> str:
    return re.sub(r"\s", "", re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL))


def _read_schema(path: Path) -> tuple[Violations | None, list[str]]:
    text, problems = _read(path, "document_schema")
    if text is None:
        return None, problems
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        return None, [f"document_schema {path.name}:{error.lineno}:{error.colno}: not JSON: {error.msg}"]
    except RecursionError:
        return None, [f"document_schema {path.name}: nested too deeply"]
    if not isinstance(schema, dict | bool):
        return None, [f"document_schema {path.name}: a JSON Schema is an object"]
    try:
        validator = jsonschema_rs.validator_for(schema, offline=True)
    except (ValueError, OSError) as error:
        return None, [f"document_schema {path.name}: {str(error).splitlines()[0]}"]
    return (lambda document: list(validator.iter_errors(document))), []


def _never_fits(broken: list[SchemaViolation], name: str) -> list[str]:
    """What no message could mend: members that the schema wants or forbids. Values depend on the message."""
    return [
        f"document_schema {name}: no document of this template fits it (rule /{'/'.join(map(str, error.schema_path))})"
        for error in broken
        if error.schema_path and error.schema_path[-1] in _STRUCTURE
    ]


def _read(path: Path, key: str) -> tuple[str | None, list[str]]:
    try:
        return path.read_bytes().decode("utf-8-sig"), []
    except OSError as error:
        return None, [f"{key} {path} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return None, [f"{key} {path} is not UTF-8 text"]
