"""`match:` of a rule: each field against a value, a list of values, a glob or a test; all must hold.

A null field passes nothing but `exists: false`. True is not 1. A list field passes what one of its members passes.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from otpushd.files.duration import parse_instant
from otpushd.files.suggest import did_you_mean
from otpushd.files.wording import got
from otpushd.files.yaml_document import Steps
from otpushd.model.event import Event, Kind
from otpushd.model.glob import glob, is_glob
from otpushd.routing.fields import Fields, Known, Path, has_parts, no_parts, reader, unknown_field
from otpushd.routing.plain import instant, one_line

Test = Callable[[Any], bool]
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda value, bound: bool(value >= bound),
    "above": lambda value, bound: bool(value > bound),
    "at_most": lambda value, bound: bool(value <= bound),
    "below": lambda value, bound: bool(value < bound),
}
TESTS = (*_ORDER, "not", "exists")
_WORDS = {
    Kind.STRING: "a text", Kind.NUMBER: "a number", Kind.INTEGER: "a whole number", Kind.BOOLEAN: "true or false",
    Kind.INSTANT: "an instant", Kind.STRINGS: "a list of texts",
    Kind.INTEGERS: "a list of whole numbers", Kind.OBJECT: "an object",
}  # fmt: skip
_LONGEST_GLOB = 500
_LONGEST_WRITTEN = 200
# Made once: `int | float` inside a function is made anew at each call, which takes longer than the test itself.
_NUMBERS = (int, float)
_LISTS = (list, tuple)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One field's test. `texts` are the only plain texts that can pass it, for an index; None where others can.

    `read` gives the value at `path`, `parts` are its tests with what was written, for saying which one failed.
    """

    field: str
    holds: Callable[[Event], bool]
    texts: frozenset[str] | None
    path: Path
    read: Callable[[Event], Any]
    parts: tuple[tuple[str, Test], ...]

    def failing(self, value: Any) -> str:
        """What was written of the first test that a value, for which the whole does not hold, does not pass."""
        if value is None or len(self.parts) == 1:
            return self.parts[0][0]
        return next((text for text, passes in self.parts if not passes(value)), "")


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong at `path` below `match:`; `key` where the key and not its value is meant."""

    path: Steps
    text: str
    key: bool = False


def compile_match(wanted: Mapping[str, Any], fields: Fields) -> tuple[tuple[Matcher, ...], list[Misfit]]:
    """The matchers of a rule's `match:`, and everything wrong with it."""
    matchers: list[Matcher] = []
    misfits: list[Misfit] = []
    for name, test in wanted.items():
        root, *rest = name.split(".")
        field = fields.get(root)
        if field is None:
            misfits.append(Misfit((name,), unknown_field(root, fields), key=True))
            continue
        if rest and not (has_parts(field) and all(rest)):
            misfits.append(Misfit((name,), no_parts(root), key=True))
            continue
        found = _misfits(root, Known(None) if rest else field, test, (name,))
        misfits += found
        if not found:
            matchers.append(_matcher(name, (root, *rest), test, field if not rest else Known(None)))
    return tuple(matchers), misfits


def _matcher(name: str, path: tuple[str, ...], test: Any, field: Known) -> Matcher:
    read = reader(path)
    parts = tuple(_tests(test) if isinstance(test, dict) else [(_written(test), _any_of(test))])
    tests = [passes for _, passes in parts]
    texts = None
    if field.kind is Kind.STRING and not isinstance(test, dict):
        values = test if isinstance(test, list) else [test]
        texts = None if any(is_glob(value) for value in values) else frozenset(values)
    if isinstance(test, dict) and test.get("exists") is False:
        return Matcher(name, lambda event: read(event) is None, None, path, read, parts)
    if len(tests) == 1:
        only = tests[0]
        return Matcher(name, lambda event: (value := read(event)) is not None and only(value), texts, path, read, parts)

    def holds(event: Event) -> bool:
        value = read(event)
        return value is not None and all(one(value) for one in tests)

    return Matcher(name, holds, texts, path, read, parts)


def _tests(tests: Mapping[str, Any]) -> Iterator[tuple[str, Test]]:
    for name, operand in tests.items():
        yield f"{name} {_written(operand)}", _test(name, operand)


def _test(name: str, operand: Any) -> Test:
    if name == "exists":
        return lambda value: bool(operand)
    if name == "not":
        passes = _any_of(operand)
        return lambda value: not passes(value)
    return _bound(_ORDER[name], operand)


def _written(operand: Any) -> str:
    return one_line(json.dumps(operand, ensure_ascii=False, default=str), _LONGEST_WRITTEN)


def _bound(compare: Callable[[Any, Any], bool], bound: Any) -> Test:
    if isinstance(bound, str):
        moment = parse_instant(bound, UTC)
        return lambda value: isinstance(value, datetime) and compare(instant(value), moment)
    return lambda value: (
        isinstance(value, _NUMBERS) and value is not True and value is not False and compare(value, bound)
    )


