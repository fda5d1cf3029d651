"""`when:` of a rule: one CEL expression over an event's fields. The only module that evaluates CEL.

A field that is null is not given to CEL, so that looking into it is CEL's error value, which `||` and `&&` absorb. CEL
hands errors back as values, and truthy ones: only true and false count.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from otpushd.files.suggest import did_you_mean
from otpushd.model.event import Event, Kind
from otpushd.routing import plain
from otpushd.routing.cel_text import Reading, Word, is_root, read_text
from otpushd.routing.condition_operators import environment_yaml, implementations
from otpushd.routing.condition_words import compile_flaws, failure_in_words, kind_in_words
from otpushd.routing.fields import Fields, Known, reader
from otpushd.routing.flaw import Flaw
from otpushd.routing.pattern import pattern_flaw

_TYPES: Mapping[Kind | None, str] = {
    Kind.STRING: "string", Kind.NUMBER: "double", Kind.INTEGER: "int", Kind.BOOLEAN: "bool",
    Kind.INSTANT: "timestamp", Kind.STRINGS: "list<string>", Kind.INTEGERS: "list<int>",
    Kind.OBJECT: "map<string,dyn>", None: "dyn",
}  # fmt: skip
_RESERVED = frozenset(
    {
        "type", "int", "uint", "double", "bool", "string", "bytes", "list", "map", "dyn", "null_type", "true",
        "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return", "var", "void", "while",
    }
)  # fmt: skip

ALL = plain.Limits(values=100_000, characters=2_000_000, longest=100_000)
WITH_LOOPS = plain.Limits(values=20_000, characters=200_000, longest=10_000)
WITH_COPIES = plain.Limits(values=20_000, characters=200_000, longest=1_000)
"""What one evaluation may look at; CEL's `map` and `filter` cost the square of a list's length (0.3 s at 3,000)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds. `error` says why that could not be decided, without content; then it does not."""

    holds: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression; `inputs` read and convert what it uses, None being left out."""

    text: str
    expression: Any
    inputs: tuple[tuple[str, Callable[[Event], Any], Callable[[Any, plain.Limits], Any]], ...]
    present: tuple[tuple[str, Callable[[Event], Any]], ...]
    limits: plain.Limits

    def holds(self, event: Event) -> Verdict:
        """Evaluate it for an event. Never raises for what an event holds; bounded in time and memory."""
        values: dict[str, Any] = {}
        limits = plain.Limits(self.limits.values, self.limits.characters, self.limits.longest)
        unread = []
        try:
            for name, read, convert in self.inputs:
                raw = read(event)
                if raw is not None and (value := convert(raw, limits)) is not None:
                    values[name] = value
                elif raw is not None:
                    unread.append(name)
            for name, read in self.present:
                values[name] = read(event) is not None
            result = self.expression.eval(data=values)
            value = result.value()
            if (value is True or value is False) and result.type() == cel.Type.BOOL:
                return Verdict(value)
            return Verdict(False, failure_in_words(str(value), unread))
        except plain.TooLarge:
            return Verdict(False, "the event holds more than a condition may look at")
        except RuntimeError as error:
            return Verdict(False, failure_in_words(str(error), unread))


def compile_condition(text: str, fields: Fields) -> tuple[Condition | None, list[Flaw]]:
    """The condition, or everything that is wrong with its text."""
    reading, flaws = read_text(text, fields)
    if not reading.words:
        return None, flaws or [Flaw(0, "the expression is empty")]
    names = {name: _TYPES[field.kind] for name, field in fields.items() if name not in _RESERVED}
    environment = _environment(tuple(sorted(names.items())), tuple(reading.present))
    flaws += _constant_flaws(reading.words, environment)
    flaws += _closed_set_flaws(reading.words, fields, environment)
    expression = None
    try:
        expression = environment.compile(reading.text)
        kind = expression.return_type().name()
        if expression.return_type() != cel.Type.BOOL:
            flaws.append(Flaw(reading.words[0].offset, f"`when` must be true or false, but this is {_result(kind)}"))
    except (RuntimeError, TypeError) as error:
        flaws += compile_flaws(str(error), reading.text, fields)
    if flaws:
        return None, sorted({(flaw.offset): flaw for flaw in reversed(flaws)}.values())
    return _condition(text, expression, reading, fields), []


def _result(kind: str) -> str:
    words = kind_in_words(kind.lower())
    return words if words != "any value" else "a value of unknown kind; compare it with something"


def _condition(text: str, expression: Any, reading: Reading, fields: Fields) -> Condition:
    inputs = [
        (name, reader((name,)), _converter(fields[name], parts)) for name, parts in sorted(reading.fields.items())
    ]
    limits = WITH_COPIES if reading.copies else WITH_LOOPS if reading.loops else ALL
    present = tuple((name, reader(path)) for name, path in reading.present.items())
    return Condition(text, expression, tuple(inputs), present, limits)


