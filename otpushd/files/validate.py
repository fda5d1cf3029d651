"""pydantic models over a YamlDocument: every problem at its place, in words of ours. Input values are never shown.

pydantic reports each alternative of a union for itself; here one place has one problem, from the alternative that
fits the value's shape.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from otpushd.files.problem import Problem
from otpushd.files.suggest import did_you_mean
from otpushd.files.wording import alternative, below, expected, got, keys, mend
from otpushd.files.yaml_document import Steps, YamlDocument

M = TypeVar("M", bound=BaseModel)
_HERE: Any = object()
_MISSING: Any = object()

_LIMITS = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "finite_number": "must be a finite number",
}
_MOST_LISTED = 15
_CHOICE = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class _Finding:
    """One error of pydantic; `trail` is its location, each step with whether it only names a union's alternative."""

    trail: tuple[tuple[Any, bool], ...]
    kind: str
    context: Mapping[str, Any]
    message: str
    is_key: bool

    @property
    def path(self) -> Steps:
        return tuple(step for step, is_alternative in self.trail if not is_alternative)


def validate(
    model: type[M], document: YamlDocument, path: Steps = (), data: Any = _HERE
) -> tuple[M | None, list[Problem]]:
    """The model made of the value at `path`, or of `data` in its stead, and every problem with it, in file order.

    A ValueError that a validator raises gives its text as it stands, so it must hold no secret.
    """
    value = document.at(path) if data is _HERE else data
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    findings = [
        _Finding(
            _trail(one["loc"], value, one["type"]), one["type"], one.get("ctx") or {}, one["msg"], "[key]" in one["loc"]
        )
        for one in errors
    ]
    problems: dict[tuple[int, int], Problem] = {}
    for finding in _fitting([one for one in findings if not _is_consequence(one, findings)], 0):
        at, key, text = _described(finding, model, value)
        place = document.position(path + at, key=key)
        problems.setdefault(place, Problem(document.file, *place, text))
    return None, sorted(problems.values())


def _is_consequence(finding: _Finding, findings: Iterable[_Finding]) -> bool:
    """pydantic counts only an entry that is right, and so calls a list with a wrong one too short."""
    depth = len(finding.trail)
    return finding.kind == "too_short" and any(
        len(other.trail) > depth and other.trail[:depth] == finding.trail for other in findings
    )


def _trail(location: Iterable[str | int], value: Any, kind: str) -> tuple[tuple[Any, bool], ...]:
    """pydantic's location beside the data: a step that is not in the data names an alternative, or a missing key."""
    steps = list(location)
    trail: list[tuple[Any, bool]] = []
    for number, step in enumerate(steps):
        is_last = number == len(steps) - 1
        below_it = _under(value, step)
        if step == "[key]":
            continue
        if below_it is not _MISSING:
            value = below_it
            trail.append((step, False))
        else:
            trail.append((step, not (is_last and kind == "missing")))
    return tuple(trail)


def _under(value: Any, step: str | int) -> Any:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step, _MISSING)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return value[step]
    return _MISSING


def _fitting(findings: list[_Finding], depth: int) -> list[_Finding]:
    """Of each union only the findings of the alternative that the writer most likely meant."""
    steps: dict[Any, list[_Finding]] = defaultdict(list)
    alternatives: dict[Any, list[_Finding]] = defaultdict(list)
    kept = []
    for finding in findings:
        if len(finding.trail) == depth:
            kept.append(finding)
        else:
            step, is_alternative = finding.trail[depth]
            (alternatives if is_alternative else steps)[step].append(finding)
    for group in steps.values():
        kept += _fitting(group, depth + 1)
    if alternatives:
        # An alternative that fails right here does not fit the value's shape; prefer one that fails further inside.
        fit = [group for group in alternatives.values() if all(len(one.trail) > depth + 1 for one in group)]
        if fit or len(alternatives) == 1:
            kept += _fitting(min(fit or alternatives.values(), key=len), depth + 1)
        else:
            kept.append(_joined([one for group in alternatives.values() for one in group], depth))
    return kept


def _joined(findings: list[_Finding], depth: int) -> _Finding:
    """One finding for a value that no alternative fits: our own validators' words if there are any."""
    here = [one for one in findings if len(one.trail) == depth + 1]
    own = next((one for one in here if not _is_wrong_kind(one.kind)), None)
    chosen = own or here[0]
    return _Finding(chosen.trail[:depth], chosen.kind, chosen.context, chosen.message, chosen.is_key)


def _described(finding: _Finding, model: Any, value: Any) -> tuple[Steps, bool, str]:
    """Path, whether the key is meant, and the text."""
    path, kind, context = finding.path, finding.kind, finding.context
    at = value
    for step in path:
        at = _under(at, step)
    if kind == "missing":
        return path[:-1], True, f"`{path[-1]}` is missing"
    if kind == "extra_forbidden":
        known = [key for one in _annotations_at(model, finding.trail[:-1]) for key in keys(one)]
        return path, True, f"unknown key `{path[-1]}`" + _known(str(path[-1]), known)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _tag_described(finding, path, at)
    if kind in ("value_error", "assertion_error") and "error" in context:
        return path, finding.is_key, str(context["error"])
    if kind in ("literal_error", "enum"):
        return path, False, _choice(str(context.get("expected", "")), at)
    if kind in _LIMITS:
        text = "must not be empty" if context.get("min_length") == 1 else _LIMITS[kind].format_map(context)
        return path, finding.is_key, text
    if _is_wrong_kind(kind):
        wanted = expected(*_annotations_at(model, finding.trail))
        return path, finding.is_key, f"expected {wanted}, got {got(at)}{mend(wanted, at)}"
    return path, finding.is_key, finding.message


def _is_wrong_kind(kind: str) -> bool:
    return kind.endswith(("_type", "_parsing", "_from_float")) or kind in ("is_instance_of", "int_from_float")


def _tag_described(finding: _Finding, path: Steps, value: Any) -> tuple[Steps, bool, str]:
    tag = str(finding.context.get("discriminator", "'kind'")).strip("'")
    if finding.kind == "union_tag_not_found":
        return path, True, f"`{tag}` is missing"
    return (*path, tag), False, _choice(str(finding.context.get("expected_tags", "")), _under(value, tag))


def _choice(choices: str, value: Any) -> str:
    names = _CHOICE.findall(choices)
    if not names:
        return f"must be {choices}"
    suggestion = did_you_mean(value, names) if isinstance(value, str) else ""
    return ("must be " if len(names) == 1 else "must be one of ") + ", ".join(names) + suggestion


def _known(name: str, known: list[str]) -> str:
    nearest = did_you_mean(name, known)
    if nearest or not 0 < len(known) <= _MOST_LISTED:
        return nearest
    return f"; known here: {', '.join(dict.fromkeys(known))}"


def _annotations_at(model: Any, trail: tuple[tuple[Any, bool], ...]) -> list[Any]:
    annotations = [model]
    for step, is_alternative in trail:
        if is_alternative:
            annotations = [alternative(annotation, step) for annotation in annotations]
        else:
            annotations = [lower for annotation in annotations for lower in below(annotation, step)]
    return annotations
