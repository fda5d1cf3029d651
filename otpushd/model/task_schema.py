"""A JSON Schema that tasks must match. It fetches nothing, and its verdicts name places, never values of a task."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import jsonschema_rs

_LONGEST_PATH = 200
_NAMING = ("properties", "required", "dependentRequired", "dependentSchemas")
HIDDEN = "*"
"""Stands for a property that the schema does not name: people's names may be such."""


@dataclass(frozen=True, slots=True)
class Violation:
    """`path` is a JSON Pointer into the task (RFC 6901), empty for the task itself, with HIDDEN for what only the task
    names; `keyword` what it breaks there.
    """

    path: str
    keyword: str


@dataclass(frozen=True, slots=True)
class TaskSchema:
    """`name` is the schema's file as the plan names it."""

    name: str
    _validator: Any = field(repr=False, compare=False)
    _names: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    @classmethod
    def of(cls, name: str, schema: Any) -> "TaskSchema":
        """Raises ValueError, with the reason, for what is no JSON Schema or refers to one outside itself."""
        if not isinstance(schema, dict | bool):
            raise ValueError("a JSON Schema is an object")
        try:
            return cls(name, jsonschema_rs.validator_for(schema, offline=True), frozenset(_named(schema)))
        except jsonschema_rs.ValidationError as error:
            at = _pointer(error.instance_path)
            raise ValueError(_short(f"{error.message}{f', at {at}' if at else ''}")) from None
        except (jsonschema_rs.ReferencingError, ValueError) as error:
            raise ValueError(_short(str(error))) from None

    def violations(self, task: Any, most: int = 10) -> tuple[Violation, ...]:
        """At most `most` of what is wrong with a task as JSON gives it; empty for one that is right.

        What cannot be judged, such as a text with half a surrogate pair, is one violation of the whole task.
        """
        try:
            return tuple(
                Violation(_pointer(self._told(error.instance_path)), str(error.kind.name))
                for error in islice(self._validator.iter_errors(task), most)
            )
        except (ValueError, TypeError, RecursionError):
            return (Violation("", "unreadable"),)

    def _told(self, steps: Any) -> list[int | str]:
        return [step if isinstance(step, int) or step in self._names else HIDDEN for step in steps]


def _named(schema: Any) -> Iterator[str]:
    """Every name of a property that stands anywhere in a schema."""
    if isinstance(schema, list):
        for one in schema:
            yield from _named(one)
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        if keyword in _NAMING:
            yield from (name for name in value if isinstance(name, str))
        yield from _named(value)


def _short(text: str) -> str:
    return text.split("\n")[0][:300]


def _pointer(steps: Any) -> str:
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return pointer if len(pointer) <= _LONGEST_PATH else pointer[:_LONGEST_PATH] + "…"
