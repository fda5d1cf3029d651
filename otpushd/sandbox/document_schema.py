"""The operator's JSON Schema for the document inside `data`. Offline, and its verdicts never quote the document."""

from collections.abc import Callable
from typing import Any

import jsonschema_rs


def document_checker(schema: Any) -> Callable[[Any], str | None]:
    """A function that says why a document does not match `schema`, or None where it does.

    Raises ValueError where `schema` is no JSON Schema, or refers to one outside itself: nothing is fetched.
    """
    try:
        validator = jsonschema_rs.validator_for(schema, offline=True)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise ValueError(f"not a usable JSON Schema: {getattr(error, 'message', error)}") from None

    def problem(document: Any) -> str | None:
        try:
            broken = [_where(error) for error in validator.iter_errors(document)]
        except (ValueError, RecursionError):
            return "the document cannot be checked against the operator's schema"
        if not broken:
            return None
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        return "the document does not match the operator's schema: " + "; ".join(broken[:5]) + more

    return problem


def _where(error: Any) -> str:
    place = "/" + "/".join(str(step) for step in error.instance_path)
    return f"{error.kind.name} at {place}"