def _any_of(wanted: Any) -> Test:
    values = wanted if isinstance(wanted, list) else [wanted]
    texts = frozenset(value for value in values if isinstance(value, str))
    globs = [glob(value) for value in texts if is_glob(value)]
    flags = frozenset(value for value in values if isinstance(value, bool))
    numbers = frozenset(value for value in values if isinstance(value, int | float) and not isinstance(value, bool))

    def passes(value: Any) -> bool:
        if isinstance(value, str):
            return value in texts or (bool(globs) and any(one(value) for one in globs))
        if isinstance(value, bool):
            return value in flags
        if isinstance(value, _NUMBERS):
            return value in numbers
        return isinstance(value, _LISTS) and one_passes(value)

    def one_passes(values: Sequence[Any]) -> bool:
        for one in values:  # noqa: SIM110 - `any` of a generator takes twice as long
            if not isinstance(one, list) and passes(one):
                return True
        return False

    return passes


def _misfits(name: str, field: Known, test: Any, path: Steps) -> list[Misfit]:
    if not isinstance(test, dict):
        return _value_misfits(name, field, test, path)
    if not test:
        return [Misfit(path, f"an empty test; write one of {', '.join(TESTS)}")]
    found = []
    for key, operand in test.items():
        at = (*path, key)
        if key == "exists":
            if not isinstance(operand, bool):
                found.append(Misfit(at, f"`exists` takes true or false, got {got(operand)}"))
            elif len(test) > 1 and operand is False:
                found.append(Misfit(at, "`exists: false` cannot stand beside other tests, which null never passes"))
        elif key == "not":
            found += _value_misfits(name, field, operand, at)
        elif key in _ORDER:
            found += _bound_misfits(key, name, field, operand, at)
        else:
            found.append(Misfit(at, f"unknown test `{key}`{did_you_mean(key, TESTS) or '; known: ' + ', '.join(TESTS)}",
                                key=True))  # fmt: skip
    return found


def _bound_misfits(test: str, name: str, field: Known, operand: Any, path: Steps) -> list[Misfit]:
    if field.kind in (Kind.INSTANT, None) and isinstance(operand, str):
        try:
            parse_instant(operand, UTC)
        except ValueError as error:
            return [Misfit(path, str(error) if field.kind else f"`{test}` takes a number or an instant")]
        return []
    if field.kind not in (Kind.NUMBER, Kind.INTEGER, None):
        takes = "an instant such as 2026-03-02T09:00Z" if field.kind is Kind.INSTANT else "no such test"
        kind = _WORDS[field.kind] if field.kind else ""
        return [Misfit(path, f"`{test}` compares numbers and instants, but `{name}` is {kind}; it takes {takes}")]
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        return [Misfit(path, f"`{test}` takes a number, got {got(operand)}")]
    return []


def _value_misfits(name: str, field: Known, wanted: Any, path: Steps) -> list[Misfit]:
    if not isinstance(wanted, list):
        text = _value_misfit(name, field, wanted)
        return [Misfit(path, text)] if text else []
    if not wanted:
        return [Misfit(path, "an empty list, which nothing matches")]
    texts = [(index, _value_misfit(name, field, value)) for index, value in enumerate(wanted)]
    return [Misfit((*path, index), text) for index, text in texts if text]


def _value_misfit(name: str, field: Known, value: Any) -> str:
    if value is None:
        return f"null matches nothing; to ask whether `{name}` has no value, write {{exists: false}}"
    if isinstance(value, list | dict):
        return f"expected a value, got {got(value)}"
    if isinstance(value, str) and len(value) > _LONGEST_GLOB:
        return f"the text is longer than {_LONGEST_GLOB} characters"
    if field.kind is None:
        return ""
    if field.kind is Kind.OBJECT:
        return f"`{name}` is an object; match one of its parts, such as `{name}.key`, or write {{exists: true}}"
    if field.kind is Kind.INSTANT:
        return f"`{name}` is an instant; compare it with at_least, above, at_most or below"
    if field.kind in (Kind.STRING, Kind.STRINGS):
        return _text_misfit(name, field, value)
    if field.kind is Kind.BOOLEAN:
        return "" if isinstance(value, bool) else f"`{name}` is true or false, got {got(value)}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"`{name}` is {_WORDS[field.kind]}, got {got(value)}"
    if field.kind in (Kind.INTEGER, Kind.INTEGERS) and not float(value).is_integer():
        return f"`{name}` is a whole number, which {value} is not"
    return ""


def _text_misfit(name: str, field: Known, value: Any) -> str:
    if not isinstance(value, str):
        return f"`{name}` is {_WORDS[Kind.STRING]}; put the value in quotes" if not isinstance(value, list) else ""
    if not field.values or value in field.values:
        return ""
    if is_glob(value):
        matching = any(map(glob(value), field.values))
        return "" if matching else f"`{name}` is never like {value!r}; it is one of {', '.join(field.values)}"
    return (
        f"`{name}` is never {value!r}{did_you_mean(value, field.values) or '; it is one of ' + ', '.join(field.values)}"
    )