def _converter(field: Known, parts: frozenset[str] | None) -> Callable[[Any, plain.Limits], Any]:
    match field.kind:
        case Kind.STRING:
            return lambda value, limits: plain.text(value) if isinstance(value, str) else None
        case Kind.NUMBER:
            return lambda value, limits: plain.number(value)
        case Kind.INTEGER:
            return lambda value, limits: plain.integer(value)
        case Kind.BOOLEAN:
            return lambda value, limits: value if isinstance(value, bool) else None
        case Kind.INSTANT:
            return lambda value, limits: plain.instant(value)
        case Kind.STRINGS:
            return _texts
        case Kind.INTEGERS:
            return _whole_numbers
        case Kind.OBJECT:
            return lambda value, limits: _object(value, parts, limits)
        case None:
            return plain.plain


def _texts(value: Any, limits: plain.Limits) -> list[str] | None:
    if not isinstance(value, list | tuple):
        return None
    return [one for one in plain.plain(value, limits) if isinstance(one, str)]


def _whole_numbers(value: Any, limits: plain.Limits) -> list[int] | None:
    if not isinstance(value, list | tuple):
        return None
    return [number for one in plain.plain(value, limits) if (number := plain.integer(one)) is not None]


def _object(value: Any, parts: frozenset[str] | None, limits: plain.Limits) -> dict[str, Any] | None:
    """Only the parts that the expression names are converted: a task may hold an image or thousands of tokens."""
    if not isinstance(value, Mapping):
        return None
    if parts is not None:
        value = {key: value[key] for key in parts if key in value}
    made: dict[str, Any] = plain.plain(value, limits)
    return made


@lru_cache(maxsize=32)
def _environment(fields: tuple[tuple[str, str], ...], present: tuple[str, ...]) -> Any:
    """Remembered because making one takes 2 ms and most rules of a file share it; it depends on nothing else."""
    variables = {name: cel.Type(kind) for name, kind in fields} | dict.fromkeys(present, cel.Type.BOOL)
    config = cel.NewEnvConfigFromYaml(environment_yaml())
    return cel.NewEnv(config=config, variables=variables, function_impls=implementations())


def _constant_flaws(words: tuple[Word, ...], environment: Any) -> Iterator[Flaw]:
    """Literal patterns, instants and durations that would fail at every evaluation."""
    for index, word in enumerate(words[:-1]):
        if words[index + 1].text != "(" or word.kind != "name":
            continue
        if word.text == "matches":
            literal = _last_argument(words, index + 2)
            if literal is None:
                yield Flaw(word.offset, '`matches` takes its pattern as a literal text, such as matches("^A-")')
                continue
            value = _literal(environment, literal.text)
            if isinstance(value, str) and (text := pattern_flaw(value)):
                yield Flaw(literal.offset, text)
            elif isinstance(value, str) and _fails(environment, f'"".matches({literal.text})'):
                yield Flaw(literal.offset, "the pattern is no regular expression of RE2's kind")
        elif word.text in ("timestamp", "duration") and index + 3 < len(words):
            literal, after = words[index + 2], words[index + 3]
            if literal.kind == "string" and after.text == ")" and _fails(environment, f"{word.text}({literal.text})"):
                how = "2026-03-02T09:00:00Z" if word.text == "timestamp" else "90s, 30m or 4h"
                yield Flaw(literal.offset, f"not {kind_in_words(_TYPE_NAMES[word.text])}; write one such as {how}")


_TYPE_NAMES = {"timestamp": "google.protobuf.Timestamp", "duration": "google.protobuf.Duration"}


def _last_argument(words: tuple[Word, ...], index: int) -> Word | None:
    depth = 1
    for at in range(index, len(words)):
        depth += (words[at].text in ("(", "[", "{")) - (words[at].text in (")", "]", "}"))
        if depth == 0:
            literal = words[at - 1]
            return literal if literal.kind == "string" and words[at - 2].text in ("(", ",") else None
    return None


def _closed_set_flaws(words: tuple[Word, ...], fields: Fields, environment: Any) -> Iterator[Flaw]:
    """`answer == "rejct"` can never hold, nor can an instant, a text or a number be compared with null."""
    for index, word in enumerate(words[:-2]):
        if word.kind != "name" or word.text not in fields or not is_root(words, index):
            continue
        field, sign, operand = fields[word.text], words[index + 1].text, words[index + 2]
        if sign in ("==", "!=") and operand.text == "null" and field.kind is Kind.INSTANT:
            positive, negative = f"present({word.text})", f"!present({word.text})"
            yield Flaw(words[index + 1].offset, f"to ask for a value write {positive if sign == '!=' else negative}")
        if not field.values:
            continue
        literals = [operand] if sign in ("==", "!=") else _listed(words, index + 2) if sign == "in" else []
        for literal in literals:
            value = _literal(environment, literal.text) if literal.kind == "string" else None
            if isinstance(value, str) and value not in field.values:
                nearest = did_you_mean(value, field.values) or f"; it is one of {', '.join(field.values)}"
                yield Flaw(literal.offset, f"`{word.text}` is never {value!r}{nearest}")


def _listed(words: tuple[Word, ...], index: int) -> Iterator[Word]:
    if words[index].text == "[":
        for word in words[index + 1 :]:
            if word.text == "]":
                return
            yield word


def _literal(environment: Any, text: str) -> Any:
    try:
        return environment.compile(text).eval().value()
    except RuntimeError:
        return None


def _fails(environment: Any, text: str) -> bool:
    try:
        return bool(environment.compile(text).eval().type() == cel.Type.ERROR)
    except RuntimeError:
        return True
